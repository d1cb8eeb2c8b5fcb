"""One row of the network view, painted from left to right around y = 0: panels with bars and arcs, units, circles."""

from __future__ import annotations

from dataclasses import dataclass, field

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.network_inside import paint_inside
from resnet_viz.diagrams.layout.network_plan import Bars, Cell, Piece, Plan, Single, is_long
from resnet_viz.diagrams.layout.network_shortcut import FORK, SUM_GAP, Pitch, around_bar
from resnet_viz.diagrams.layout.network_style import SIGNS, UNIT_TEXT, UNIT_WIDTH, Style
from resnet_viz.diagrams.scene import Point, Scene
from resnet_viz.graph.fold_values import Arc, Item, Stage

TITLE_SIZE, COUNT_SIZE, LABEL_SIZE = 13.5, 12.0, 11.5
INPUT_WIDTH, MERGE_RADIUS = 40.0, 8.0
PIECE_GAP, PANEL_GAP = 16.0, 24.0  # before a unit, before a panel
PAD = 14.0  # inside a panel, on both sides
INNER_UNIT = 21.0  # width of a unit inside a panel
LEAVING = 6.0  # room for every long line that leaves an item
TURN = 13.0  # height of an arc above its bar


@dataclass
class Panel:
    """Background of a stage; its top and bottom move out when long lines pass over the stage."""

    stage: Stage
    x0: float
    x1: float
    top: float
    bottom: float
    slot: tuple[float, float]  # from, to: with its title and label


@dataclass
class Row:
    """What has been painted, and what long lines must know: where items begin and end, and how high things stand."""

    scene: Scene = field(default_factory=Scene)
    x: float = 0.0
    cursor: Point | None = None  # where the main line has come to
    previous: int | None = None  # the item it comes from
    panels: list[Panel] = field(default_factory=list)
    labels: list[tuple[float, str]] = field(default_factory=list)  # middle and text, under the row
    begins: dict[int, float] = field(default_factory=dict)  # where a line can enter an item
    ends: dict[int, Point] = field(default_factory=dict)  # where a line can leave it
    circles: dict[str, tuple[float, float]] = field(default_factory=dict)  # of a long arc's sum: middle, radius
    heights: list[tuple[float, float, float]] = field(default_factory=list)  # from, to, half height


class RowPainter:
    """Paints pieces one after another into `row`."""

    def __init__(self, style: Style, plan: Plan, pitch: Pitch) -> None:
        self.style, self.plan, self.pitch = style, plan, pitch
        self.row = Row()

    def paint(self, piece: Piece) -> None:
        if piece.stage is None:
            self._unit_outside(piece.cells[0])
        else:
            self._panel(piece)

    # ---- the main line

    def connect(self, item: Item, x: float, y: float = 0, arrow: bool = False, turn: float | None = None) -> None:
        """The main line from where it has come to up to (x, y), if the item reads what came before."""
        row = self.row
        if row.cursor is None or row.previous not in item.inputs or x <= row.cursor[0]:
            return
        x0, y0 = row.cursor
        turn = x - 8 if turn is None else turn
        points = [(x0, y0), (x, y)] if y0 == y else [(x0, y0), (turn, y0), (turn, y), (x, y)]
        row.scene.line(points, "flow", 6, arrow and x - x0 > 11)

    def advance(self, item: Item, begin: float, end: Point, half_height: float) -> None:
        """Note where an item stands; the main line goes on from its end."""
        row = self.row
        row.begins[item.position], row.ends[item.position] = begin, end
        row.heights.append((min(begin, row.x), end[0], half_height))
        row.cursor, row.previous = end, item.position

    # ---- outside panels

    def _unit_outside(self, cell: Cell) -> None:
        assert isinstance(cell, Single)
        row, item = self.row, cell.item
        row.x += PIECE_GAP if row.cursor is not None or item.inputs else 0
        if item.words.role == "input":
            self._input(item)
        elif item.kind == "merge":
            self._merge(cell, row.x + MERGE_RADIUS, arrow=True)
            row.x += 2 * MERGE_RADIUS
        else:
            self._unit(item, UNIT_WIDTH, self.style.unit_height(item, self.style.unit_label(item)), arrow=True)
            row.x += UNIT_WIDTH
        row.x += LEAVING * self.plan.leaving[item.position]

    def _input(self, item: Item) -> None:
        row = self.row
        words = self.style.folded.shape_words(item.shape).split(" × ")
        mark = self.style.unit_mark(item)._replace(action=None)
        row.scene.rect(row.x, -30, INPUT_WIDTH, 60, "end", 6, mark)
        for y, word in zip((-8, 9) if len(words) > 1 else (0,), (words[0], words[-1]), strict=False):
            row.scene.text(row.x + INPUT_WIDTH / 2, y, word, 11, "muted", mono=True)
        self.advance(item, row.x, (row.x + INPUT_WIDTH, 0), 30)
        row.x += INPUT_WIDTH

    def _unit(self, item: Item, width: float, height: float, arrow: bool) -> None:
        row, label = self.row, self.style.unit_label(item)
        self.connect(item, row.x, arrow=arrow)
        mark = self.style.unit_mark(item)
        row.scene.rect(row.x, -height / 2, width, height, "unit", 5, mark)
        row.scene.text(row.x + width / 2, 0, label, UNIT_TEXT, vertical=True, mark=mark)
        self.advance(item, row.x, (row.x + width, 0), height / 2)
        image = self.style.folded.height_width_channels(item.shape)
        if image and image[0] > 1 and not row.panels and arrow:
            row.labels.append((row.x + width / 2, f"{image[0]}²" if image[0] == image[1] else f"{image[0]}×{image[1]}"))

    def _merge(self, cell: Single, x: float, arrow: bool = False) -> None:
        """A circle; shortcuts that begin elsewhere end in it (`network_spans` draws them)."""
        item, row = cell.item, self.row
        self.connect(item, x - MERGE_RADIUS, arrow=arrow)
        sign = SIGNS.get(item.words.role, "+")
        role = "product" if sign == "×" else "merge"
        mark = self.style.sum_mark(cell.arcs[0]) if cell.arcs else self.style.unit_mark(item)._replace(action=None)
        row.scene.circle(x, 0, MERGE_RADIUS, role, sign, mark)
        for arc in cell.arcs:
            row.circles[arc.junction.name] = (x, MERGE_RADIUS)
        self.advance(item, x - MERGE_RADIUS, (x + MERGE_RADIUS, 0), MERGE_RADIUS)

    # ---- panels

    def _panel(self, piece: Piece) -> None:
        row = self.row
        half = max(self._height(cell) for cell in piece.cells) / 2
        panel = self.open_panel(piece, self.panel_width(piece), -half - (30 if piece.has_arcs else 16), half + 16)
        row.x = panel.x0 + PAD + self._lead(piece)
        for cell in piece.cells:
            self._cell(cell)
        row.x = panel.slot[1]

    def _height(self, cell: Cell) -> float:
        if isinstance(cell, Bars):
            return self.style.height(cell.item.shape)
        if cell.item.kind == "merge":
            return 2 * MERGE_RADIUS
        label = self.style.unit_label(cell.item)
        return max(0.8 * self.style.unit_height(cell.item, label), text_width(label, UNIT_TEXT) + 14)

    def open_panel(self, piece: Piece, width: float, top: float, bottom: float) -> Panel:
        """Make room for a panel, its title and its label, whichever is widest."""
        row, stage = self.row, piece.stage
        assert stage is not None
        slot = max(width, self.words_width(piece))
        x0 = row.x + PANEL_GAP
        left = x0 + (slot - width) / 2
        panel = Panel(stage, left, left + width, top, bottom, (x0, x0 + slot))
        row.panels.append(panel)
        row.labels.append((left + width / 2, self.style.under(piece.cells[-1].item.shape)))
        return panel

    def words_width(self, piece: Piece) -> float:
        """Room that a panel's title and label need."""
        assert piece.stage is not None
        label = self.style.under(piece.cells[-1].item.shape)
        return 8 + max(text_width(piece.stage.title, TITLE_SIZE, 600), text_width(label, LABEL_SIZE, mono=True))

    def panel_width(self, piece: Piece) -> float:
        """Width of a panel: what is in it, the same margin on both sides."""
        last = piece.cells[-1]
        behind = 10.0
        if isinstance(last, Bars):
            behind = self.pitch.gap - (self.pitch.ahead + self.pitch.radius if last.series[-1] else 0)
        return self._lead(piece) + sum(self._cell_width(cell) for cell in piece.cells) - behind + 2 * PAD

    def _lead(self, piece: Piece) -> float:
        """Room before the first bar, in which its shortcut forks."""
        first = piece.cells[0]
        return self.pitch.before if isinstance(first, Bars) and first.series[0] else 0.0

    def unit_width(self, piece: Piece) -> float:
        """Room that a unit outside the panels takes, with the gap before it."""
        item = piece.cells[0].item
        own = {"merge": 2 * MERGE_RADIUS}.get(item.kind, INPUT_WIDTH if item.words.role == "input" else UNIT_WIDTH)
        return PIECE_GAP + own + LEAVING * self.plan.leaving[item.position]

    def _cell_width(self, cell: Cell) -> float:
        leaving = LEAVING * self.plan.leaving[cell.item.position]
        if isinstance(cell, Bars):
            return sum(self.pitch.room(arcs) for arcs in cell.series) + leaving
        return (2 * MERGE_RADIUS if cell.item.kind == "merge" else INNER_UNIT) + 10 + leaving

    def _cell(self, cell: Cell) -> None:
        row = self.row
        if isinstance(cell, Bars):
            self._bars(cell)
        elif cell.item.kind == "merge":
            self._merge(cell, row.x + MERGE_RADIUS)
        else:
            self._unit(cell.item, INNER_UNIT, self._height(cell), arrow=False)
        row.x += self._cell_width(cell)

    def _bars(self, cell: Bars) -> None:
        """The bars of a block, then the arcs and sums on them."""
        row, pitch, block = self.row, self.pitch, cell.item
        height, mark = self.style.height(block.shape), self.style.block_mark(block)
        lefts, x = [], row.x
        for arcs in cell.series:
            lefts.append(x + pitch.forks(arcs))
            x += pitch.room(arcs)
        self.connect(block, lefts[0])
        for left, arcs in zip(lefts, cell.series, strict=True):
            role = self.style.bar_role(block, arcs)
            row.scene.rect(left, -height / 2, pitch.bar, height, role, min(5, pitch.bar / 3), mark)
        if inside := self.style.inside(block):
            paint_inside(row.scene, inside, lefts[0], -height / 2, pitch.bar, height, mark)
        end = lefts[0]
        for left, arcs in zip(lefts, cell.series, strict=True):
            if left > end:
                row.scene.line([(end, 0), (left, 0)], "flow", arrow=False)
            end = left + pitch.bar
            for n, arc in enumerate(arcs):
                end = self._arc(arc, n, left, end, height)
        turn = max(TURN + 9 * (len(arcs) - 1) if arcs else 0 for arcs in cell.series)
        self.advance(block, lefts[0] - pitch.before, (end, 0), height / 2 + turn)

    def _arc(self, arc: Arc, n: int, left: float, line_end: float, height: float) -> float:
        """A shortcut around a bar and the circle of its sum; returns where the circle ends."""
        row, pitch, style = self.row, self.pitch, self.style
        middle = left + pitch.bar + pitch.ahead + n * (2 * pitch.radius + SUM_GAP)
        if is_long(style.folded, arc):
            row.circles[arc.junction.name] = (middle, pitch.radius)
        else:
            top = -height / 2 - TURN - 9 * n
            around_bar(row.scene, style, arc, (left - pitch.before - FORK * n, 0), (middle, -pitch.radius), top, pitch)
        if middle - pitch.radius - line_end > 0.5:
            row.scene.line([(line_end, 0), (middle - pitch.radius, 0)], "flow", arrow=False)
        sign = "+" if arc.junction.is_additive else "‖"
        role = "merge-small" if pitch.radius < 4 else "merge"
        row.scene.circle(middle, 0, pitch.radius, role, sign, style.sum_mark(arc))
        return middle + pitch.radius
