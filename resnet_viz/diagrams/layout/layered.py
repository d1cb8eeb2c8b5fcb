"""Layered layout of a small acyclic graph along the direction of its flow: rows by longest path, lanes by role.

A node's row is its longest distance from the sources: rows are aligned across lanes, and lines turn between rows only.
Lane 0 is the spine, the heaviest path that takes no shortcut; shortcuts lie outermost on the positive side, gates on
the negative side, branches beside the spine in the order of their merge's operands. What lies where is decided on the
grid of rows and lanes (`layered_grid`, `layered_lanes`), where it cannot collide; coordinates come afterwards
(`layered_routes`). No node is ever moved back.

Coordinates are (t, x): t along the flow, x across it. A view draws t downward or to the right.
"""

from __future__ import annotations

from resnet_viz.diagrams.layout.layered_lanes import assign
from resnet_viz.diagrams.layout.layered_routes import coordinates
from resnet_viz.diagrams.layout.layered_values import Layout, Problem


def lay_out(problem: Problem) -> Layout:
    """Place the nodes and draw the edges of a graph; sets t, x, row, lane and span of its nodes."""
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
    best: dict[int, tuple[float, int | None]] = {
        node.key: (0.0 if problem.entry in (None, node.key) else -100.0, None)
        for node in problem.nodes
        if not node.inputs
    }
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
