"""What a layered layout takes and gives: nodes and edges of a small acyclic graph, and where they lie."""

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
    gathers: frozenset[int] = frozenset()  # circles into a side of which several lines may run as one
    unseen: frozenset[Edge] = frozenset()  # not drawn: they only say what follows what
    entry: int | None = None  # the source at which the spine begins, if it can
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
        edges = ((source, node.key) for node in self.nodes for source in node.inputs)
        return (edge for edge in edges if edge not in self.unseen) if self.unseen else edges


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
