"""The graphs that ship are what a fresh trace gives: nobody edits them, nobody forgets to renew them."""

from __future__ import annotations

import pytest

from resnet_viz import zoo
from resnet_viz.graph.shipped import facts, facts_of, shipped
from resnet_viz.probes.architecture import measure
from resnet_viz.probes.questions import ArchitectureQuestion
from resnet_viz.zoo import catalog


@pytest.mark.parametrize("name", zoo.names())
def test_a_shipped_graph_equals_a_fresh_trace(name: str) -> None:
    graph = shipped(name)
    assert graph is not None, f"{name} is missing: make graphs"
    assert graph.to_dict() == measure(ArchitectureQuestion(network=zoo.spec(name))).to_dict()


def test_the_facts_of_every_entry_are_those_of_its_graph() -> None:
    for name in zoo.names():
        graph = shipped(name)
        assert graph is not None and facts()[name] == facts_of(graph), f"{name}: make graphs"


PUBLISHED = [result.spec for result in catalog.RESULTS if result.spec.overrides()]


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, id=spec.label, marks=[pytest.mark.slow] if (spec.depth or 0) > 110 else [])
        for spec in dict.fromkeys(PUBLISHED)
    ],
)
def test_the_facts_of_what_was_published_are_those_of_a_fresh_trace(spec: zoo.NetworkSpec) -> None:
    assert facts()[spec.label] == facts_of(measure(ArchitectureQuestion(network=spec)))


@pytest.mark.parametrize("name", ["resnet38", "torchvision:resnet50", "../graphs/resnet50", "", "x" * 5000])
def test_what_does_not_ship_is_none(name: str) -> None:
    assert shipped(name) is None
