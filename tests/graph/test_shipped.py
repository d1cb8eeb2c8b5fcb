"""The graphs that ship are what a fresh trace gives: nobody edits them, nobody forgets to renew them."""

from __future__ import annotations

import pytest

from resnet_viz import zoo
from resnet_viz.graph.shipped import shipped
from resnet_viz.probes.architecture import measure
from resnet_viz.probes.questions import ArchitectureQuestion


@pytest.mark.parametrize("name", zoo.names())
def test_a_shipped_graph_equals_a_fresh_trace(name: str) -> None:
    graph = shipped(name)
    assert graph is not None, f"{name} is missing: make graphs"
    assert graph.to_dict() == measure(ArchitectureQuestion(network=zoo.spec(name))).to_dict()


@pytest.mark.parametrize("name", ["resnet38", "torchvision:resnet50", "../graphs/resnet50", "", "x" * 5000])
def test_what_does_not_ship_is_none(name: str) -> None:
    assert shipped(name) is None
