"""Which boxes and edges of a block are gates and shortcuts, and which lanes a split gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from resnet_viz.diagrams.layout.block_boxes import BlockBoxes, Split, block_boxes, distinct
from resnet_viz.diagrams.layout.block_paths import fold_paths
from resnet_viz.graph.fold import FoldedGraph
from resnet_viz.graph.network_graph import Junction

COMPLEMENTS = frozenset({"1 − g", "1 − ·"})  # what turns a gate into the other one
_SATURATING = frozenset({"σ", "h-σ", "softmax", "tanh"}) | COMPLEMENTS


def boxes_with_roles(folded: FoldedGraph, ops: Sequence[int], output: int) -> BlockBoxes:
    """The boxes of a block with its gates, shortcuts and split marked; `output` is the operation that leaves it."""
    found = block_boxes(folded, ops, output)
    fold_paths(found)
    find_gates(found)
    find_shortcuts(found)
    found.split = find_split(found)
    return found


def find_gates(found: BlockBoxes) -> None:
    """Mark gates, and what only they need: the smaller factor of a product, or the one that ends in σ or softmax."""
    for key, box in found.boxes.items():
        if box.kind != "merge" or box.sign != "×" or len(box.inputs) != 2:
            continue
        gate = _gate_of(found, box.inputs[0], box.inputs[1])
        if gate is None:
            continue
        carrier = box.inputs[1] if gate == box.inputs[0] else box.inputs[0]
        found.gate_edges.add((gate, key))
        carried = found.before(carrier) | {carrier}
        exclusive = (found.before(gate) | {gate}) - carried
        found.gate_boxes |= {other for other in exclusive if found.boxes[other].kind not in ("begin", "end")}


def _gate_of(found: BlockBoxes, one: int, other: int) -> int | None:
    sizes = [math.prod((found.boxes[key].shape or (1, 0))[1:]) for key in (one, other)]
    if sizes[0] != sizes[1]:
        return one if sizes[0] < sizes[1] else other
    saturating = [_saturates(found, key) for key in (one, other)]
    if saturating == [True, True]:
        return one
    return one if saturating[0] else other if saturating[1] else None


def _saturates(found: BlockBoxes, key: int) -> bool:
    return any(found.folded.words[op].message in _SATURATING for op in found.boxes[key].ops)


# ---------------------------------------------------------------------- shortcuts


def find_shortcuts(found: BlockBoxes) -> None:
    """Mark the edges and boxes of every shortcut that ends in the block.

    Of sums nested in a sum of the block only those are marked that start where an outer shortcut starts (Runge-Kutta).
    """
    graph = found.folded.graph
    junctions = [j for j in graph.junctions if j.op in found.of and j.kind != "context"]
    outer = {j.name for j in junctions if j.parent is None or graph.junction[j.parent].op not in found.of}
    sources = {j.source for j in junctions if j.name in outer}
    for junction in junctions:
        if junction.name in outer or (junction.source in sources and not junction.kind.startswith("concat")):
            _mark_shortcut(found, junction)


def _mark_shortcut(found: BlockBoxes, junction: Junction) -> None:
    carried = junction.source if junction.kind == "concat" else junction.terms[junction.shortcut]
    last = _box_of(found, carried)
    begin = _box_of(found, junction.source)
    begin = last if begin is None else begin
    chain = distinct([found.of[op] for op in sorted(junction.chain) if op in found.of])
    adds = [found.of[add] for add in (*junction.adds, junction.op) if add in found.of]
    target = next((key for key in adds if last in found.boxes[key].inputs), None)
    if target is None or begin is None or last is None:
        return
    path = distinct([begin, *chain, last])
    path = [key for key in path if key != target] + [target]
    edges = [edge for edge in pairwise(path) if edge[0] in found.boxes[edge[1]].inputs]
    found.shortcut_edges |= {edge: junction for edge in edges if edge not in found.shortcut_edges}
    for key in path[1:-1]:
        if found.boxes[key].kind == "stack" and junction.kind != "gated":
            found.shortcut_boxes[key] = junction
            found.gate_boxes.discard(key)
    found.sums[target] = junction
    if edges and edges[-1][1] == target:
        found.arrivals[junction.name] = edges[-1]


def _box_of(found: BlockBoxes, op: int) -> int | None:
    """The box that draws an operation, or the end that stands for it if it lies outside the block."""
    op = found.folded.drawn(op)
    return found.of.get(op, found.outside.get(op))


# ---------------------------------------------------------------------- lanes by part of a split


def find_split(found: BlockBoxes) -> Split | None:
    """Lanes for what lies between the first split and the box where all its parts meet again, if they have an order.

    A box lies in the lane of the largest part that it depends on (Res2Net); an untouched part has a lane of its own.
    """
    keys = list(found.boxes)
    begin = next((key for key in keys if found.boxes[key].kind == "split"), None)
    if begin is None:
        return None
    place = {key: n for n, key in enumerate(keys)}
    last_reader = {key: max((place[user] for user in users), default=place[key]) for key, users in found.users.items()}
    after = [key for key in keys[place[begin] + 1 :] if found.ancestors[key] >> place[begin] & 1]
    front, end = last_reader[begin], None
    for key in after:
        if place[key] == front:
            end = key
            break
        front = max(front, last_reader[key])
    if end is None or found.boxes[end].kind == "end":
        return None
    lanes: dict[int, int] = {}
    for key in after[: after.index(end)]:
        from_split = _parts_read(found, key, begin)
        upstream = [lanes[s] for s in found.boxes[key].inputs if s in lanes]
        if from_split or upstream:
            lanes[key] = max(from_split + upstream)
    through = set(_parts_read(found, end, begin))
    if not lanes or len(set(lanes.values()) | through) < 2:
        return None
    return Split(begin, end, lanes, through)


def _parts_read(found: BlockBoxes, key: int, split: int) -> list[int]:
    """Which parts of a split a box reads."""
    sources = (s for op in found.boxes[key].ops for s in found.folded.inputs[op])
    return [found.parts[s] for s in sources if s in found.parts and found.of.get(s) == split]
