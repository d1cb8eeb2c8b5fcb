"""How far apart bars stand and where rows end: as few rows as leave the bars a readable distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from resnet_viz.diagrams.layout.network_plan import Plan

WIDTH = 1240.0  # of a row
WIDEST_STEP, NARROWEST_STEP = 44.0, 11.0
MANY_BARS = 40  # from here on bars may stand close
CROSSING = 150.0  # pixels of row width that an unbroken long line is worth


@dataclass(frozen=True)
class Measure:
    """Room that a piece takes: `fixed` and a step for every bar, but at least what its words need."""

    fixed: float
    bars: int
    words: float

    def width(self, step: float) -> float:
        return max(self.fixed + self.bars * step, self.words)


@dataclass(frozen=True)
class Arrangement:
    """Distance of the bars, and the pieces with which rows begin after the first."""

    step: float
    breaks: tuple[int, ...]


def arrange(planned: Plan, measures: Sequence[Measure]) -> Arrangement:
    """The fewest rows whose bars stand at a comfortable distance."""
    bars = sum(measure.bars for measure in measures)
    comfortable = 14.0 if bars > MANY_BARS else 18.0
    toll: list[float] = []
    arrangement = Arrangement(_step(measures, ()), ())
    for num_rows in range(2, min(8, len(measures)) + 1):
        if _fits(measures, arrangement) and (arrangement.step >= comfortable or not bars):
            break
        toll = toll or _tolls(planned)
        breaks = best_breaks([measure.width(comfortable + 6) for measure in measures], num_rows, toll)
        arrangement = Arrangement(min(34.0, _step(measures, breaks)), tuple(breaks))
    return arrangement


def _rows(measures: Sequence[Measure], breaks: Sequence[int]) -> list[Sequence[Measure]]:
    return [measures[a:b] for a, b in pairwise([0, *breaks, len(measures)])]


def _fits(measures: Sequence[Measure], arrangement: Arrangement) -> bool:
    rows = _rows(measures, arrangement.breaks)
    return all(sum(m.width(arrangement.step) for m in row) <= WIDTH + 1 for row in rows)


def _step(measures: Sequence[Measure], breaks: Sequence[int]) -> float:
    """The largest distance of bars with which every row fits, found by halving."""
    low, high = NARROWEST_STEP, WIDEST_STEP
    if _fits(measures, Arrangement(high, tuple(breaks))):
        return high
    for _ in range(8):
        middle = (low + high) / 2
        fits = _fits(measures, Arrangement(middle, tuple(breaks)))
        low, high = (middle, high) if fits else (low, middle)
    return low


def _tolls(planned: Plan) -> list[float]:
    """For every piece what it costs to begin a row with it: long lines that would be broken."""
    piece_of = {cell.item.position: n for n, piece in enumerate(planned.pieces) for cell in piece.cells}
    long = [(piece_of[arc.source], piece_of[arc.target]) for arc in planned.arcs if arc.source is not None]
    long += [(piece_of[source], piece_of[target]) for source, target in planned.skips]
    return [CROSSING * sum(a < n <= b for a, b in long) for n in range(len(planned.pieces) + 1)]


def best_breaks(widths: Sequence[float], num_rows: int, toll: Sequence[float]) -> list[int]:
    """Where to begin further rows, so that the widest row plus all tolls is least (dynamic programming over rows)."""
    ends = [0.0]
    for width in widths:
        ends.append(ends[-1] + width)
    best: list[tuple[float, float, list[int]]] = [(end, 0.0, []) for end in ends]  # widest row, tolls, breaks
    for row in range(1, num_rows):
        longer = []
        for m in range(len(ends)):
            options = [
                (max(best[k][0], ends[m] - ends[k]), best[k][1] + toll[k], [*best[k][2], k]) for k in range(row, m)
            ]
            longer.append(min(options, key=lambda found: found[0] + found[1], default=(float("inf"), 0.0, [])))
        best = longer
    return best[-1][2]
