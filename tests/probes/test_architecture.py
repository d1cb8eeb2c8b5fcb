"""The worker's answer to "what is this network?"."""

from __future__ import annotations

import pickle

import pytest

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


def test_an_unknown_network_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="torchvision has no network 'nonsense'"):
        architecture.measure(ArchitectureQuestion(network=zoo.spec("torchvision:nonsense")))


def test_the_answer_travels_without_torch() -> None:
    graph = architecture.measure(ArchitectureQuestion(network=zoo.spec("torchvision:squeezenet1_1")))
    assert loads_light(pickle.dumps(graph)).to_dict() == graph.to_dict()
