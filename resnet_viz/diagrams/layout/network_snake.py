"""The panel of a stage in a network of very many blocks: rows of twenty bars, left to right, then right to left."""

from __future__ import annotations

import math
from typing import NamedTuple

from resnet_viz.diagrams.layout.network_inside import paint_inside
from resnet_viz.diagrams.layout.network_plan import Bars, Cell, Piece
from resnet_viz.diagrams.layout.network_row import PANEL_GAP, RowPainter
from resnet_viz.diagrams.layout.network_shortcut import around_bar
from resnet_viz.graph.fold_values import Arc

COLUMNS = 20
ROW_PITCH, BAR_HEIGHT, TURN = 40.0, 16.0, 8.0
PAD = 22.0  # from the panel to the outermost bars
MARGIN = 8.0  # of the return lines from the outermost sums


class Slot(NamedTuple):
    """One bar of a snake: its cell, which of the cell's bars it is, and its arcs."""

    cell: Cell
    number: int
    arcs: list[Arc]


def num_columns(piece: Piece) -> int:
    return min(COLUMNS, len(_slots(piece)))


def snake_width(painter: RowPainter, piece: Piece) -> float:
    return num_columns(piece) * painter.pitch.step - painter.pitch.gap + 2 * PAD


def _slots(piece: Piece) -> list[Slot]:
    slots: list[Slot] = []
    for cell in piece.cells:
        series = cell.series if isinstance(cell, Bars) else [[]]
        slots += [Slot(cell, n, arcs) for n, arcs in enumerate(series)]
    return slots


def paint_snake(painter: RowPainter, piece: Piece) -> None:
    """A panel whose main line runs through rows of bars; it enters at the first row and leaves at the last."""
    slots, row, pitch = _slots(piece), painter.row, painter.pitch
    num_rows = math.ceil(len(slots) / COLUMNS)
    half = (num_rows - 1) * ROW_PITCH / 2
    turns_back = num_rows % 2 == 0  # the last row runs to the left
    width = snake_width(painter, piece)
    panel = painter.open_panel(piece, width, -half - 34, half + (34 if turns_back else 24))
    first, columns = round(panel.x0) + PAD, num_columns(piece)
    painter.connect(slots[0].cell.item, first, -half, turn=panel.x0 - PANEL_GAP / 2)
    end, entered = (first, -half), first
    for n, slot in enumerate(slots):
        line, column = divmod(n, COLUMNS)
        y, forward = line * ROW_PITCH - half, line % 2 == 0
        left = first + (column if forward else columns - 1 - column) * pitch.step
        begin = left if forward else left + pitch.bar
        if n:
            _lead(painter, end, (begin, y), forward)
        end = _bar(painter, slot, left, y, 1 if forward else -1)
        painter.row.begins.setdefault(slot.cell.item.position, entered)
    last = slots[-1].cell.item
    exit_y = half + 22 if turns_back else half
    if turns_back:
        turn = end[0] - MARGIN
        row.scene.line([end, (turn, end[1]), (turn, exit_y), (panel.x1, exit_y)], "flow", 6, False)
    else:
        row.scene.line([end, (panel.x1, end[1])], "flow", arrow=False)
    for slot in slots:
        painter.advance(slot.cell.item, first, (panel.x1, exit_y), half + BAR_HEIGHT)
    row.previous, row.x = last.position, panel.slot[1]


def _lead(painter: RowPainter, end: tuple[float, float], begin: tuple[float, float], forward: bool) -> None:
    """The main line to the next bar, around the corner where a row ends."""
    (x0, y0), (x1, y1) = end, begin
    if y0 == y1:
        points = [end, begin]
    else:
        turn = min(x0, x1) - MARGIN if forward else max(x0, x1) + MARGIN
        points = [end, (turn, y0), (turn, y1), begin]
    painter.row.scene.line(points, "flow", 5, False)


def _bar(painter: RowPainter, slot: Slot, left: float, y: float, ahead: int) -> tuple[float, float]:
    """A bar with its arcs and sums; returns where the main line leaves it. `ahead`: 1 to the right, -1 to the left."""
    pitch, style, scene, item = painter.pitch, painter.style, painter.row.scene, slot.cell.item
    top = y - BAR_HEIGHT / 2
    if not isinstance(slot.cell, Bars):
        scene.rect(left, top, pitch.bar, BAR_HEIGHT, "unit", 2, style.unit_mark(item))
        return left + (pitch.bar if ahead > 0 else 0), y
    block = slot.cell.item
    scene.rect(left, top, pitch.bar, BAR_HEIGHT, style.bar_role(block, slot.arcs), 2, style.block_mark(block))
    if slot.number == 0 and (inside := style.inside(block)):
        paint_inside(scene, inside, left, top, pitch.bar, BAR_HEIGHT, style.block_mark(block))
    near, far = (left, left + pitch.bar) if ahead > 0 else (left + pitch.bar, left)
    end = far
    for n, arc in enumerate(slot.arcs):
        middle = far + ahead * (pitch.ahead + n * (2 * pitch.radius + 1))
        start = (near - ahead * (pitch.before + n), y)
        around_bar(scene, style, arc, start, (middle, y - pitch.radius), top - TURN - 4 * n, pitch)
        if abs(middle - end) - pitch.radius > 0.5:
            scene.line([(end, y), (middle - ahead * pitch.radius, y)], "flow", arrow=False)
        sign = "+" if arc.junction.is_additive else "‖"
        scene.circle(middle, y, pitch.radius, "merge-small", sign, style.sum_mark(arc))
        end = middle + ahead * pitch.radius
    return end, y
