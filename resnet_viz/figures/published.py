"""What papers published, beside what the networks cost here: error against parameters, one point a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resnet_viz.graph.shipped import Facts
from resnet_viz.zoo import NetworkSpec, catalog
from resnet_viz.zoo.catalog import Result


@dataclass(frozen=True)
class Point:
    """One published error with the computed cost of its network."""

    result: Result
    cost: Facts

    @property
    def spec(self) -> NetworkSpec:
        return self.result.spec


def settings(spec: NetworkSpec) -> list[str]:
    """On what the errors of this network's family were measured: English, the most frequent first."""
    counts: dict[str, int] = {}
    for result in catalog.RESULTS:
        if result.spec.family == spec.family and result.measured:
            counts[result.measured] = counts.get(result.measured, 0) + 1
    return sorted(counts, key=lambda measured: -counts[measured])


def points(measured: str, facts: Mapping[str, Facts]) -> list[Point]:
    """All errors that were measured so, over all families: only such can be compared."""
    return [Point(result, facts[result.spec.label]) for result in _measured(measured)]


def _measured(measured: str) -> Iterable[Result]:
    return (result for result in catalog.RESULTS if result.measured == measured)
