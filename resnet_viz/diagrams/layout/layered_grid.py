"""The grid of rows and lanes on which nodes and lines are placed so that nothing collides.

Row r of a lane is slot 2r, the gap below it slot 2r + 1. A line down a lane takes slots, and two lines may share one
only if they leave the same node. `layered_lanes` decides in which order things are placed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from resnet_viz.diagrams.layout.layered_values import Edge, Node, Problem

Owner: TypeAlias = object
End = Literal["top", "side", "join", "elbow"]  # how a line arrives: straight, into a circle's side, around a corner


class Route(NamedTuple):
    """An edge down one lane: it turns into it below its source, and out of it at its target."""

    edge: Edge
    lane: int
    end: End
    own: bool  # no node stands in the lane: it is there for this edge alone


@dataclass
class Grid:
    """Who has which slots of which lane, as bits."""

    taken: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    owned: dict[tuple[int, Owner], int] = field(default_factory=lambda: defaultdict(int))
    crossed: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # no node here: a line crosses the lane

    def is_free(self, lane: int, slots: int, owner: Owner = None) -> bool:
        return not self.taken[lane] & ~self.owned.get((lane, owner), 0) & slots

    def take(self, lane: int, slots: int, owner: Owner) -> None:
        self.taken[lane] |= slots
        self.owned[lane, owner] |= slots


def slots(first: int, last: int) -> int:
    """The slots from first to last as bits; none if last comes before first."""
    return (1 << last + 1) - (1 << first) if last >= first else 0


class Assignment:
    """The state of the placing: the grid, the routes found, and the nodes that have their lane."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.grid = Grid()
        self.routes: dict[Edge, Route] = {}
        self.placed: set[int] = set()
        self.sides: set[tuple[int, int]] = set()  # (circle, side) that a line enters
        self.tops: set[int] = set()  # circles that a line enters from above
        self.turns: dict[tuple[int, int], int] = {}  # (lane, row) in which a line turns into the side of this circle

    # ------------------------------------------------------------------ nodes

    def place(self, key: int, lane: int) -> None:
        node = self.problem.node[key]
        node.lane = lane
        self.grid.take(lane, 1 << 2 * node.row, key)
        self.placed.add(key)

    def may_span(self, node: Node, lane: int) -> bool:
        """Whether a bar can reach this lane: nobody else stands in its row on the way."""
        row = 1 << 2 * node.row
        return all(
            self.grid.is_free(i, row, node.key) and not self.grid.crossed[i] & row for i in between(node.lane, lane)
        )

    def span(self, node: Node, lane: int) -> None:
        low, high = node.span or (node.lane, node.lane)
        node.span = min(low, lane), max(high, lane)
        for i in range(node.span[0], node.span[1] + 1):
            self.grid.take(i, 1 << 2 * node.row, node.key)

    # ------------------------------------------------------------------ lines

    def owner(self, edge: Edge) -> Owner:
        """Lines of one owner may lie on each other: those that leave one node, but shortcuts never."""
        return edge if self.problem.kind(edge) == "shortcut" else edge[0]

    def arrival(self, edge: Edge, lane: int) -> End | None:
        """How the edge can reach its target down this lane, or None; looks at the slots on the way."""
        source, target = (self.problem.node[key] for key in edge)
        owner, down = self.owner(edge), slots(2 * source.row + 1, 2 * target.row - 1)
        if not self.grid.is_free(lane, down, owner):
            return None
        if lane == target.lane:
            return None if target.kind == "circle" and target.key in self.tops else "top"
        if target.kind == "bar":
            return "top" if self.may_span(target, lane) else "join"
        if target.kind == "box":
            return "join"
        side = 1 if lane > target.lane else -1
        if (target.key, side) in self.sides and target.key not in self.problem.gathers:
            return "join" if target.key not in self.tops else None
        row = 1 << 2 * target.row
        clear = self.grid.is_free(lane, row, owner) and all(
            self.grid.is_free(i, row) or self._may_join(i, target) for i in between(lane, target.lane)[1:-1]
        )
        return "side" if clear else "elbow"

    def _may_join(self, lane: int, target: Node) -> bool:
        """Whether a line turns into the circle's side here, so that a line from farther out may run on with it."""
        return target.key in self.problem.gathers and self.turns.get((lane, target.row)) == target.key

    def draw(self, edge: Edge, lane: int, own: bool = False) -> bool:
        """Draw the edge down this lane if it can be; False if it cannot."""
        end = self.arrival(edge, lane)
        if end is None:
            return False
        source, target = (self.problem.node[key] for key in edge)
        last = 2 * target.row - (end != "side")
        self.grid.take(lane, slots(2 * source.row + 1, last), self.owner(edge))
        for node in (source, target):
            if node.kind == "bar" and self.may_span(node, lane):
                self.span(node, lane)
        if end == "side":
            self.turns[lane, target.row] = target.key
            for i in between(lane, target.lane)[1:-1]:
                self.grid.crossed[i] |= 1 << 2 * target.row
        if target.kind == "circle":
            if end in ("side", "elbow"):
                self.sides.add((target.key, 1 if lane > target.lane else -1))
            else:
                self.tops.add(target.key)
        self.routes[edge] = Route(edge, lane, end, own)
        return True

    def draw_anyhow(self, edge: Edge, side: int) -> None:
        """Draw an edge between placed nodes: straight, into a side, down the target's lane, else down its own."""
        source, target = (self.problem.node[key] for key in edge)
        known = self.problem.edge_lanes.get(edge)
        if self.problem.kind(edge) != "shortcut" or source.row + 1 == target.row:
            tries = [source.lane, target.lane] if target.kind != "box" else [target.lane, source.lane]
            if self.problem.kind(edge) == "gate":
                tries += [lane for lane in between(source.lane, target.lane)[1:-1] if not self.grid.taken[lane]]
        else:
            tries = []
        for lane in [*([known] if known is not None else []), *dict.fromkeys(tries)]:
            if self._is_worth(edge, lane) and self.draw(edge, lane, own=lane == known):
                return
        across = side * (source.lane - target.lane) < 0  # it would come from behind the target
        if tries and across and self.arrival(edge, source.lane) == "elbow" and self.draw(edge, source.lane):
            return
        lane = self.outermost(edge) if self.problem.kind(edge) == "shortcut" else target.lane + side
        corner: int | None = None  # the first lane from which the line would arrive around a corner
        for _ in range(4 + 2 * len(self.grid.taken)):
            if self._is_worth(edge, lane) and self.draw(edge, lane, own=True):
                return
            if corner is None and self.arrival(edge, lane) == "elbow":
                corner = lane
            if corner is not None and abs(lane - corner) > 1:
                break
            lane += side
        if corner is None or not self.draw(edge, corner, own=True):
            self._last_resort(edge, side)

    def _is_worth(self, edge: Edge, lane: int) -> bool:
        """Whether the shared lane is drawn well: an elbow is not."""
        return self.arrival(edge, lane) not in (None, "elbow")

    def _last_resort(self, edge: Edge, side: int) -> None:
        """A lane outside of everything, and any arrival: an elbow, or the top of a circle a second time."""
        lane = self.outermost(edge) if side > 0 else min(self.grid.taken) - 1
        if not self.draw(edge, lane, own=True):
            self.routes[edge] = Route(edge, lane, "join", True)
            first, last = (self.problem.node[key].row for key in edge)
            self.grid.take(lane, slots(2 * first + 1, 2 * last), edge)

    def outermost(self, edge: Edge) -> int:
        """The first positive lane with nothing beside the edge in it or farther out."""
        source, target = (self.problem.node[key] for key in edge)
        beside = slots(2 * source.row + 1, 2 * target.row - 1)
        used = [lane for lane, taken in self.grid.taken.items() if taken & beside]
        return max([0, *used]) + 1


def between(one: int, other: int) -> range:
    """The lanes from one to the other, both included."""
    return range(min(one, other), max(one, other) + 1)
