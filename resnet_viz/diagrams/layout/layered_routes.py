"""From rows and lanes to coordinates: how far apart rows and lanes are, and the corners of every line.

Lines turn in the gap between two rows. There each horizontal piece has a track: those that leave a node near the upper
row, shortcuts first, those that arrive near the lower one; pieces that would lie on each other get different tracks,
and a gap grows with the tracks it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from resnet_viz.diagrams.layout.layered_grid import Assignment, Route
from resnet_viz.diagrams.layout.layered_values import Edge, Layout, Node, Problem

TRACK = 6.5  # between two tracks
FORK = 5.5  # from a node to the first track below it
JOIN = 12.0  # from a node to the first track above it: an arrow head must fit
LINE_LANE = 12.0  # width of a lane that holds lines only
PORT = 16.0  # between two lines that enter one box from above
ELBOW = 13.0  # from a circle's rim to a line that comes down beside it
BAR_MARGIN = 34.0  # what a bar reaches beyond the middle of its first and last lane


class Piece(NamedTuple):
    """A horizontal piece of a line in a gap, by its ends across the flow."""

    low: float
    high: float
    group: object  # pieces of one group may lie on each other
    edge: Edge
    first: bool  # shortcuts get the first tracks


def coordinates(problem: Problem, state: Assignment) -> Layout:
    """Positions of all nodes and lines."""
    lanes = Lanes(problem, state)
    lane_x = lanes.x
    for node in problem.nodes:
        node.x = lane_x[node.lane]
    ports = _ports(problem, state)
    forks, joins = _tracks(problem, state, lane_x, ports)
    rows = _row_positions(problem, lanes, forks, joins)
    below = _turns(problem, state, lanes, rows)
    lines, runs = {}, {}
    for edge, route in state.routes.items():
        target, x = problem.node[edge[1]], lane_x[route.lane]
        fork = below[edge[0]] + FORK + TRACK * forks[1].get(edge, 0)
        join = rows.start[target.row] - JOIN - TRACK * joins[1].get(edge, 0)
        lines[edge] = _corners(problem, route, x, ports.get(edge, 0.0), fork, join)
        if route.own:
            runs[edge] = _run(lines[edge], x)
    bars = {node.key: lanes.extent(node) for node in problem.nodes if node.kind == "bar"}
    return _layout(problem, lines, runs, bars)


def _layout(
    problem: Problem,
    lines: dict[Edge, list[tuple[float, float]]],
    runs: dict[Edge, tuple[float, float, float]],
    bars: dict[int, tuple[float, float]],
) -> Layout:
    length = max(node.t + node.length for node in problem.nodes)
    across = [x for line in lines.values() for _t, x in line]
    across += [x for node in problem.nodes for x in (node.x - node.width / 2, node.x + node.width / 2)]
    across += [x for bar in bars.values() for x in bar]
    across += [lines[e][1][1] + s * w / 2 for e, w in problem.run_widths.items() if e in runs for s in (-1, 1)]
    return Layout(problem.node, lines, runs, bars, length, min(across), max(across))


# ---------------------------------------------------------------------- across the flow


class Lanes:
    """Where the lanes lie across the flow, lane 0 at 0."""

    def __init__(self, problem: Problem, state: Assignment) -> None:
        self.gutter = problem.gutter
        self.width: dict[int, float] = defaultdict(lambda: LINE_LANE)
        for node in problem.nodes:
            if node.span is None:
                self.width[node.lane] = max(self.width[node.lane], node.width)
        for route in state.routes.values():
            self.width[route.lane] = max(self.width[route.lane], problem.run_widths.get(route.edge, 0.0))
        self.first, self.last = min(0, *self.width), max(0, *self.width)
        self.x = {0: 0.0}  # their middles
        for side, end in ((1, self.last), (-1, self.first)):
            for lane in range(side, end + side, side):
                half = (self.width[lane - side] + self.width[lane]) / 2
                self.x[lane] = self.x[lane - side] + side * (half + self.gutter)

    def extent(self, node: Node) -> tuple[float, float]:
        """Where a node begins and ends; a bar reaches a little beyond its lanes, never into what stands in the next."""
        if node.kind != "bar":
            return node.x - node.width / 2, node.x + node.width / 2
        first, last = node.span or (node.lane, node.lane)
        before = BAR_MARGIN if first <= self.first else min(BAR_MARGIN, (self.width[first] + self.gutter) / 2)
        after = BAR_MARGIN if last >= self.last else min(BAR_MARGIN, (self.width[last] + self.gutter) / 2)
        return self.x[first] - before, self.x[last] + after


def _ports(problem: Problem, state: Assignment) -> dict[Edge, float]:
    """Where lines that turn into a box from above enter it, measured from its middle."""
    entering: dict[int, list[Route]] = defaultdict(list)
    for route in state.routes.values():
        if route.end == "join" and problem.node[route.edge[1]].kind == "box":
            entering[route.edge[1]].append(route)
    ports = {}
    for key, routes in entering.items():
        node = problem.node[key]
        middle = any(r.end == "top" for r in state.routes.values() if r.edge[1] == key) or len(routes) > 1
        for side in (-1, 1):
            beside = [route for route in routes if (route.lane > node.lane) == (side > 0)]
            beside.sort(key=lambda route: side * route.lane)
            step = min(PORT, (node.width / 2 - 8) / max(1, len(beside)))
            for n, route in enumerate(beside):
                ports[route.edge] = side * step * (n + 1) if middle else 0.0
    return ports


# ---------------------------------------------------------------------- along the flow


Tracks = tuple[dict[int, int], dict[Edge, int]]  # number of tracks by gap, track by edge


def _tracks(
    problem: Problem, state: Assignment, lane_x: dict[int, float], ports: dict[Edge, float]
) -> tuple[Tracks, Tracks]:
    """The tracks of pieces that leave a node, and of those that arrive at one."""
    leaving: dict[int, list[Piece]] = defaultdict(list)
    arriving: dict[int, list[Piece]] = defaultdict(list)
    for edge, route in state.routes.items():
        source, target = (problem.node[key] for key in edge)
        x, shortcut = lane_x[route.lane], problem.kind(edge) == "shortcut"
        if not _reaches(source, route.lane):
            ends = sorted((source.x, x))
            leaving[source.row].append(Piece(ends[0], ends[1], state.owner(edge), edge, shortcut))
        if route.end in ("join", "elbow"):
            ends = sorted((target.x + _arrival_offset(route, target, ports), x))
            arriving[target.row - 1].append(Piece(ends[0], ends[1], (edge[1], shortcut), edge, shortcut))
    return _numbered(leaving), _numbered(arriving)


def _reaches(node: Node, lane: int) -> bool:
    """Whether a line down the lane begins or ends at the node without a turn."""
    return node.span[0] <= lane <= node.span[1] if node.span else node.lane == lane


def _arrival_offset(route: Route, target: Node, ports: dict[Edge, float]) -> float:
    if route.end == "elbow":
        side = 1 if route.lane > target.lane else -1
        return side * (target.width / 2 + ELBOW)
    return ports.get(route.edge, 0.0)


def _numbered(pieces: dict[int, list[Piece]]) -> Tracks:
    """The first track of its gap on which each piece overlaps none of another group.

    Long pieces come nearest to their node: then the lines of nested arcs do not cross.
    """
    counts: dict[int, int] = {}
    numbers: dict[Edge, int] = {}
    for gap, found in pieces.items():
        tracks: list[list[Piece]] = []
        for piece in sorted(found, key=lambda p: (not p.first, p.low - p.high)):
            number = next((n for n, track in enumerate(tracks) if _fits(piece, track)), len(tracks))
            if piece.first:  # a third shortcut would lie on the main line for too long: it shares the second's track
                number = min(number, 1)
            if number == len(tracks):
                tracks.append([])
            tracks[number].append(piece)
            numbers[piece.edge] = number
        counts[gap] = len(tracks)
    return counts, numbers


def _fits(piece: Piece, track: list[Piece]) -> bool:
    return all(p.group == piece.group or p.high < piece.low - 4 or p.low > piece.high + 4 for p in track)


class Rows:
    """Where the rows lie along the flow, and who stands in them."""

    def __init__(self, nodes: Sequence[Node], lanes: Lanes) -> None:
        self.extent = {node.key: lanes.extent(node) for node in nodes}
        self.nodes: list[list[Node]] = [[] for _ in range(max(node.row for node in nodes) + 1)]
        for node in nodes:
            self.nodes[node.row].append(node)
        self.length = [max((node.length for node in row), default=0.0) for row in self.nodes]
        self.start = [0.0] * len(self.nodes)

    def below(self, source: Node, x: float) -> float:
        """Where a line from a node may turn toward x: below the node, or below a longer one that is in the way."""
        low, high = sorted((source.x, x))
        row = (node for node in self.nodes[source.row] if node is not source)
        between = (node for node in row if low < self.extent[node.key][1] and self.extent[node.key][0] < high)
        return max([source.t + source.length, *(node.t + node.length for node in between)])


def _row_positions(problem: Problem, lanes: Lanes, forks: Tracks, joins: Tracks) -> Rows:
    """Set t of every node: boxes at the top of their row, circles and bars in its middle."""
    rows = Rows(problem.nodes, lanes)
    gaps = [_gap(problem, forks[0].get(row, 0), joins[0].get(row, 0)) for row in range(len(rows.nodes))]
    for edge, needed in problem.run_lengths.items():
        _widen(problem, edge, needed, rows.length, gaps)
    for row in range(1, len(rows.nodes)):
        rows.start[row] = rows.start[row - 1] + rows.length[row - 1] + gaps[row - 1]
    for node in problem.nodes:
        room = rows.length[node.row] - node.length
        node.t = rows.start[node.row] + (0 if node.kind == "box" and not problem.centred else room / 2)
    return rows


def _turns(problem: Problem, state: Assignment, lanes: Lanes, rows: Rows) -> dict[int, float]:
    """Where the lines of each node may turn below it.

    A node moves to the end of its row if its lines must pass below a longer one; that may be in the way of another's
    lines, so this is done until nothing moves. Nodes only move down, and never below their row.
    """
    while True:
        below = {key: node.t + node.length for key, node in problem.node.items()}
        for (source, _target), route in state.routes.items():
            below[source] = max(below[source], rows.below(problem.node[source], lanes.x[route.lane]))
        moved = [key for key, node in problem.node.items() if below[key] > node.t + node.length]
        if not moved:
            return below
        for key in moved:
            problem.node[key].t = below[key] - problem.node[key].length


def _gap(problem: Problem, forks: int, joins: int) -> float:
    needed = 9.0 + (FORK + TRACK * (forks - 1) if forks else 0) + (JOIN + TRACK * (joins - 1) if joins else 0)
    return max(problem.gap, needed)


def _widen(problem: Problem, edge: Edge, needed: float, length: list[float], gaps: list[float]) -> None:
    """Make room for what lies on an edge's own lane: the gaps beside it share what is missing."""
    first, last = (problem.node[key].row for key in edge)
    have = sum(gaps[first:last]) + sum(length[first + 1 : last]) - FORK
    if have < needed:
        for gap in range(first, last):
            gaps[gap] += (needed - have) / (last - first)


# ---------------------------------------------------------------------- lines


def _corners(
    problem: Problem, route: Route, x: float, port: float, fork: float, join: float
) -> list[tuple[float, float]]:
    """The points (t, x) of a line: out of its source, down its lane, into its target."""
    source, target = (problem.node[key] for key in route.edge)
    begin = source.t + source.length
    points = [(begin, x)] if _reaches(source, route.lane) else [(begin, source.x), (fork, source.x), (fork, x)]
    middle, side = target.t + target.length / 2, 1 if x > target.x else -1
    rim = target.x + side * target.width / 2
    if route.end == "side":
        return [*points, (middle, x), (middle, rim)]
    if route.end == "elbow":
        beside = rim + side * ELBOW
        return [*points, (join, x), (join, beside), (middle, beside), (middle, rim)]
    if route.end == "join":
        return [*points, (join, x), (join, target.x + port), (target.t, target.x + port)]
    return [*points, (target.t, x)]


def _run(points: list[tuple[float, float]], x: float) -> tuple[float, float, float]:
    """Where an edge runs down its own lane: from t, to t, at x."""
    along = [t for t, at in points if at == x]
    return min(along), max(along), x
