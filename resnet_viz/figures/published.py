"""What papers published, beside what the networks cost here: error against parameters, one point a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from resnet_viz.graph.shipped import Facts
from resnet_viz.zoo import NetworkSpec, SpecField, all_fields, catalog
from resnet_viz.zoo.catalog import Result

_APART = 7 / 6


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


def varied(points: Sequence[Point]) -> list[SpecField]:
    """The choices in which these networks differ from the catalog entries that name them, in the family's order."""
    changed = {name for point in points for name in point.spec.overrides()}
    return [field for field in all_fields(points[0].spec) if field.name in changed] if points else []


def costs_differ(points: Sequence[Point]) -> bool:
    """Whether a chart of error against cost says more than a table: most points have a cost of their own."""
    costs = sorted({point.cost.num_parameters for point in points})
    return len(costs) >= max(3, len(points) / 2) and costs[-1] > _APART * costs[0]


def points(measured: str, facts: Mapping[str, Facts]) -> list[Point]:
    """All errors that were measured so, over all families: only such can be compared."""
    return [Point(result, facts[result.spec.label]) for result in _measured(measured)]


def _measured(measured: str) -> Iterable[Result]:
    return (result for result in catalog.RESULTS if result.measured == measured)
