"""One row of the network view, painted from left to right around y = 0: panels with bars and arcs, units, circles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.network_plan import Bars, Cell, Piece, Plan, Single, is_long
from resnet_viz.diagrams.layout.network_style import SIGNS, UNIT_TEXT, UNIT_WIDTH, Style
from resnet_viz.diagrams.marks import factor_label
from resnet_viz.diagrams.scene import Point, Scene
from resnet_viz.graph.fold_values import Arc, Item, Stage

TITLE_SIZE, COUNT_SIZE, LABEL_SIZE = 13.5, 12.0, 11.5
INPUT_WIDTH, MERGE_RADIUS, PRODUCT_RADIUS = 40.0, 8.0, 4.5
PIECE_GAP, PANEL_GAP = 16.0, 24.0  # before a unit, before a panel
PAD = 14.0  # inside a panel, on both sides
INNER_UNIT = 21.0  # width of a unit inside a panel
LEAVING = 6.0  # room for every long line that leaves an item
FORK, SUM_GAP = 4.0, 4.0  # between several forks before a bar, between several sums after it
TURN = 13.0  # height of an arc above its bar


@dataclass(frozen=True)
class Pitch:
    """Sizes along the row: one bar every `step` pixels."""

    step: float

    @property
    def bar(self) -> float:
        return self.step * 0.56 if self.step >= 18 else round(self.step * 0.44)

    @property
    def gap(self) -> float:
        return self.step - self.bar

    @property
    def before(self) -> float:
        """From where a shortcut forks to its bar."""
        return round(0.28 * self.gap, 1)

    @property
    def ahead(self) -> float:
        """From a bar to the middle of its sum, which ends where the next shortcut forks."""
        return round(0.36 * self.gap, 1)

    @property
    def radius(self) -> float:
        return min(5.0, self.ahead)

    def forks(self, arcs: Sequence[Arc]) -> float:
        """Room before a bar for the forks of all but its first shortcut."""
        return FORK * max(0, len(arcs) - 1)

    def room(self, arcs: Sequence[Arc]) -> float:
        """Room of a bar with its shortcuts and their sums."""
        return self.step + max(0, len(arcs) - 1) * (FORK + 2 * self.radius + SUM_GAP)

    @property
    def is_thin(self) -> bool:
        return self.step < 18


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


def around_bar(scene: Scene, style: Style, arc: Arc, start: Point, end: Point, top: float, pitch: Pitch) -> None:
    """A shortcut from the main line up, past a bar, and down into its sum."""
    (x0, _), (x1, _) = start, end
    radius = min(7.0, abs(x1 - x0) / 2.2)
    paint_shortcut(scene, style, arc, [start, (x0, top), (x1, top), end], radius, pitch.is_thin)


def paint_shortcut(
    scene: Scene, style: Style, arc: Arc, points: Sequence[Point], radius: float, thin: bool = False
) -> None:
    """A shortcut's line; on its second piece the × of a gated one and the factor of a scaled one, if there is room."""
    mark, role, factor = style.arc_mark(arc), style.arc_role(arc, thin), style.factor(arc)
    (x0, y), (x1, _) = points[1], points[2]
    middle, room = (x0 + x1) / 2, abs(x1 - x0)
    if arc.junction.kind == "gated" and factor != 0 and room >= 20:
        side = PRODUCT_RADIUS if x1 > x0 else -PRODUCT_RADIUS
        scene.line([*points[:2], (middle - side, y)], role, radius, False, mark)
        scene.circle(middle, y, PRODUCT_RADIUS, "product", "×", mark)
        scene.line([(middle + side, y), *points[2:]], role, radius, False, mark)
    else:
        scene.line(points, role, radius, False, mark)
    if factor not in (0, 1) and room >= 26:
        scene.text(middle, y - 9, factor_label(factor), 9.5, "shortcut", 600, mark=mark)
