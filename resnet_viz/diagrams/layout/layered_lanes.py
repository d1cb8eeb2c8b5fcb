"""In which order nodes and lines get their lanes: the spine, branches, gates, then the shortcuts around them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from resnet_viz.diagrams.layout.layered_grid import Assignment, slots
from resnet_viz.diagrams.layout.layered_values import Edge, EdgeKind, Problem


def assign(problem: Problem, spine: list[int]) -> Assignment:
    """Give every node a lane and every edge a route."""
    state = Assignment(problem)
    for key in spine:
        state.place(key, problem.lanes.get(key, 0))
    for key, lane in problem.lanes.items():
        if key not in state.placed:
            state.place(key, lane)
    _reserve_parts(state)
    _draw_straight(state, spine)
    groups = sorted(_components(state, {n.key for n in problem.nodes} - state.placed), key=lambda g: g.order)
    for group in groups:
        if group.kind != "shortcut":
            _place_group(state, group)
    _draw_rest(state, shortcuts=False)
    around: list[tuple[int, Group | None, Edge | None]] = [
        (group.reach, group, None) for group in groups if group.kind == "shortcut"
    ]
    around += [
        (problem.node[edge[1]].row - problem.node[edge[0]].row, None, edge)
        for edge in problem.edges()
        if edge not in state.routes and problem.kind(edge) == "shortcut" and set(edge) <= state.placed
    ]
    for _reach, group_, edge_ in sorted(around, key=lambda entry: entry[0]):
        if group_ is not None:
            _place_group(state, group_)
        elif edge_ is not None:
            state.draw_anyhow(edge_, 1)
    _draw_rest(state, shortcuts=True)
    return state


def _reserve_parts(state: Assignment) -> None:
    """Draw the parts of a split that go straight to its concatenation: their lanes are theirs."""
    for edge, lane in state.problem.edge_lanes.items():
        state.draw(edge, lane, own=True)


def _draw_straight(state: Assignment, spine: list[int]) -> None:
    """Draw what needs no turn: along the spine, and between bars and known lanes."""
    known = state.problem.lanes
    inner = [e for e in state.problem.edges() if (e[0] in known or e[1] in known) and set(e) <= state.placed]
    for edge in [*pairwise(spine), *inner]:
        source, target = (state.problem.node[key] for key in edge)
        if edge in state.routes or state.problem.kind(edge) == "shortcut":
            continue
        if source.kind == "bar":
            state.draw(edge, target.lane)
        elif source.lane == target.lane or target.kind == "bar":
            state.draw(edge, source.lane)


def _draw_rest(state: Assignment, shortcuts: bool) -> None:
    """Draw the edges between placed nodes that have no route yet, short ones first."""
    problem = state.problem
    edges = [
        edge
        for edge in problem.edges()
        if edge not in state.routes and set(edge) <= state.placed and (shortcuts or problem.kind(edge) != "shortcut")
    ]
    for edge in sorted(edges, key=lambda e: problem.node[e[1]].row - problem.node[e[0]].row):
        kind = problem.kind(edge)
        side = -1 if kind == "gate" or (kind == "flow" and _has_shortcut_beside(problem, *edge)) else 1
        state.draw_anyhow(edge, side)


def _has_shortcut_beside(problem: Problem, source: int, target: int) -> bool:
    """Whether a shortcut ends between the two rows: then the negative side has more room."""
    low, high = problem.node[source].row, problem.node[target].row
    return any(
        kind == "shortcut" and low < problem.node[end].row < high and problem.node[end].kind != "box"
        for (_begin, end), kind in problem.kinds.items()
    )


# ---------------------------------------------------------------------- groups beside the spine


@dataclass
class Group:
    """Connected nodes that are not placed yet, with the placed nodes they come from and lead to."""

    nodes: list[int]
    kind: EdgeKind
    side: int
    source: int | None
    target: int | None
    reach: int  # rows from source to target
    operand: int  # which operand of its merge it is

    @property
    def order(self) -> tuple[int, int, int]:
        """Branches before gates; near operands first, so that lanes follow the order of the operands."""
        kind = ("flow", "gate", "shortcut").index(self.kind)
        return kind, self.side * self.operand, self.reach


def _components(state: Assignment, rest: set[int], side: int | None = None) -> list[Group]:
    """The connected groups of `rest`, each in topological order."""
    problem, seen, groups = state.problem, set(), []
    order = {node.key: n for n, node in enumerate(problem.nodes)} if rest else {}
    for start in sorted(rest, key=lambda key: order[key]):
        if start in seen:
            continue
        found, stack = [], [start]
        while stack:
            key = stack.pop()
            if key in seen or key not in rest:
                continue
            seen.add(key)
            found.append(key)
            stack += [*problem.node[key].inputs, *problem.users[key]]
        groups.append(_group(state, sorted(found, key=lambda key: order[key]), side))
    return groups


def _group(state: Assignment, nodes: list[int], side: int | None) -> Group:
    problem, inside = state.problem, set(nodes)
    heads = [(s, k) for k in nodes for s in problem.node[k].inputs if s not in inside and s in state.placed]
    tails = [(k, u) for k in nodes for u in problem.users[k] if u not in inside and u in state.placed]
    kinds = {problem.kind(edge) for edge in heads + tails}
    gated = any(problem.kind(edge) == "gate" for edge in tails)
    kind: EdgeKind = "shortcut" if "shortcut" in kinds else "gate" if gated else "flow"
    source = min((s for s, _k in heads), key=lambda key: problem.node[key].row, default=None)
    target = max((u for _k, u in tails), key=lambda key: problem.node[key].row, default=None)
    first = problem.node[source].row if source is not None else problem.node[nodes[0]].row - 1
    last = problem.node[target].row if target is not None else problem.node[nodes[-1]].row + 1
    mine, others = _operands(state, inside, target)
    if side is None:
        side = _side(problem, kind, source, target, mine, others)
    return Group(nodes, kind, side, source, target, last - first, mine)


def _operands(state: Assignment, inside: set[int], target: int | None) -> tuple[int, int | None]:
    """Which operand of its merge a group is, and which is the spine's."""
    if target is None:
        return 0, None
    inputs = state.problem.node[target].inputs
    mine = next((n for n, key in enumerate(inputs) if key in inside), 0)
    spine = next((n for n, key in enumerate(inputs) if key in state.placed), None)
    return mine, spine


def _side(
    problem: Problem, kind: EdgeKind, source: int | None, target: int | None, mine: int, spine: int | None
) -> int:
    if kind != "flow":
        return 1 if kind == "shortcut" else -1
    if target is not None and spine is not None and len(problem.node[target].inputs) > 2:
        return -1 if mine < spine else 1
    if source is not None and target is not None and _has_shortcut_beside(problem, source, target):
        return -1
    return 1


def _place_group(state: Assignment, group: Group) -> None:
    """Place the heaviest path of a group in one lane, then what is left of the group farther out."""
    _centre(state, group)
    rest = set(group.nodes)
    path = _heaviest_path(state.problem, group.nodes, rest)
    lane = _lane_for(state, group, path)
    for key in path:
        state.place(key, lane)
    for edge in pairwise(path):
        state.draw(edge, lane)
    for edge in _outer_edges(state, path):
        if edge not in state.routes and state.arrival(edge, lane) not in (None, "elbow"):
            state.draw(edge, lane)
    for sub in _components(state, rest - set(path), group.side):
        _place_group(state, sub)


def _outer_edges(state: Assignment, path: list[int]) -> list[Edge]:
    """The edges by which a path hangs on the placed nodes: one into its beginning, those out of its end."""
    problem = state.problem
    entering = [(s, path[0]) for s in problem.node[path[0]].inputs if s in state.placed]
    leaving = [(path[-1], u) for u in problem.users[path[-1]] if u in state.placed]
    return [*entering[:1], *leaving]


def _centre(state: Assignment, group: Group) -> None:
    """Move a group down by half its freedom; gates stay where they branch off."""
    node, inside = state.problem.node, set(group.nodes)
    leaving = ((key, user) for key in group.nodes for user in state.problem.users[key] if user not in inside)
    slack = min((node[user].row - node[key].row - 1 for key, user in leaving), default=0) // 2
    if group.kind != "gate" and slack > 0:
        for key in group.nodes:
            node[key].row += slack


def _heaviest_path(problem: Problem, nodes: list[int], inside: set[int]) -> list[int]:
    best: dict[int, tuple[float, int | None]] = {}
    for key in nodes:
        ways = [(best[s][0], s) for s in problem.node[key].inputs if s in inside]
        before: tuple[float, int | None] = max(ways, default=(0.0, None), key=lambda way: way[0])
        best[key] = before[0] + problem.node[key].weight + 0.01, before[1]
    step: int | None = max(nodes, key=lambda key: best[key][0])
    path: list[int] = []
    while step is not None:
        path.append(step)
        step = best[step][1]
    return path[::-1]


def _gates_inward(state: Assignment, path: list[int]) -> bool:
    """Whether something in the path, which goes on after it, gates what is placed already some rows below."""
    node = state.problem.node
    edges = ((key, user) for key in path[:-1] for user in state.problem.users[key] if user in state.placed)
    return any(state.problem.kind(e) == "gate" and node[e[1]].row > node[e[0]].row + 1 for e in edges)


def _lane_for(state: Assignment, group: Group, path: list[int]) -> int:
    """The nearest lane on the group's side in which the path and the lines to and from it fit."""
    problem, grid = state.problem, state.grid
    entering = next((s for s in problem.node[path[0]].inputs if s in state.placed), None)
    leaving = next((u for u in problem.users[path[-1]] if u in state.placed), None)
    first = 2 * problem.node[path[0]].row if entering is None else 2 * problem.node[entering].row + 1
    last = 2 * problem.node[path[-1]].row
    if leaving is not None:
        end = problem.node[leaving]
        last = max(last, 2 * end.row - (end.kind != "circle"))
    needed = slots(first, last)
    stands = sum(1 << 2 * problem.node[key].row for key in path)
    base = problem.node[entering].lane if entering is not None and group.kind == "flow" else 0
    lane = base + group.side if (base + group.side) * group.side > 0 or group.kind == "flow" else group.side
    if group.kind == "shortcut":
        used = [i for i, taken in grid.taken.items() if taken & slots(first, last - 1) or grid.crossed[i] & stands]
        lane = max([0, *used]) + 1
    if _gates_inward(state, path):
        lane += group.side  # the line of the gate runs in the lane between
    bars = [problem.node[key] for key in (entering, leaving) if key is not None and problem.node[key].kind == "bar"]
    for distance in range(2 * len(problem.nodes)):  # a lane that the bars can reach is better than one they cannot
        at = lane + distance * group.side
        fits = grid.is_free(at, needed) and not grid.crossed[at] & stands
        if fits and (not grid.taken[at] or all(state.may_span(bar, at) for bar in bars)):
            return at
    return lane + 2 * len(problem.nodes) * group.side
