"""The network view: every block as a bar, every shortcut as an arc that ends on its own sum, in one row or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.network_legend import paint_legend
from resnet_viz.diagrams.layout.network_plan import Piece, Plan, plan
from resnet_viz.diagrams.layout.network_row import COUNT_SIZE, LABEL_SIZE, TITLE_SIZE, Pitch, Row, RowPainter
from resnet_viz.diagrams.layout.network_snake import COLUMNS, paint_snake, snake_width
from resnet_viz.diagrams.layout.network_spans import Span, find_spans, paint_spans, reach_out
from resnet_viz.diagrams.layout.network_style import Style
from resnet_viz.diagrams.scene import Rect, Scene, Text
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _

WIDTH = 1240.0  # of a row that should not be wider
SNAKES_ABOVE = 60  # blocks
WIDEST_STEP, NARROWEST_STEP, COMFORTABLE_STEP = 44.0, 11.0, 14.0
CROSSING = 150.0  # pixels of row width that a long line in one row is worth
ROW_GAP, MARGIN = 44.0, 16.0
LEFT = -14.0  # where a row is entered from the one above


def network_scene(graph: NetworkGraph, surgery: Surgery | None = None) -> Scene:
    """The whole network with its stages, blocks and shortcuts, as `surgery` leaves it."""
    folded = graph.folded
    style = Style(folded, surgery or Surgery())
    if folded.parallel:
        from resnet_viz.diagrams.layout.network_lanes import lanes_scene

        scene = lanes_scene(style)
    else:
        scene = _sequence_scene(style, plan(folded))
    scene.title = _("{name}: network", name=graph.name)
    scene.description = _description(style)
    return scene.fit(MARGIN)


def _description(style: Style) -> str:
    folded = style.folded
    stages = ", ".join(f"{stage.title} × {len(stage.blocks)}" for stage in folded.stages)
    return _(
        "{name}: {blocks} blocks and {shortcuts} shortcuts in {stages} stages: {list}.",
        name=folded.graph.name,
        blocks=len(folded.blocks),
        shortcuts=sum(not arc.is_nested for arc in folded.arcs),
        stages=len(folded.stages),
        list=stages,
    )


def _sequence_scene(style: Style, planned: Plan) -> Scene:
    snakes = planned.num_blocks > SNAKES_ABOVE
    pitch, num_rows = _pitch(style, planned, snakes)
    painter = RowPainter(style, planned, pitch)
    widths = [_width(painter, piece, snakes) for piece in planned.pieces]
    rows = []
    for pieces in _broken(planned, widths, num_rows):
        painter.row = Row(cursor=(LEFT, 0.0), previous=rows[-1].previous) if rows else Row()
        for piece in pieces:
            if snakes and piece.stage is not None:
                paint_snake(painter, piece)
            else:
                painter.paint(piece)
        rows.append(painter.row)
    spans = find_spans(style.folded, planned, rows)
    reach_out(rows, spans)
    return _stacked(style, rows, spans)


# ---------------------------------------------------------------------------------- rows


def _width(painter: RowPainter, piece: Piece, snakes: bool) -> float:
    if snakes and piece.stage is not None:
        return max(painter.width(piece) - painter.panel_width(piece) + snake_width(painter, piece), 0)
    return painter.width(piece)


def _pitch(style: Style, planned: Plan, snakes: bool) -> tuple[Pitch, int]:
    """Distance of bars, and the number of rows: as few as leave the bars a readable distance."""
    narrow = RowPainter(style, planned, Pitch(NARROWEST_STEP))
    bars = [min(COLUMNS, p.num_bars) if snakes else p.num_bars for p in planned.pieces if p.stage is not None]
    total = sum(_width(narrow, piece, snakes) for piece in planned.pieces)
    fixed = total - NARROWEST_STEP * sum(bars)
    for num_rows in range(1, 9):
        step = (num_rows * WIDTH * (1 if num_rows == 1 else 0.92) - fixed) / max(1, sum(bars))
        widest = (WIDTH - 2 * 40) / max(bars, default=1)
        if step >= COMFORTABLE_STEP or not bars:
            break
    limit = WIDEST_STEP if num_rows == 1 else 34.0
    return Pitch(max(NARROWEST_STEP, min(limit, step, widest))), num_rows


def _broken(planned: Plan, widths: Sequence[float], num_rows: int) -> list[list[Piece]]:
    """The pieces in rows: the widest row as narrow as can be, and few long lines broken."""
    pieces = planned.pieces
    num_rows = max(num_rows, -(-int(sum(widths)) // 1400))
    if num_rows == 1:
        return [pieces]
    row_of_item = {cell.item.position: n for n, piece in enumerate(pieces) for cell in piece.cells}
    long = [(row_of_item[a.source], row_of_item[a.target]) for a in planned.arcs if a.source is not None]
    long += [(row_of_item[a], row_of_item[b]) for a, b in planned.skips]
    toll = [CROSSING * sum(a < n <= b for a, b in long) for n in range(len(pieces) + 1)]
    breaks = _best_breaks(widths, num_rows, lambda n: toll[n])
    return [pieces[a:b] for a, b in pairwise([0, *breaks, len(pieces)])]


def _best_breaks(widths: Sequence[float], num_rows: int, toll: Callable[[int], float]) -> list[int]:
    """Where to begin the further rows, so that the widest row plus all tolls is least. Dynamic programming, exact."""
    ends = [0.0]
    for width in widths:
        ends.append(ends[-1] + width)
    n = len(widths)
    best: list[tuple[float, float, list[int]]] = [(end, 0.0, []) for end in ends]  # widest, tolls, breaks; one row
    for _row in range(num_rows - 1):
        best = [
            min(
                ((max(w, ends[m] - ends[k]), t + toll(k), [*b, k]) for k in range(1, m) for w, t, b in (best[k],)),
                key=lambda found: found[0] + found[1],
                default=(ends[m], 0.0, []),
            )
            for m in range(n + 1)
        ]
    return best[n][2]


# ---------------------------------------------------------------------------------- putting rows together


def _stacked(style: Style, rows: Sequence[Row], spans: Sequence[Span]) -> Scene:
    """Rows under each other, joined by return lines; panels behind everything, titles and labels around them."""
    scene = Scene()
    right = max(row.x for row in rows) + 10
    middles: list[float] = []
    bottom, gutters = 0.0, []
    for n, row in enumerate(rows):
        top = _top(row, [s.reach[s.rows.index(n)] for s in spans if n in s.rows and s.is_above])
        middles.append(bottom + (ROW_GAP if n else 0) - top)
        gutters.append(bottom + ROW_GAP / 2)
        edge = _bottom(row, [s.reach[s.rows.index(n)] for s in spans if n in s.rows and not s.is_above])
        _paint_panels(scene, style, row, middles[-1])
        bottom = middles[-1] + _paint_labels(scene, row, middles[-1], edge)
    for n, (row, following) in enumerate(pairwise(rows)):
        _return_line(scene, style, row, following, middles[n : n + 2], gutters[n + 1], right)
    for row, middle in zip(rows, middles, strict=True):
        scene.extend(row.scene, 0, middle)
    paint_spans(scene, style, spans, middles, right)
    paint_legend(scene, style, 0, bottom + 30, max(max(row.x for row in rows), 500))
    return scene


def _top(row: Row, reaches: Sequence[float]) -> float:
    titles = [panel.top - 38 for panel in row.panels]
    return min([*titles, *(-half for _a, _b, half in row.heights), *(-reach - 4 for reach in reaches)])


def _bottom(row: Row, reaches: Sequence[float]) -> float:
    return max([*(p.bottom for p in row.panels), *(half for _a, _b, half in row.heights), *(r + 4 for r in reaches)])


def _paint_panels(scene: Scene, style: Style, row: Row, middle: float) -> None:
    for panel in row.panels:
        scene.items.append(
            Rect(panel.x0, middle + panel.top, panel.x1 - panel.x0, panel.bottom - panel.top, "panel", 10)
        )
        x, top = (panel.x0 + panel.x1) / 2, middle + panel.top
        residual = any(block.junctions for block in panel.stage.blocks)
        scene.items.append(Text(x, top - 28, panel.stage.title, TITLE_SIZE, "ink", 600))
        count = f"× {len(panel.stage.blocks)}"
        scene.items.append(Text(x, top - 12, count, COUNT_SIZE, "residual" if residual else "plain", 600))


def _paint_labels(scene: Scene, row: Row, middle: float, edge: float) -> float:
    """Shapes under the row, in two lines where they would touch; returns how far down they reach."""
    ends = [-1e9, -1e9]
    for x, label in sorted(row.labels):
        half = text_width(label, LABEL_SIZE, mono=True) / 2
        line = 0 if x - half > ends[0] + 8 else 1
        ends[line] = x + half
        scene.text(x, middle + edge + 20 + 17 * line, label, LABEL_SIZE, "muted", mono=True)
    return edge + (20 + LABEL_SIZE / 2 if row.labels else 0) + (17 if ends[1] > -1e9 else 0)


def _return_line(
    scene: Scene, style: Style, row: Row, following: Row, middles: Sequence[float], gutter: float, right: float
) -> None:
    """The main line from the end of a row to the left of the next."""
    if row.cursor is not None and row.previous in style.folded.items[min(following.begins)].inputs:
        x, y = row.cursor[0], middles[0] + row.cursor[1]
        points = [(x, y), (right, y), (right, gutter), (LEFT, gutter), (LEFT, middles[1])]
        scene.line(points, "flow", 8, False)
