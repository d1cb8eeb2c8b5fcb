"""What stands in a row of the network view: pieces (a stage's panel, or one unit between stages) made of cells."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from resnet_viz.graph.fold_values import Arc, Block, FoldedGraph, Item, Stage


@dataclass
class Bars:
    """A block as one bar for each of its junctions in series (attention, then MLP); a plain block is one bar.

    `series[n]` are the arcs around bar n: its own, and any further one that is not in series with it.
    """

    item: Block
    series: list[list[Arc]]


@dataclass
class Single:
    """A unit, an input, or the circle of a merge; `arcs` are the shortcuts that end in that circle."""

    item: Item
    arcs: list[Arc] = field(default_factory=list)


Cell: TypeAlias = Bars | Single


@dataclass
class Piece:
    """Cells of one stage, with the units between its blocks, or one cell outside every stage."""

    stage: Stage | None
    cells: list[Cell]

    @property
    def has_arcs(self) -> bool:
        """Whether a shortcut ends in one of the cells."""
        return any(arcs_into(cell) for cell in self.cells)

    @property
    def num_bars(self) -> int:
        return sum(len(cell.series) for cell in self.cells if isinstance(cell, Bars))


@dataclass
class Plan:
    """All pieces in order, and the lines that are longer than from one item to the next.

    `arcs` are shortcuts that span several items, `skips` other edges that do; `leaving` counts both by their sources.
    """

    pieces: list[Piece]
    arcs: list[Arc]
    skips: list[tuple[int, int]]
    leaving: Counter[int]

    @property
    def num_blocks(self) -> int:
        return sum(isinstance(cell, Bars) for piece in self.pieces for cell in piece.cells)


def plan(folded: FoldedGraph) -> Plan:
    """The network as pieces in topological order."""
    cells = cells_of(folded)
    long = [arc for cell in cells for arc in arcs_into(cell) if is_long(folded, arc)]
    skips = _skips(folded, long)
    leaving = Counter([arc.source for arc in long if arc.source is not None] + [source for source, _ in skips])
    return Plan(_pieces(folded, cells), long, skips, leaving)


def cells_of(folded: FoldedGraph) -> list[Cell]:
    """One cell for every item, with the arcs that end in it."""
    arcs_of: dict[int, list[Arc]] = defaultdict(list)
    for arc in folded.arcs:
        if not arc.is_nested or folded.items[arc.target].kind == "merge":
            arcs_of[arc.target].append(arc)
    return [_cell(folded, item, arcs_of[item.position]) for item in folded.items]


def arcs_into(cell: Cell) -> list[Arc]:
    """Shortcuts that end in a cell."""
    return [arc for arcs in cell.series for arc in arcs] if isinstance(cell, Bars) else cell.arcs


def _cell(folded: FoldedGraph, item: Item, arcs: list[Arc]) -> Cell:
    if not isinstance(item, Block):
        return Single(item, arcs)
    series: list[list[Arc]] = []
    for arc in sorted(arcs, key=lambda arc: arc.junction.op):
        if not series or _follows(folded, item, series[-1][0], arc):
            series.append([arc])
        else:
            series[-1].append(arc)
    return Bars(item, series or [[]])


def _follows(folded: FoldedGraph, block: Block, before: Arc, arc: Arc) -> bool:
    """Whether a shortcut begins behind the sum of the one before."""
    inside, waiting = set(block.ops), [folded.drawn(arc.junction.source)]
    seen: set[int] = set()
    while waiting:
        op = waiting.pop()
        if op == before.junction.op:
            return True
        if op in inside and op not in seen:
            seen.add(op)
            waiting += folded.inputs[op]
    return False


def is_long(folded: FoldedGraph, arc: Arc) -> bool:
    """Whether an arc is longer than around its own block: it passes other items, or ends in a merge."""
    if arc.source is None:
        return False
    return arc.source < arc.target - 1 or folded.items[arc.target].kind == "merge"


def _skips(folded: FoldedGraph, long: Sequence[Arc]) -> list[tuple[int, int]]:
    drawn = {(arc.source, arc.target) for arc in folded.arcs if not arc.is_nested} | {
        (a.source, a.target) for a in long
    }
    return [
        (source, item.position)
        for item in folded.items
        for source in item.inputs
        if source != item.position - 1 and (source, item.position) not in drawn
    ]


def _pieces(folded: FoldedGraph, cells: Sequence[Cell]) -> list[Piece]:
    """Runs of cells of one stage; a unit between two blocks of a stage belongs to its panel."""
    pieces: list[Piece] = []
    after = _stage_after(folded)
    for cell in cells:
        previous = pieces[-1].stage.index if pieces and pieces[-1].stage else None
        if isinstance(cell, Bars):
            stage: int | None = cell.item.stage
        else:
            stage = previous if previous is not None and previous == after[cell.item.position] else None
        if stage is not None and stage == previous:
            pieces[-1].cells.append(cell)
        else:
            pieces.append(Piece(None if stage is None else folded.stages[stage], [cell]))
    return pieces


def _stage_after(folded: FoldedGraph) -> list[int | None]:
    """For every item the stage of the next block."""
    after: list[int | None] = []
    following: int | None = None
    for item in reversed(folded.items):
        after.append(following)
        following = item.stage if isinstance(item, Block) else following
    return after[::-1]
