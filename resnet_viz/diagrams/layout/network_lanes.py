"""The network view of parallel branches (HRNet): one lane a resolution, a panel a stage, exchanges between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.network_inside import paint_inside
from resnet_viz.diagrams.layout.network_lanes_nodes import Edge, Node
from resnet_viz.diagrams.layout.network_lanes_plan import Cluster, LanePlan, plan_lanes
from resnet_viz.diagrams.layout.network_legend import paint_legend
from resnet_viz.diagrams.layout.network_plan import Bars, Single
from resnet_viz.diagrams.layout.network_row import COUNT_SIZE, INPUT_WIDTH, TITLE_SIZE
from resnet_viz.diagrams.layout.network_shortcut import FORK, SUM_GAP, Pitch, around_bar
from resnet_viz.diagrams.layout.network_style import SIGNS, UNIT_TEXT, UNIT_WIDTH, Style
from resnet_viz.diagrams.scene import Mark, Point, Scene
from resnet_viz.graph.fold_values import Arc, Block

LANE_PITCH, TITLE_ROOM, BAR_HEIGHT, TURN = 88.0, 44.0, 44.0, 9.0
PANEL_TOP, PANEL_BOTTOM, PAD = 44.0, 42.0, 14.0
LABEL_SIZE, LABEL_BELOW = 10.5, 33.0
MERGE_RADIUS = 7.0
UNIT_GAP, EXCHANGE, STEP = 16.0, 62.0, 30.0  # before a unit; before a column that curves lead to; between bars
WIDEST = 2200.0


@dataclass
class Place:
    """Where a node stands along the flow."""

    x0: float
    x1: float
    end: float = 0  # where its line leaves: x1, or the edge of its panel


class LanePainter:
    """Places the columns of a plan from left to right, then paints."""

    def __init__(self, style: Style, plan: LanePlan, scale: float) -> None:
        self.style, self.plan, self.scale = style, plan, scale
        self.pitch = Pitch(max(STEP * scale, 12.0))
        self.scene = Scene()
        self.places: dict[int, Place] = {}
        self.panels: list[tuple[Cluster, float, float]] = []
        self.cluster_of = {n.item.position: c for c in plan.clusters for n in c.nodes}
        self.width = self._place_columns()

    # ---- places

    def _place_columns(self) -> float:
        columns: dict[int, list[Node]] = defaultdict(list)
        for node in self.plan.nodes.values():
            columns[node.column].append(node)
        x = 0.0
        for column in sorted(columns):
            x = self._place_column(columns[column], x)
        return x

    def _place_column(self, nodes: Sequence[Node], x: float) -> float:
        """Where the column ends. A panel begins before its first column and ends after its last."""
        opening = [c for c in self._clusters(nodes) if c.columns[0] == nodes[0].column]
        closing = [c for c in self._clusters(nodes) if c.columns[1] == nodes[0].column]
        x += self._gap(nodes, bool(opening))
        widen = max((self._spare(cluster) for cluster in opening), default=0.0) / 2
        x += (PAD + widen) if opening else 0
        for node in nodes:
            width = self._width(node)
            self.places[node.item.position] = Place(x, x + width, x + width)
        right = x + max(self._width(node) for node in nodes)
        if not closing:
            return right
        right += PAD - 0.3 * self.pitch.gap + max(self._spare(cluster) for cluster in closing) / 2
        for cluster in closing:
            left = min(self.places[n.item.position].x0 for n in cluster.nodes) - PAD - self._spare(cluster) / 2
            self.panels.append((cluster, left, right))
            for node in cluster.last_nodes:
                self.places[node.item.position].end = right
        return right

    def _clusters(self, nodes: Sequence[Node]) -> list[Cluster]:
        found = (self.cluster_of.get(node.item.position) for node in nodes)
        return list({id(c): c for c in found if c is not None}.values())

    def _gap(self, nodes: Sequence[Node], opens: bool) -> float:
        """Room before a column: wide where lines change lanes."""
        if not any(node.edges for node in nodes):
            return 0.0
        across = max((abs(self.plan.nodes[e.source].lane - node.lane) for node in nodes for e in node.edges), default=0)
        if across:
            return (EXCHANGE + 5 * across) * self.scale
        return 24.0 if opens else UNIT_GAP if any(not isinstance(node.item, Block) for node in nodes) else 0.0

    def _width(self, node: Node) -> float:
        if isinstance(node.cell, Bars):
            return sum(self.pitch.room(arcs) for arcs in node.cell.series)
        if node.item.kind == "merge":
            return 2 * MERGE_RADIUS
        return INPUT_WIDTH if node.item.words.role == "input" else UNIT_WIDTH

    def _spare(self, cluster: Cluster) -> float:
        """How much wider than its bars a panel must be to hold its words."""
        bars = max(
            sum(self._width(n) for n in cluster.nodes if n.lane == lane) for lane in {n.lane for n in cluster.nodes}
        )
        words = [text_width(self._title(cluster), TITLE_SIZE, 600) - 4]
        words += [text_width(self._label(node), LABEL_SIZE, mono=True) + 10 for node in cluster.nodes]
        return max(0.0, max(words) - bars - 2 * PAD + 0.3 * self.pitch.gap)

    def y(self, lane: int) -> float:
        return lane * (LANE_PITCH + (TITLE_ROOM if self.plan.has_titles_between else 0))

    # ---- words

    def _title(self, cluster: Cluster) -> str:
        title = self.style.folded.stages[cluster.stage].title
        repeated = sum(other.stage == cluster.stage for other in self.plan.clusters) > 1
        return f"{title} · {cluster.number}" if repeated else title

    def _label(self, node: Node) -> str:
        image = self.style.folded.height_width_channels(node.item.shape)
        if image is None:
            return self.style.under(node.item.shape)
        return f"{image[0]}² · {image[2]}" if image[0] == image[1] else f"{image[0]}×{image[1]} · {image[2]}"

    # ---- painting

    def paint(self) -> Scene:
        for cluster, x0, x1 in self.panels:
            self._paint_panel(cluster, x0, x1)
        for node in self.plan.nodes.values():
            for edge in node.edges:
                self._paint_edge(edge, node)
        for node in self.plan.nodes.values():
            if isinstance(node.cell, Bars):
                self._paint_bars(node.cell, node)
            else:
                self._paint_single(node.cell, node)
        return self.scene

    def _paint_panel(self, cluster: Cluster, x0: float, x1: float) -> None:
        first, last = cluster.lanes
        top, bottom = self.y(first) - PANEL_TOP, self.y(last) + PANEL_BOTTOM
        self.scene.rect(x0, top, x1 - x0, bottom - top, "panel", 10)
        x = (x0 + x1) / 2
        residual = any(isinstance(n.item, Block) and n.item.junctions for n in cluster.nodes)
        self.scene.text(x, top - 28, self._title(cluster), TITLE_SIZE, "ink", 600)
        self.scene.text(x, top - 12, f"× {len(cluster.nodes)}", COUNT_SIZE, "residual" if residual else "plain", 600)
        for lane in range(first, last + 1):
            labels = [self._label(node) for node in cluster.nodes if node.lane == lane]
            self.scene.text(x, self.y(lane) + LABEL_BELOW, labels[-1], LABEL_SIZE, "muted", mono=True)

    def _paint_bars(self, cell: Bars, node: Node) -> None:
        block, pitch, style = cell.item, self.pitch, self.style
        assert isinstance(block, Block)
        x, y = self.places[block.position].x0, self.y(node.lane)
        mark = style.block_mark(block)
        end = x
        for arcs in cell.series:
            x += pitch.forks(arcs)
            if x > end:
                self.scene.line([(end, y), (x, y)], "flow", arrow=False)
            self.scene.rect(x, y - BAR_HEIGHT / 2, pitch.bar, BAR_HEIGHT, style.bar_role(block, arcs), 5, mark)
            if arcs is cell.series[0] and (inside := style.inside(block)):
                paint_inside(self.scene, inside, x, y - BAR_HEIGHT / 2, pitch.bar, BAR_HEIGHT, mark)
            end = x + pitch.bar
            for n, arc in enumerate(arcs):
                end = self._paint_arc(arc, n, (x, y), end)
            x += pitch.room(arcs) - pitch.forks(arcs)
        if self.places[block.position].end > end:
            self.scene.line([(end, y), (self.places[block.position].end, y)], "flow", arrow=False)

    def _paint_arc(self, arc: Arc, n: int, left: Point, line_end: float) -> float:
        (x, y), pitch = left, self.pitch
        middle = x + pitch.bar + pitch.ahead + n * (2 * pitch.radius + SUM_GAP)
        start = (x - pitch.before - FORK * n, y)
        around_bar(
            self.scene, self.style, arc, start, (middle, y - pitch.radius), y - BAR_HEIGHT / 2 - TURN - 6 * n, pitch
        )
        self.scene.line([(line_end, y), (middle - pitch.radius, y)], "flow", arrow=False)
        sign = "+" if arc.junction.is_additive else "‖"
        self.scene.circle(middle, y, pitch.radius, "merge", sign, self.style.sum_mark(arc))
        return middle + pitch.radius

    def _paint_single(self, cell: Single, node: Node) -> None:
        item, style, place = cell.item, self.style, self.places[cell.item.position]
        x, y = (place.x0 + place.x1) / 2, self.y(node.lane)
        if item.kind == "merge":
            sign = SIGNS.get(item.words.role, "+")
            mark = style.sum_mark(cell.arcs[0]) if cell.arcs else style.unit_mark(item)._replace(action=None)
            self.scene.circle(x, y, MERGE_RADIUS, "product" if sign == "×" else "merge", sign, mark)
            return
        if item.words.role == "input":
            words = style.folded.shape_words(item.shape).split(" × ")
            self.scene.rect(place.x0, y - 30, INPUT_WIDTH, 60, "end", 6, style.unit_mark(item)._replace(action=None))
            for dy, word in zip((-8, 9), (words[0], words[-1]), strict=True):
                self.scene.text(x, y + dy, word, 11, "muted", mono=True)
            return
        label, mark = style.unit_label(item), style.unit_mark(item)
        height = max(50.0, text_width(label, UNIT_TEXT) + 16)
        self.scene.rect(place.x0, y - height / 2, UNIT_WIDTH, height, "unit", 5, mark)
        self.scene.text(x, y, label, UNIT_TEXT, vertical=True, mark=mark)

    # ---- edges

    def _paint_edge(self, edge: Edge, target: Node) -> None:
        source = self.plan.nodes[edge.source]
        start = (self.places[edge.source].end, self.y(source.lane))
        end = (self.places[target.item.position].x0, self.y(target.lane))
        arcs = [] if isinstance(target.cell, Bars) else [a for a in target.cell.arcs if a.source == edge.source]
        if source.lane == target.lane and not self._is_blocked(source, target):
            arrow = not isinstance(target.item, Block) and target.item.kind != "merge"
            self.scene.line([start, end], "flow", arrow=arrow and end[0] - start[0] > 11)
            return
        role = "exchange-weighted" if edge.is_weighted(self.style.folded) else "exchange"
        mark = Mark(f"edge:{source.item.name}:{target.item.name}", edge.words) if edge.words else None
        if arcs:
            role, mark = self.style.arc_role(arcs[0], True), self.style.arc_mark(arcs[0])
        else:
            self.style.used.add(role)
        self._paint_curve(start, end, target, role, mark)

    def _is_blocked(self, source: Node, target: Node) -> bool:
        """Whether something stands between two nodes of a lane."""
        return any(
            node.lane == source.lane and source.column < node.column < target.column
            for node in self.plan.nodes.values()
        )

    def _paint_curve(self, start: Point, end: Point, target: Node, role: str, mark: Mark | None) -> None:
        """A line that changes lanes in the gap before its target; along its own lane before that, if it is free."""
        (x0, y0), (x1, y1) = start, end
        if y0 == y1:
            bow = y0 - LANE_PITCH / 2 - 6
            self.scene.curve(((x0, y0), (x0 + 40, bow), (x1 - 40, bow), (x1, y1)), role, mark=mark)
            return
        if target.item.kind == "merge":
            down = 3.5 if y0 < y1 else -3.5
            x1, y1 = x1 + 1, y1 - down
        else:
            x1 -= 0 if not isinstance(target.item, Block) else self.pitch.before
        cluster = self.cluster_of.get(target.item.position)
        edge = next((left for c, left, _right in self.panels if c is cluster), x1) if cluster else x1
        near = min(edge, x1)
        self.scene.curve(
            ((x0, y0), (x0 + (near - x0) * 0.55, y0), (near - (near - x0) * 0.45, y1), (near, y1)), role, mark=mark
        )
        if near < end[0] - 0.5 and target.item.kind != "merge":
            self.scene.line([(near, y1), (end[0], y1)], "flow", arrow=False)


def lanes_scene(style: Style) -> Scene:
    """Blocks in lanes with the exchanges between them; narrower steps where it would be wider than a poster."""
    plan = plan_lanes(style.folded)
    painter = LanePainter(style, plan, 1.0)
    for scale in (0.9, 0.8, 0.7, 0.6):
        if painter.width <= WIDEST:
            break
        painter = LanePainter(style, plan, scale)
    scene = painter.paint()
    paint_legend(scene, style, 0, scene.bounds().y1 + 32, max(painter.width, 500))
    return scene
