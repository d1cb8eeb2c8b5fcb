"""One row of the network view, painted from left to right around y = 0: panels with bars and arcs, units, circles."""

from __future__ import annotations

from dataclasses import dataclass, field

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.network_plan import Bars, Cell, Piece, Plan, Single, is_long
from resnet_viz.diagrams.layout.network_style import SIGNS, UNIT_TEXT, UNIT_WIDTH, Style
from resnet_viz.diagrams.marks import factor_label
from resnet_viz.diagrams.scene import Point, Scene
from resnet_viz.graph.fold_values import Arc, Item, Stage
from resnet_viz.text import _

TITLE_SIZE, COUNT_SIZE, LABEL_SIZE = 13.5, 12.0, 11.5
INPUT_WIDTH, MERGE_RADIUS = 40.0, 8.0
PIECE_GAP, PANEL_GAP = 16.0, 24.0  # before a unit, before a panel
PAD = 17.0  # from a panel's edge to its first bar
INNER_UNIT = 21.0  # width of a unit inside a panel
LEAVING = 6.0  # room for every long line that leaves an item
TURN = 13.0  # height of an arc above its bar


@dataclass(frozen=True)
class Pitch:
    """Sizes along the row: one bar every `step` pixels."""

    step: float

    @property
    def bar(self) -> float:
        return self.step * (0.56 if self.step >= 18 else 0.44)

    @property
    def gap(self) -> float:
        return self.step - self.bar

    @property
    def radius(self) -> float:
        """Of a sum: it ends where the next shortcut forks."""
        return min(5.0, 0.35 * self.gap)

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
            self._unit(item, UNIT_WIDTH, 1.0, arrow=True)
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

    def _unit(self, item: Item, width: float, scale: float, arrow: bool) -> None:
        row, label = self.row, self.style.unit_label(item)
        self.connect(item, row.x, arrow=arrow)
        height = max(self.style.unit_height(item, label) * scale, text_width(label, UNIT_TEXT) + 14)
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
        row, style = self.row, self.style
        width = self.panel_width(piece)
        half = max(style.height(cell.item.shape) for cell in piece.cells) / 2
        panel = self.open_panel(piece, width, -half - 44, half + 16)
        row.x = panel.x0 + PAD
        for cell in piece.cells:
            self._cell(cell)
        row.x = panel.slot[1]

    def open_panel(self, piece: Piece, width: float, top: float, bottom: float) -> Panel:
        """Make room for a panel, its title and its label, whichever is widest."""
        row, stage = self.row, piece.stage
        assert stage is not None
        label = self.style.under(piece.cells[-1].item.shape)
        slot = max(width, self._words_width(stage, label))
        x0 = row.x + PANEL_GAP
        left = x0 + (slot - width) / 2
        panel = Panel(stage, left, left + width, top, bottom, (x0, x0 + slot))
        row.panels.append(panel)
        row.labels.append((left + width / 2, label))
        return panel

    def _words_width(self, stage: Stage, label: str) -> float:
        return 8 + max(text_width(stage.title, TITLE_SIZE, 600), text_width(label, LABEL_SIZE, mono=True))

    def panel_width(self, piece: Piece) -> float:
        return self._inner_width(piece) + 2 * PAD

    def width(self, piece: Piece) -> float:
        """Room that a piece takes in the row, with the gap before it."""
        if piece.stage is not None:
            label = self.style.under(piece.cells[-1].item.shape)
            return PANEL_GAP + max(self.panel_width(piece), self._words_width(piece.stage, label))
        item = piece.cells[0].item
        own = {"merge": 2 * MERGE_RADIUS}.get(item.kind, INPUT_WIDTH if item.words.role == "input" else UNIT_WIDTH)
        return PIECE_GAP + own + LEAVING * self.plan.leaving[item.position]

    def _inner_width(self, piece: Piece) -> float:
        return sum(self._cell_width(cell) for cell in piece.cells) - 0.3 * self.pitch.gap

    def _cell_width(self, cell: Cell) -> float:
        leaving = LEAVING * self.plan.leaving[cell.item.position]
        if isinstance(cell, Bars):
            extra = sum(max(0, len(arcs) - 1) for arcs in cell.series)
            return len(cell.series) * self.pitch.step + extra * (2 * self.pitch.radius + 4) + leaving
        return (2 * MERGE_RADIUS if cell.item.kind == "merge" else INNER_UNIT) + 10 + leaving

    def _cell(self, cell: Cell) -> None:
        row = self.row
        if isinstance(cell, Bars):
            self._bars(cell)
        elif cell.item.kind == "merge":
            self._merge(cell, row.x + MERGE_RADIUS)
        else:
            self._unit(cell.item, INNER_UNIT, 0.8, arrow=False)
        row.x += self._cell_width(cell)

    def _bars(self, cell: Bars) -> None:
        """The bars of a block, then the arcs and sums on them."""
        row, pitch, block = self.row, self.pitch, cell.item
        height, mark = self.style.height(block.shape), self.style.block_mark(block)
        lefts, x = [], row.x
        for arcs in cell.series:
            lefts.append(x)
            x += pitch.step + max(0, len(arcs) - 1) * (2 * pitch.radius + 4)
        self.connect(block, row.x)
        for left, arcs in zip(lefts, cell.series, strict=True):
            role = self.style.bar_role(block, arcs)
            row.scene.rect(left, -height / 2, pitch.bar, height, role, min(5, pitch.bar / 3), mark)
        end = row.x + pitch.bar
        for left, arcs in zip(lefts, cell.series, strict=True):
            if left > row.x:
                row.scene.line([(end, 0), (left, 0)], "flow", arrow=False)
            end = left + pitch.bar
            for n, arc in enumerate(arcs):
                end = self._arc(arc, n, left, end, height)
        self.advance(block, row.x - 0.28 * pitch.gap, (end, 0), height / 2 + (TURN if cell.series[0] else 0))

    def _arc(self, arc: Arc, n: int, left: float, line_end: float, height: float) -> float:
        """A shortcut around a bar and the circle of its sum; returns where the circle ends."""
        row, pitch, style = self.row, self.pitch, self.style
        middle = left + pitch.bar + 0.36 * pitch.gap + n * (2 * pitch.radius + 4)
        if is_long(style.folded, arc):
            row.circles[arc.junction.name] = (middle, pitch.radius)
        else:
            top = -height / 2 - TURN - 9 * n
            around_bar(
                row.scene, style, arc, (left - 0.28 * pitch.gap - 1.5 * n, 0), (middle, -pitch.radius), top, pitch
            )
        row.scene.line([(line_end, 0), (middle - pitch.radius, 0)], "flow", arrow=False)
        sign = "+" if arc.junction.is_additive else "‖"
        role = "merge-small" if pitch.radius < 4 else "merge"
        row.scene.circle(middle, 0, pitch.radius, role, sign, style.sum_mark(arc))
        return middle + pitch.radius


def around_bar(scene: Scene, style: Style, arc: Arc, start: Point, end: Point, top: float, pitch: Pitch) -> None:
    """A shortcut from the main line up, past a bar, and down into its sum."""
    mark, (x0, y0), (x1, y1) = style.arc_mark(arc), start, end
    radius = min(7.0, abs(x1 - x0) / 2.2)
    scene.line([(x0, y0), (x0, top), (x1, top), (x1, y1)], style.arc_role(arc, pitch.is_thin), radius, False, mark)
    shortcut_signs(scene, style, arc, (x0 + x1) / 2, top, abs(x1 - x0))


def shortcut_signs(scene: Scene, style: Style, arc: Arc, x: float, y: float, room: float) -> None:
    """The × of a gated shortcut, and the factor of a scaled one, where there is room."""
    factor = style.factor(arc)
    if arc.junction.kind == "gated" and factor != 0 and room >= 18:
        scene.circle(x, y, 4.5, "product", "×", style.arc_mark(arc))
    if factor not in (0, 1) and room >= 28:
        scene.text(x, y - 9, factor_label(factor), 9.5, "shortcut", 600, mark=style.arc_mark(arc))


def title_words(stage: Stage) -> tuple[str, str]:
    """Title of a panel and what stands under it: ("layer1", "× 3")."""
    return stage.title, _("× {count}", count=len(stage.blocks))
