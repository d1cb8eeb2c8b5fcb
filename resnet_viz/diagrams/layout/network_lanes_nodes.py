"""A network with parallel branches as nodes and edges: blocks, merges and passed units; other units become edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from resnet_viz.diagrams.layout.network_plan import Bars, Cell, cells_of
from resnet_viz.graph.fold_values import FoldedGraph, Item


@dataclass(frozen=True)
class Edge:
    """What a node reads: another node, through these units."""

    source: int  # position of the item
    units: tuple[Item, ...]

    def is_weighted(self, folded: FoldedGraph) -> bool:
        return any(folded.words[op].weighted for unit in self.units for op in unit.ops)

    @property
    def words(self) -> str:
        return " · ".join(unit.words.label for unit in self.units)


@dataclass
class Node:
    """A block, a merge, or a unit that everything passes; column and lane are its place on the grid."""

    cell: Cell
    edges: list[Edge]
    column: int = 0
    lane: int = 0

    @property
    def item(self) -> Item:
        return self.cell.item


def related(folded: FoldedGraph) -> tuple[list[int], list[int]]:
    """Ancestors and descendants of every item, as bits."""
    before, after = [0] * len(folded.items), [0] * len(folded.items)
    for item in folded.items:
        for source in item.inputs:
            before[item.position] |= before[source] | 1 << source
    for item in reversed(folded.items):
        for source in item.inputs:
            after[source] |= after[item.position] | 1 << item.position
    return before, after


def contracted(folded: FoldedGraph) -> dict[int, Node]:
    """Nodes by the position of their items, in topological order; units between branches have become edges."""
    before, after = related(folded)
    total = len(folded.items) - 1
    readers: dict[int, list[int]] = defaultdict(list)
    for item in folded.items:
        for source in item.inputs:
            readers[source].append(item.position)

    def is_node(item: Item) -> bool:
        passes_all = (before[item.position] | after[item.position]).bit_count() == total
        return item.kind != "unit" or passes_all or not item.inputs or not readers[item.position]

    cells = {cell.item.position: cell for cell in cells_of(folded)}
    absorbed = {p: r for p, cell in cells.items() if (r := _outer_sum(folded, cell, readers)) is not None}

    def outermost(position: int) -> int:
        while position in absorbed:
            position = absorbed[position]
        return position

    nodes = {
        item.position: Node(cells[item.position], [])
        for item in folded.items
        if is_node(item) and item.position not in absorbed
    }
    for item in folded.items:
        target = outermost(item.position)
        if target in nodes and is_node(item):
            for source in item.inputs:
                _trace_back(folded, source, (), target, nodes, outermost)
    for node in nodes.values():
        node.edges = list(dict.fromkeys(node.edges))
    return nodes


def _outer_sum(folded: FoldedGraph, cell: Cell, readers: dict[int, list[int]]) -> int | None:
    """The sum that this sum is only a part of: (a + b) + c is drawn as one circle."""
    item = cell.item
    if item.kind != "merge" or item.words.role != "add" or isinstance(cell, Bars) or cell.arcs:
        return None
    outer = readers[item.position]
    if len(outer) != 1 or folded.items[outer[0]].kind != "merge" or folded.items[outer[0]].words.role != "add":
        return None
    return outer[0] if folded.side(folded.items[outer[0]].shape) == folded.side(item.shape) else None


def _trace_back(
    folded: FoldedGraph,
    source: int,
    units: tuple[Item, ...],
    target: int,
    nodes: dict[int, Node],
    outermost: Callable[[int], int],
) -> None:
    """Note the edges into `target` that come by way of `units` from `source`."""
    origin = outermost(source)
    if origin in nodes:
        if origin != target:
            nodes[target].edges.append(Edge(origin, units))
        return
    unit = folded.items[source]
    for before in unit.inputs:
        _trace_back(folded, before, (unit, *units), target, nodes, outermost)
