"""Networks of a lesion study side by side, and what is read off their answers. Without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from resnet_viz.figures.depth import Floats, Part
from resnet_viz.probes.study_answers import LesionAnswer

_STANDS_OUT = 2.0  # times the median cost: a block that costs more is named
_FELT = 1.0  # points of error, below which nothing is named


@dataclass(frozen=True, eq=False)
class LesionLane:
    """One network of the comparison: its part in it, what it is called, and one answer for each seed."""

    part: Part
    label: str
    answers: tuple[LesionAnswer, ...]

    @property
    def first(self) -> LesionAnswer:
        return self.answers[0]

    @property
    def intact(self) -> float:
        """Error of the intact network in percent, mean over the seeds."""
        return 100 * float(np.mean([answer.intact_error for answer in self.answers]))

    @property
    def errors(self) -> Floats:
        """Errors in percent, (seeds · draws, columns)."""
        return 100 * np.concatenate([answer.errors for answer in self.answers])

    @property
    def costs(self) -> Floats:
        """Points of error above the intact network of the same seed, (seeds · draws, columns)."""
        return np.concatenate([answer.costs for answer in self.answers])

    @property
    def taus(self) -> Floats:
        """Kendall's tau of the order of the blocks, (seeds · draws, columns)."""
        return np.concatenate([answer.kendall_tau for answer in self.answers])


class Deleted(NamedTuple):
    """A block that was deleted alone, and what that cost in points of error, mean over the seeds."""

    name: str
    keeps_shape: bool
    cost: float


def deleted(lane: LesionLane) -> list[Deleted]:
    """Every block that could be deleted, in execution order."""
    costs = lane.costs.mean(axis=0)
    blocks = zip(lane.first.block_names, lane.first.keeps_shape, costs, strict=True)
    return [Deleted(name, bool(keeps), float(cost)) for name, keeps, cost in blocks if np.isfinite(cost)]


def median_cost(blocks: Sequence[Deleted]) -> float:
    """Median cost of the blocks that keep the shape, NaN if there is none."""
    costs = [block.cost for block in blocks if block.keeps_shape]
    return float(np.median(costs)) if costs else float("nan")


def worst(lane: LesionLane, count: int = 3) -> list[Deleted]:
    """The blocks that matter: at most so many that cost clearly more than the usual one, the costliest first."""
    blocks = deleted(lane)
    usual = np.nan_to_num(median_cost(blocks))
    costly = [block for block in blocks if block.cost > max(_FELT, _STANDS_OUT * usual)]
    return sorted(costly, key=lambda block: -block.cost)[:count]


class Band(NamedTuple):
    """Median over the draws with the least and the greatest, each (columns,)."""

    median: Floats
    low: Floats
    high: Floats


def band(values: Floats) -> Band:
    """Of what is finite in every column of (draws, columns)."""
    finite = np.where(np.isfinite(values), values, np.nan)
    nothing = np.isnan(finite).all(axis=0)
    filled = np.where(nothing, 0.0, finite)
    parts = (np.where(nothing, np.nan, f(filled, axis=0)) for f in (np.nanmedian, np.nanmin, np.nanmax))
    return Band(*parts)


def positions(lanes: Sequence[LesionLane]) -> list[str]:
    """All blocks in execution order: those of the longest network, then what only others have."""
    longest = sorted(lanes, key=lambda lane: -len(lane.first.block_names))
    return list(dict.fromkeys(name for lane in longest for name in lane.first.block_names))
