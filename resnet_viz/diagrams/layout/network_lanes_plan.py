"""Parallel branches on a grid: blocks and merges in columns by longest path, in lanes by resolution."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from resnet_viz.diagrams.layout.network_lanes_nodes import Node, contracted, related
from resnet_viz.graph.fold_values import Block, FoldedGraph


@dataclass
class Cluster:
    """Blocks that share a panel: of one stage, in the same columns of neighbouring lanes."""

    stage: int
    number: int  # of the stage's clusters, counted from 1
    nodes: list[Node]

    @property
    def columns(self) -> tuple[int, int]:
        return min(n.column for n in self.nodes), max(n.column for n in self.nodes)

    @property
    def last_nodes(self) -> list[Node]:
        """The last node on every lane."""
        return list({node.lane: node for node in sorted(self.nodes, key=lambda n: n.column)}.values())

    @property
    def lanes(self) -> tuple[int, int]:
        return min(n.lane for n in self.nodes), max(n.lane for n in self.nodes)


@dataclass
class LanePlan:
    """Nodes by the position of their items, clusters in order, and the number of lanes."""

    nodes: dict[int, Node]
    clusters: list[Cluster] = field(default_factory=list)
    num_lanes: int = 1

    @cached_property
    def has_titles_between(self) -> bool:
        """Whether a panel stands below another node, so that its title needs room between the lanes."""
        for cluster in self.clusters:
            first, last = cluster.columns
            lane = cluster.lanes[0] - 1
            if any(node.lane == lane and first - 1 <= node.column <= last + 1 for node in self.nodes.values()):
                return True
        return False


def plan_lanes(folded: FoldedGraph) -> LanePlan:
    """The network as nodes on a grid."""
    nodes = contracted(folded)
    num_lanes = _assign_lanes(folded, nodes)
    _assign_columns(nodes, {}, {})
    begins: dict[int, int] = {}
    for _ in range(3):  # what stands side by side begins together; moving one group can move the next
        side_by_side = _side_by_side(folded, nodes)
        begins = {run[0].item.position: max(r[0].column for r in group) for group in side_by_side for run in group}
        group_of = {n.item.position: k for k, group in enumerate(side_by_side) for run in group for n in run}
        _assign_columns(nodes, group_of, begins)
    return LanePlan(nodes, _clusters(nodes), num_lanes)


def _side_by_side(folded: FoldedGraph, nodes: dict[int, Node]) -> list[list[list[Node]]]:
    """Groups of runs of one stage, each the n-th on its lane, of which none follows from another."""
    before, _ = related(folded)
    groups: dict[tuple[int, int], list[list[Node]]] = defaultdict(list)
    count: dict[tuple[int, int], int] = defaultdict(int)
    for run in _runs(nodes):
        block = run[0].item
        assert isinstance(block, Block)
        nth = count[block.stage, run[0].lane]
        count[block.stage, run[0].lane] += 1
        group = groups[block.stage, nth]
        ends = [other[-1].item.position for other in group] + [run[-1].item.position]
        if not any(before[r[0].item.position] >> end & 1 for r in (*group, run) for end in ends):
            group.append(run)
    return list(groups.values())


def _assign_columns(nodes: dict[int, Node], group_of: dict[int, int], begins: dict[int, int]) -> None:
    """Columns by longest path, one node a place; what follows a group of runs stands behind all of it."""
    ends: dict[int, int] = {}
    for position, group in group_of.items():
        ends[group] = max(ends.get(group, 0), nodes[position].column)
    taken: set[tuple[int, int]] = set()
    for position, node in nodes.items():
        column = begins.get(position, 0)
        for edge in node.edges:
            group = group_of.get(edge.source, -1)
            inside = group == group_of.get(position, -2)
            column = max(column, 1 + max(nodes[edge.source].column, 0 if inside else ends.get(group, 0)))
        while (column, node.lane) in taken:
            column += 1
        node.column = column
        taken.add((column, node.lane))


# ---------------------------------------------------------------------------------- lanes


def _assign_lanes(folded: FoldedGraph, nodes: dict[int, Node]) -> int:
    """Lanes from high resolution to low; branches of one resolution lie side by side in lanes of their own."""
    lanes = _lanes_of_blocks(folded, nodes)
    order = sorted(lanes, key=lambda key: (-key[0], key[1]))
    number = {key: n for n, key in enumerate(order)}
    for key, members in lanes.items():
        for node in members:
            node.lane = number[key]
    sides = [side for side, _ in order]
    for node in nodes.values():
        if not isinstance(node.item, Block):
            node.lane = _lane_of_merge(folded, node, nodes, sides)
    return len(order)


def _lanes_of_blocks(folded: FoldedGraph, nodes: dict[int, Node]) -> dict[tuple[int, int], list[Node]]:
    """Blocks by (resolution, number): each lane is a chain in which every block follows from the one before."""
    before, _ = related(folded)
    lanes: dict[tuple[int, int], list[Node]] = {}
    count: dict[int, int] = defaultdict(int)
    for node in nodes.values():
        if not isinstance(node.item, Block):
            continue
        side, position = folded.side(node.item.shape), node.item.position
        chains = [key for key in lanes if key[0] == side and before[position] >> lanes[key][-1].item.position & 1]
        if chains:
            key = max(chains, key=lambda k: lanes[k][-1].item.position)
        else:
            key = (side, count[side])
            count[side] += 1
        lanes.setdefault(key, []).append(node)
    return lanes


def _lane_of_merge(folded: FoldedGraph, node: Node, nodes: dict[int, Node], sides: Sequence[int]) -> int:
    """Of the nodes it reads the lane whose resolution is its own, else the nearest; ends follow what they read last."""
    side = folded.side(node.item.shape)
    own = [n for n, s in enumerate(sides) if s == side]
    read = [nodes[edge.source] for edge in node.edges]
    same = [source.lane for source in read if source.lane in own]
    if same:
        return same[0]
    if node.item.kind == "merge":
        return own[0] if own else min(range(len(sides)), key=lambda n: abs(math.log2(sides[n] / max(side, 1))))
    return max(read, key=lambda source: source.item.position).lane if read else 0


# ---------------------------------------------------------------------------------- panels


def _runs(nodes: dict[int, Node]) -> list[list[Node]]:
    """Blocks of one stage that follow each other on a lane."""
    runs: list[list[Node]] = []
    blocks = sorted((n for n in nodes.values() if isinstance(n.item, Block)), key=lambda n: (n.lane, n.column))
    for node in blocks:
        last = runs[-1][-1] if runs else None
        assert isinstance(node.item, Block)
        follows = last is not None and last.lane == node.lane and last.column + 1 == node.column
        if follows and last is not None and isinstance(last.item, Block) and last.item.stage == node.item.stage:
            runs[-1].append(node)
        else:
            runs.append([node])
    return runs


def _clusters(nodes: dict[int, Node]) -> list[Cluster]:
    """Runs of blocks of one stage, joined over neighbouring lanes where they begin in one column."""
    joined: list[list[Node]] = []
    for run in sorted(_runs(nodes), key=lambda run: (run[0].column, run[0].lane)):
        host = next((group for group in joined[-2:] if _fits(nodes, group, run)), None)
        if host:
            host.extend(run)
        else:
            joined.append(run)
    return _numbered(joined)


def _fits(nodes: dict[int, Node], host: Sequence[Node], run: Sequence[Node]) -> bool:
    """Whether two runs of one stage begin together in neighbouring lanes, with nothing else in their columns."""
    one, other = host[-1].item, run[0].item
    assert isinstance(one, Block) and isinstance(other, Block)
    if one.stage != other.stage or host[0].column != run[0].column or run[0].lane != host[-1].lane + 1:
        return False
    last, lanes = max(n.column for n in (*host, *run)), {n.lane for n in (*host, *run)}
    members = {n.item.position for n in (*host, *run)}
    return not any(
        n.lane in lanes and run[0].column <= n.column <= last and n.item.position not in members for n in nodes.values()
    )


def _numbered(groups: list[list[Node]]) -> list[Cluster]:
    count: dict[int, int] = defaultdict(int)
    clusters = []
    for group in groups:
        assert isinstance(group[0].item, Block)
        stage = group[0].item.stage
        count[stage] += 1
        clusters.append(Cluster(stage, count[stage], group))
    return clusters
