"""Lines of the network view that pass over items: long shortcuts above the main line, other connections below it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from resnet_viz.diagrams.layout.network_plan import Plan
from resnet_viz.diagrams.layout.network_row import LEAVING, MERGE_RADIUS, Row
from resnet_viz.diagrams.layout.network_shortcut import paint_shortcut
from resnet_viz.diagrams.layout.network_style import Style
from resnet_viz.diagrams.scene import Point, Scene
from resnet_viz.graph.fold_values import Arc, FoldedGraph

CLEARANCE = 11.0  # between a long line and what it passes
MARGIN_STEP = 8.0  # between lines that turn into the next row


@dataclass
class Span:
    """A long line: from (row, x) to (row, x); `reach` is how far it keeps from the main line in either row."""

    source: int
    target: int
    arc: Arc | None  # None: no shortcut
    rows: tuple[int, int]
    x0: float
    x1: float
    radius: float  # of the circle it ends in, 0: it joins the main line
    reach: list[float]

    @property
    def is_above(self) -> bool:
        return self.arc is not None

    @property
    def crosses(self) -> bool:
        return self.rows[0] != self.rows[1]


def find_spans(folded: FoldedGraph, plan: Plan, rows: Sequence[Row]) -> list[Span]:
    """All long lines with their ends, none drawn yet; several that leave or enter one item stand side by side."""
    row_of = {position: n for n, row in enumerate(rows) for position in row.ends}
    wanted: list[tuple[int, int, Arc | None]] = [
        (arc.source, arc.target, arc) for arc in plan.arcs if arc.source is not None
    ]
    wanted += [(source, target, None) for source, target in plan.skips]
    spans = []
    for source, target, arc in wanted:
        if rows[row_of[target]].begins.get(target) is None:
            continue
        spans.append(Span(source, target, arc, (row_of[source], row_of[target]), 0, 0, 0, [0, 0]))
    _place_starts(rows, spans)
    _place_ends(folded, rows, spans)
    return spans


def _place_starts(rows: Sequence[Row], spans: Sequence[Span]) -> None:
    leaving: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        leaving[span.source].append(span)
    for source, group in leaving.items():
        # The one that goes farthest stands first: no leg crosses another's way.
        for n, span in enumerate(sorted(group, key=lambda s: (-s.target, s.is_above))):
            span.x0 = rows[span.rows[0]].ends[source][0] + 3.5 + LEAVING * n


def _place_ends(folded: FoldedGraph, rows: Sequence[Row], spans: Sequence[Span]) -> None:
    entering: dict[tuple[int, bool], list[Span]] = defaultdict(list)
    for span in spans:
        row = rows[span.rows[1]]
        if span.arc is not None:
            span.x1, span.radius = row.circles.get(span.arc.junction.name, (row.begins[span.target], 0))
        elif folded.items[span.target].kind == "merge":
            span.x1, span.radius = row.begins[span.target] + MERGE_RADIUS, MERGE_RADIUS
        else:
            span.x1 = row.begins[span.target] - 3
        entering[span.target, span.is_above].append(span)
    for group in entering.values():
        if len(group) == 1 or len({span.x1 for span in group}) > 1:
            continue
        group.sort(key=lambda s: (not s.crosses, s.source), reverse=True)
        for n, span in enumerate(group):
            offset = (
                (n - (len(group) - 1) / 2) * min(4.5, 10 / len(group)) if span.radius else -4.5 * (len(group) - 1 - n)
            )
            span.x1 += offset
            span.radius = math.sqrt(max(0.0, span.radius**2 - offset**2)) if span.radius else 0


def reach_out(rows: Sequence[Row], spans: Sequence[Span]) -> None:
    """Decide how far every line keeps from the main line, short ones first, and grow the panels around them."""
    right = [row.x + 1e4 for row in rows]
    taken: dict[tuple[int, bool], list[tuple[float, float, float]]] = defaultdict(list)

    def length(span: Span) -> float:
        return 1e5 + span.target if span.crosses else span.x1 - span.x0

    for span in sorted(spans, key=length):
        for end, n in enumerate(span.rows):
            if end and not span.crosses:
                span.reach[1] = span.reach[0]
                continue
            x0 = span.x1 if end else span.x0
            x1 = right[n] if span.crosses else span.x1
            span.reach[end] = _reach(rows[n], taken[n, span.is_above], x0, x1)
            taken[n, span.is_above].append((x0, x1, span.reach[end]))
            _grow_panels(rows[n], x0, x1, span.reach[end], span.is_above)


def _reach(row: Row, taken: Sequence[tuple[float, float, float]], x0: float, x1: float) -> float:
    below = max((half for a, b, half in row.heights if b > x0 and a < x1), default=0)
    return max([below, *(reach for a, b, reach in taken if b > x0 - 6 and a < x1 + 6)]) + CLEARANCE


def _grow_panels(row: Row, x0: float, x1: float, reach: float, above: bool) -> None:
    for panel in row.panels:
        if panel.slot[1] > x0 - 6 and panel.slot[0] < x1 + 6:
            if above:
                panel.top = min(panel.top, -reach - 10)
            else:
                panel.bottom = max(panel.bottom, reach + 8)


def paint_spans(scene: Scene, style: Style, spans: Sequence[Span], middles: Sequence[float], right: float) -> None:
    """Draw the lines; `middles` are the heights of the rows' main lines, `right` where lines turn into the next row."""
    crossing = sorted((span for span in spans if span.crosses), key=lambda s: s.reach[0] if s.is_above else -s.reach[0])
    for span in spans:
        margin = right + MARGIN_STEP * (crossing.index(span) + 1) if span.crosses else None
        points = _points(span, middles, margin)
        if span.arc is None:
            style.used.add("side")
            scene.line(points, "side", 7, False)
            continue
        paint_shortcut(scene, style, span.arc, points, 9, span.arc.is_nested)


def _points(span: Span, middles: Sequence[float], margin: float | None) -> list[Point]:
    y0, y1 = middles[span.rows[0]], middles[span.rows[1]]
    sign = -1 if span.is_above else 1
    out, back, end = y0 + sign * span.reach[0], y1 + sign * span.reach[1], y1 + sign * span.radius
    if margin is None:
        return [(span.x0, y0), (span.x0, out), (span.x1, out), (span.x1, end)]
    return [(span.x0, y0), (span.x0, out), (margin, out), (margin, back), (span.x1, back), (span.x1, end)]
