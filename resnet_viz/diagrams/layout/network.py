"""The network view: every block as a bar, every shortcut as an arc that ends on its own sum, in one row or several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.network_arrange import NARROWEST_STEP, WIDTH, Measure, arrange
from resnet_viz.diagrams.layout.network_legend import paint_legend
from resnet_viz.diagrams.layout.network_plan import Plan, plan
from resnet_viz.diagrams.layout.network_row import COUNT_SIZE, LABEL_SIZE, PANEL_GAP, TITLE_SIZE, Row, RowPainter
from resnet_viz.diagrams.layout.network_shortcut import Pitch
from resnet_viz.diagrams.layout.network_snake import num_columns, paint_snake, snake_width
from resnet_viz.diagrams.layout.network_spans import Span, find_spans, paint_spans, reach_out
from resnet_viz.diagrams.layout.network_style import Style
from resnet_viz.diagrams.scene import Rect, Scene, Text
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _

SNAKES_ABOVE = 60  # blocks
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
    trial = RowPainter(style, planned, Pitch(20))
    measures = _measures(trial, False)
    snakes = planned.num_blocks > SNAKES_ABOVE or any(m.width(NARROWEST_STEP) > WIDTH for m in measures)
    arrangement = arrange(planned, _measures(trial, True) if snakes else measures)
    pitch = Pitch(math.floor(arrangement.step)) if snakes else Pitch(arrangement.step)
    painter = RowPainter(style, planned, pitch)
    rows: list[Row] = []
    for a, b in pairwise([0, *arrangement.breaks, len(planned.pieces)]):
        painter.row = Row(cursor=(LEFT, 0.0), previous=rows[-1].previous) if rows else Row()
        for piece in planned.pieces[a:b]:
            if snakes and piece.stage is not None:
                paint_snake(painter, piece)
            else:
                painter.paint(piece)
        rows.append(painter.row)
    spans = find_spans(style.folded, planned, rows)
    reach_out(rows, spans)
    return _stacked(style, rows, spans)


def _measures(painter: RowPainter, snakes: bool) -> list[Measure]:
    out = []
    for piece in painter.plan.pieces:
        if piece.stage is None:
            out.append(Measure(painter.unit_width(piece), 0, 0))
            continue
        bars = num_columns(piece) if snakes else piece.num_bars
        width = snake_width(painter, piece) if snakes else painter.panel_width(piece)
        out.append(Measure(PANEL_GAP + width - bars * painter.pitch.step, bars, PANEL_GAP + painter.words_width(piece)))
    return out


# ---------------------------------------------------------------------------------- putting rows together


def _stacked(style: Style, rows: Sequence[Row], spans: Sequence[Span]) -> Scene:
    """Rows under each other, joined by return lines; panels behind everything, titles and labels around them."""
    scene = Scene()
    right = max(row.x for row in rows) + 10
    is_crossed = any(span.crosses for span in spans)
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
        turn = right if is_crossed else row.x + 14
        _return_line(scene, style, row, following, middles[n : n + 2], gutters[n + 1], turn)
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
