"""Stage view: the blocks of one stage on their side, in rows; equal blocks in the middle are counted, not drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_viz.diagrams.layout.stage_cells import BlockCell, Cell
from resnet_viz.diagrams.layout.stage_fillers import GapCell, MoreCell, UnitCell
from resnet_viz.diagrams.scene import Anchor, Scene
from resnet_viz.graph.fold_values import Block, FoldedGraph, Item, Shape, Stage
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _

MAX_WIDTH = 1320.0
LEFT = 62.0  # room for the shape at the beginning of a row
SPACE = 22.0  # between two cells
ROW_SPACE = 30.0  # between two rows
SHAPE_SIZE = 10.5
MARGIN = 16.0
SHOW_ALL = 4  # a stage of so many blocks is drawn whole
TALLEST = 1100.0  # a higher drawing shows equal blocks once


@dataclass
class Row:
    """Cells on one main line."""

    cells: list[Cell]
    first: Shape | None = None  # shapes written at the row's ends, if any
    last: Shape | None = None
    continues: bool = False  # the next row goes on where this one ends

    @property
    def above(self) -> float:
        return max(cell.above for cell in self.cells)

    @property
    def below(self) -> float:
        return max(cell.below for cell in self.cells)


def stage_scene(graph: NetworkGraph, stage: Stage, surgery: Surgery) -> Scene:
    """The blocks of a stage as a drawing at most about 1,320 px wide."""
    folded = graph.folded
    rows = _all_rows(folded, stage, surgery, few=False)
    if sum(row.above + row.below for row in rows) > TALLEST:
        rows = _all_rows(folded, stage, surgery, few=True)
    scene = Scene(title=_("{network}: {stage}", network=graph.name, stage=stage.title))
    scene.description = _(
        "{count} blocks: {names}.", count=len(stage.blocks), names=", ".join(block.name for block in stage.blocks)
    )
    y = 0.0
    for number, row in enumerate(rows):
        y += row.above
        end = _paint_row(scene, folded, row, y)
        if row.continues:
            bottom = y + row.below
            _carriage_return(scene, end, (y, bottom + ROW_SPACE / 2, bottom + ROW_SPACE + rows[number + 1].above))
        y += row.below + ROW_SPACE
    return scene.fit(MARGIN)


def _all_rows(folded: FoldedGraph, stage: Stage, surgery: Surgery, few: bool) -> list[Row]:
    lanes = _lanes(folded, stage)
    return [row for blocks in lanes for row in _rows(folded, blocks, _cells(folded, stage, blocks, surgery, few))]


def _lanes(folded: FoldedGraph, stage: Stage) -> list[list[Block]]:
    """Blocks that run beside each other in separate lists, high resolution first; one list otherwise."""
    lanes: dict[int, list[Block]] = {}
    for block in stage.blocks:
        lanes.setdefault(folded.side(block.shape) if block.name in folded.parallel else 0, []).append(block)
    return [lanes[side] for side in sorted(lanes, reverse=True)]


# ---------------------------------------------------------------------- what is drawn


def _visible(folded: FoldedGraph, blocks: Sequence[Block], surgery: Surgery, few: bool) -> set[str]:
    """Blocks drawn: the first two, the last, every kind of block once, and every one that a surgery touches.

    If `few` are wanted, only the last two of these.
    """
    if len(blocks) <= SHOW_ALL and not few:
        return {block.name for block in blocks}
    touched = {folded.item_of.get(folded.graph.junction[name].op) for name in surgery.names()}
    seen = set[tuple[str, ...]]()
    names = {block.name for block in (*blocks[:2], blocks[-1]) if not few}
    for block in blocks:
        kind = tuple(folded.words[op].message for op in block.ops)
        if kind not in seen or block.position in touched:
            names.add(block.name)
        seen.add(kind)
    if few:
        return names
    for before, block, after in zip(blocks, blocks[1:], blocks[2:], strict=False):
        if before.name in names and after.name in names:  # "1 more" takes as much room as the block
            names.add(block.name)
    return names


def _cells(folded: FoldedGraph, stage: Stage, blocks: Sequence[Block], surgery: Surgery, few: bool) -> list[Cell]:
    visible = _visible(folded, blocks, surgery, few)
    cells: list[Cell] = []
    hidden: list[Block] = []
    before: Block | None = None
    for block in blocks:
        if block.name not in visible:
            hidden.append(block)
            continue
        if hidden:
            cells.append(_more(hidden))
        elif before is not None:
            cells += _between(folded, before, block)
        cells.append(BlockCell(folded, block, surgery, _role(folded, stage, block)))
        hidden, before = [], block
    return [*cells, _more(hidden)] if hidden else cells


def _more(hidden: list[Block]) -> Cell:
    return MoreCell(hidden, "residual" if hidden[0].junctions else "plain")


def _role(folded: FoldedGraph, stage: Stage, block: Block) -> str:
    """Orange for a residual block, slate for another, deeper by stage."""
    steps = max(1, len(folded.stages) - 1)
    return f"{'residual' if block.junctions else 'plain'}-{1 + round(3 * stage.index / steps)}"


def _between(folded: FoldedGraph, before: Block, after: Block) -> list[Cell]:
    """What lies between two blocks: nothing, a chain of units, or something that only a gap can stand for."""
    if before.position in after.inputs:
        return []
    chain: list[Item] = []
    inputs = after.inputs
    while len(inputs) == 1 and len(chain) < 4:
        item = folded.items[inputs[0]]
        if item.position == before.position:
            return [UnitCell(folded, unit) for unit in reversed(chain) if unit.words.role not in ("shape", "drop")]
        if isinstance(item, Block):
            break
        chain.append(item)
        inputs = item.inputs
    between = folded.items[before.position + 1 : after.position]
    labels = [item.words.label for item in between if not isinstance(item, Block)]
    return [GapCell(_("between them: {operations}", operations=" · ".join(dict.fromkeys(labels))))]


# ---------------------------------------------------------------------- rows


def _rows(folded: FoldedGraph, blocks: Sequence[Block], cells: list[Cell]) -> list[Row]:
    """Cells broken into rows that are not too wide."""
    rows, width = [Row([])], LEFT
    for cell in cells:
        if rows[-1].cells and width + cell.length + SPACE > MAX_WIDTH:
            rows[-1].continues = True
            rows.append(Row([]))
            width = LEFT
        rows[-1].cells.append(cell)
        width += cell.length + SPACE
    rows[0].first = _entering(folded, blocks[0])
    rows[-1].last = blocks[-1].shape
    return rows


def _entering(folded: FoldedGraph, block: Block) -> Shape | None:
    """Shape of what the main line brings: the latest of what a block reads."""
    inside = set(block.ops)
    outside = {source for op in block.ops for source in folded.inputs[op] if source not in inside}
    shapes = (folded.graph.ops[op].shape for op in sorted(outside, reverse=True))
    return next((shape for shape in shapes if shape is not None), None)


def _paint_row(scene: Scene, folded: FoldedGraph, row: Row, y: float) -> float:
    """Paint a row on the main line at y; returns where the line has come to."""
    x = LEFT + 8
    scene.line([(LEFT - 8, y), (x, y)], "flow", arrow=False)
    _shape(scene, folded, row.first, LEFT - 14, y, "end")
    for n, cell in enumerate(row.cells):
        cell.paint(scene, x, y, y + row.below - 12)
        x += cell.length
        last = n == len(row.cells) - 1
        if not (last and row.continues):
            scene.line([(x, y), (x + SPACE, y)], "flow", arrow=last)
        x += SPACE
    if row.last is not None:
        _shape(scene, folded, row.last, x + 6, y, "start")
    return x - SPACE


def _shape(scene: Scene, folded: FoldedGraph, shape: Shape | None, x: float, y: float, anchor: Anchor) -> None:
    """A shape in two lines: channels, and height by width (or tokens, and their width)."""
    first, _sign, rest = folded.shape_words(shape).partition(" × ")
    if rest:
        scene.text(x, y - 8, first, SHAPE_SIZE, "muted", anchor=anchor, mono=True)
        scene.text(x, y + 8, rest.replace(" × ", "×"), SHAPE_SIZE, "muted", anchor=anchor, mono=True)
    elif first:
        scene.text(x, y, first, SHAPE_SIZE, "muted", anchor=anchor, mono=True)


def _carriage_return(scene: Scene, x: float, heights: tuple[float, float, float]) -> None:
    """The line from the end of a row to the beginning of the next; heights of this row, between them, of the next."""
    right, left = x + SPACE / 2, LEFT - 20
    y, between, below = heights
    corners = [(x, y), (right, y), (right, between), (left, between), (left, below), (LEFT - 8, below)]
    scene.line(corners, "flow", arrow=False)
