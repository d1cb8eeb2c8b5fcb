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


@pytest.mark.parametrize(
    ("name", "size", "giga"),
    [
        ("torchvision:inception_v3", (299, 299), 5.71),  # as torchvision documents, like the next
        ("torchvision:resnet50", (224, 224), 4.09),
        ("timm:vit_small_patch14_dinov2", (518, 518), 46.7),  # 12 layers of 12·384²·1370 + 2·384·1370²
        ("timm:swin_base_patch4_window12_384", (384, 384), 47.0),  # Liu et al. 2021, Table 1
    ],
)
def test_an_outside_network_is_measured_at_its_own_size(name: str, size: tuple[int, int], giga: float) -> None:
    graph = architecture.graph_of(zoo.spec(name))
    assert graph.ops[0].shape == (2, 3, *size)
    assert graph.macs / 1e9 == pytest.approx(giga, rel=3e-3)


def test_an_outside_network_is_measured_at_the_size_that_is_asked() -> None:
    graph = architecture.graph_of(zoo.spec("torchvision:inception_v3", image_size=224))
    assert graph.image_size == 224 and graph.macs == pytest.approx(2.84e9, rel=2e-3)


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
