"""The worker's answer to "what is this network?"."""

from __future__ import annotations

import pickle

import pytest
from torch import nn

from resnet_viz import zoo
from resnet_viz.compute.frames import loads_light
from resnet_viz.probes import architecture
from resnet_viz.probes.questions import ArchitectureQuestion


def test_the_graph_is_that_of_the_network_at_its_usual_input() -> None:
    graph = architecture.measure(ArchitectureQuestion(network=zoo.spec("resnet20")))
    assert graph.name == "resnet20" and graph.ops[0].shape == (2, 3, 32, 32)
    assert len(graph.junctions) == 9 and graph.num_parameters == 269_722


def test_an_outside_network_that_computes_while_it_is_built_is_traced_too() -> None:
    graph = architecture.measure(ArchitectureQuestion(network=zoo.spec("timm:convnext_atto")))
    assert len(graph.shortcuts) == 12


def test_a_network_that_computes_its_widths_takes_no_memory_for_its_weights() -> None:
    """RegNet rounds a tensor of widths to Python numbers while it is built; this one has 2.6 GB of weights."""
    network = architecture.build_on_meta(zoo.spec("torchvision:regnet_y_128gf"))
    assert all(tensor.is_meta for tensor in (*network.parameters(), *network.buffers()))
    assert sum(parameter.numel() for parameter in network.parameters()) == 644_812_894  # as torchvision documents


def test_a_network_that_computes_with_its_weights_is_refused_before_it_has_any(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def stubborn(spec: zoo.NetworkSpec) -> nn.Module:
        made.append(nn.Linear(3, 4))
        return nn.Linear(int(made[-1].weight.sum().item()), 1)

    monkeypatch.setattr(architecture.zoo, "build", stubborn)
    with pytest.raises(ValueError, match="resnet20 computes with its weights while it is built"):
        architecture.build_on_meta(zoo.spec("resnet20"))
    assert made and all(linear.weight.is_meta for linear in made)


def test_an_unknown_network_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="torchvision has no network 'nonsense'"):
        architecture.measure(ArchitectureQuestion(network=zoo.spec("torchvision:nonsense")))


def test_the_answer_travels_without_torch() -> None:
    graph = architecture.measure(ArchitectureQuestion(network=zoo.spec("torchvision:squeezenet1_1")))
    assert loads_light(pickle.dumps(graph)).to_dict() == graph.to_dict()
