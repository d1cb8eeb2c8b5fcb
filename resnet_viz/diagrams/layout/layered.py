"""Layered layout of a small acyclic graph along the direction of its flow: rows by longest path, lanes by role.

A node's row is its longest distance from the sources: rows are aligned across lanes, and lines turn between rows only.
Lane 0 is the spine, the heaviest path that takes no shortcut; shortcuts lie outermost on the positive side, gates on
the negative side, branches beside the spine in the order of their merge's operands. What lies where is decided on the
grid of rows and lanes (`layered_grid`, `layered_lanes`), where it cannot collide; coordinates come afterwards
(`layered_routes`). No node is ever moved back.

Coordinates are (t, x): t along the flow, x across it. A view draws t downward or to the right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Edge: TypeAlias = tuple[int, int]
EdgeKind = Literal["flow", "shortcut", "gate"]
NodeKind = Literal["box", "circle", "bar"]  # a bar spans the lanes of what it splits or joins


@dataclass
class Node:
    """Something to place: `length` along the flow, `width` across it; `inputs` in the order of the operands."""

    key: int
    kind: NodeKind
    length: float
    width: float
    inputs: tuple[int, ...] = ()
    weight: float = 0.1  # how much it wants to lie on the spine
    row: int = 0
    lane: int = 0
    t: float = 0  # where it begins
    x: float = 0  # its middle
    span: tuple[int, int] | None = None  # a bar's first and last lane


@dataclass
class Problem:
    """A graph to lay out: nodes in topological order, kinds of edges other than flow, lanes known beforehand."""

    nodes: Sequence[Node]
    exit: int
    kinds: Mapping[Edge, EdgeKind] = field(default_factory=dict)
    lanes: Mapping[int, int] = field(default_factory=dict)  # of nodes between a split and its concatenation
    edge_lanes: Mapping[Edge, int] = field(default_factory=dict)  # of parts that go straight through
    gap: float = 30  # between rows
    gutter: float = 24  # between lanes
    centred: bool = False  # boxes stand in the middle of their row, not at its beginning
    run_lengths: Mapping[Edge, float] = field(default_factory=dict)  # how long an edge's own lane must run
    run_widths: Mapping[Edge, float] = field(default_factory=dict)  # how wide that lane must be

    def __post_init__(self) -> None:
        self.node = {node.key: node for node in self.nodes}
        self.users: dict[int, list[int]] = {node.key: [] for node in self.nodes}
        for node in self.nodes:
            for source in node.inputs:
                self.users[source].append(node.key)

    def kind(self, edge: Edge) -> EdgeKind:
        return self.kinds.get(edge, "flow")

    def edges(self) -> Iterable[Edge]:
        return ((source, node.key) for node in self.nodes for source in node.inputs)


@dataclass
class Layout:
    """Where everything lies: the nodes (t, x, span set), every edge as points (t, x), and the extent across."""

    nodes: dict[int, Node]
    lines: dict[Edge, list[tuple[float, float]]]
    runs: dict[Edge, tuple[float, float, float]]  # of edges with a lane of their own: t where it begins and ends, x
    bars: dict[int, tuple[float, float]]  # of spanning bars: x from, x to
    length: float
    low: float
    high: float


def lay_out(problem: Problem) -> Layout:
    """Place the nodes and draw the edges of a graph; sets t, x, row, lane and span of its nodes."""
    from resnet_viz.diagrams.layout.layered_lanes import assign
    from resnet_viz.diagrams.layout.layered_routes import coordinates

    _rows(problem)
    path = spine(problem)
    _forget_crowded_lanes(problem, path)
    return coordinates(problem, assign(problem, path))


def _rows(problem: Problem) -> None:
    """Longest distance from the sources; a source stands just before its first reader."""
    for node in problem.nodes:
        node.row = max((problem.node[source].row + 1 for source in node.inputs), default=0)
    for node in problem.nodes:
        if not node.inputs and problem.users[node.key]:
            node.row = max(0, min(problem.node[user].row for user in problem.users[node.key]) - 1)


def _forget_crowded_lanes(problem: Problem, spine: list[int]) -> None:
    """Without the lanes known beforehand, if two nodes would stand at one place."""
    places = [(problem.node[key].row, lane) for key, lane in (dict.fromkeys(spine, 0) | dict(problem.lanes)).items()]
    if len(set(places)) < len(places):
        problem.lanes, problem.edge_lanes = {}, {}


def spine(problem: Problem) -> list[int]:
    """The heaviest path from a source to the exit; it takes shortcuts and gates only where it must."""
    dislike = {"flow": 0, "gate": 300, "shortcut": 1000}
    best: dict[int, tuple[float, int | None]] = {node.key: (0.0, None) for node in problem.nodes if not node.inputs}
    for node in problem.nodes:
        ways = [
            (best[source][0] + node.weight - dislike[problem.kind((source, node.key))], source)
            for source in node.inputs
            if source in best
        ]
        if ways:
            best[node.key] = max(ways, key=lambda way: way[0])
    path: list[int] = []
    step: int | None = problem.exit
    while step is not None:
        path.append(step)
        step = best[step][1]
    return path[::-1]
