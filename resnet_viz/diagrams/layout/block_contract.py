"""A block for the stage view: only operations with weights, pools, merges, splits; the rest is passed through.

Boxes of a simple chain on a shortcut become chips: labels that lie on the shortcut's line.
"""

from __future__ import annotations

from dataclasses import dataclass

from resnet_viz.diagrams.layout.block_boxes import BlockBoxes, Box, Split
from resnet_viz.diagrams.layout.block_roles import COMPLEMENTS
from resnet_viz.diagrams.layout.layered_values import Edge


@dataclass
class Contracted:
    """The boxes that a stage view draws, and the chips on its shortcut lines."""

    found: BlockBoxes
    chips: dict[Edge, list[Box]]


def contract(found: BlockBoxes) -> Contracted:
    """The block without its strips, norms, activations and global pools."""
    boxes: dict[int, Box] = {}
    stands_for: dict[int, list[int]] = {}  # a box -> the kept boxes whose values it passes on
    out = BlockBoxes(found.folded, boxes, found.of, found.parts, found.outside, found.entry, found.exit)
    out.gate_boxes, out.shortcut_boxes, out.sums = found.gate_boxes, found.shortcut_boxes, found.sums
    for key, box in found.boxes.items():
        inputs = list(dict.fromkeys(other for source in box.inputs for other in stands_for[source]))
        for source in box.inputs:
            _carry_edges(found, out, (source, key), stands_for[source])
        if _is_kept(found, box, inputs):
            kept = [op for op in box.ops if _is_head(found, op)] or box.ops
            boxes[key] = Box(key, box.kind, kept, inputs, box.shape, box.sign, box.label)
            stands_for[key] = [key]
        else:
            stands_for[key] = inputs
            _pass_on(out, key, inputs)
    _bypass_lone_splits(out)
    chips = _chips(out)
    out.gathered = found.gathered
    out.split = _split(found, out)
    out.path_lanes = {key: lane for key, lane in found.path_lanes.items() if key in boxes}
    out.arrivals = {j.name: edge for edge, j in out.shortcut_edges.items() if out.sums.get(edge[1]) is j}
    return Contracted(out, chips)


def _is_head(found: BlockBoxes, op: int) -> bool:
    """Whether an operation gets a bar: it has weights, mixes positions, or changes the resolution by a window."""
    words = found.folded.words[op]
    reduces = words.role == "pool" and bool(words.values) and words.brief != "subsample"
    return words.weighted or words.role == "mix" or reduces


def _pools_a_branch(found: BlockBoxes, box: Box) -> bool:
    """Whether everything is pooled here, and not for a gate, whose bars say enough."""
    pools = any(found.folded.words[op].role == "pool" and not found.folded.words[op].values for op in box.ops)
    return pools and box.key not in found.gate_boxes


def _is_kept(found: BlockBoxes, box: Box, inputs: list[int]) -> bool:
    if box.kind in ("begin", "end"):
        return True
    if box.kind == "split":
        return found.split is not None and found.split.begin == box.key
    if box.kind in ("merge", "cat"):
        return len(inputs) > 1 or box.key in found.sums
    on_shortcut = box.key in found.shortcut_boxes and any(
        found.folded.words[op].role not in ("drop", "act") for op in box.ops
    )
    drawn = on_shortcut or _is_complement(found, box) or _pools_a_branch(found, box)
    return drawn or any(_is_head(found, op) for op in box.ops)


def _is_complement(found: BlockBoxes, box: Box) -> bool:
    """Whether a gate becomes 1 − gate here (highway networks): what its two products get must look different."""
    return box.key in found.gate_boxes and any(found.folded.words[op].message in COMPLEMENTS for op in box.ops)


def _carry_edges(found: BlockBoxes, out: BlockBoxes, edge: Edge, sources: list[int]) -> None:
    """Give the roles of an edge to the edges that stand for it."""
    for source in sources:
        if edge in found.shortcut_edges:
            out.shortcut_edges[source, edge[1]] = found.shortcut_edges[edge]
        if edge in found.gate_edges or (edge[0] in found.gate_boxes and edge[0] != source):
            out.gate_edges.add((source, edge[1]))


def _pass_on(out: BlockBoxes, key: int, inputs: list[int]) -> None:
    """Forget the edges into a box that is not kept."""
    for source in inputs:
        out.shortcut_edges.pop((source, key), None)
        out.gate_edges.discard((source, key))


def _bypass_lone_splits(out: BlockBoxes) -> None:
    """Take splits away that only one box reads: nothing runs beside it any more."""
    for key in [key for key, box in out.boxes.items() if box.kind == "split" and len(out.users[key]) == 1]:
        user, [source] = out.boxes[out.users[key][0]], out.boxes[key].inputs
        user.inputs = list(dict.fromkeys(source if other == key else other for other in user.inputs))
        del out.boxes[key]
    out.__dict__.pop("users", None)  # the graph has changed


def _chips(out: BlockBoxes) -> dict[Edge, list[Box]]:
    """Take simple chains of boxes off the shortcuts; the edge past them carries their labels."""
    chips: dict[Edge, list[Box]] = {}
    users = out.users
    done: set[int] = set()
    for key in [key for key in out.boxes if key in out.shortcut_boxes]:
        if key in done:
            continue
        chain = [key]
        while len(users[chain[-1]]) == 1 and users[chain[-1]][0] in out.shortcut_boxes:
            chain.append(users[chain[-1]][0])
        done.update(chain)
        simple = all(len(out.boxes[k].inputs) == 1 and len(users[k]) == 1 for k in chain)
        if simple and (target := users[chain[-1]][0]) in out.boxes and out.boxes[target].kind in ("merge", "cat"):
            chips[out.boxes[key].inputs[0], target] = [out.boxes[k] for k in chain]
            _bridge(out, out.boxes[key].inputs[0], chain, target)
    out.__dict__.pop("users", None)  # the graph has changed
    return chips


def _bridge(out: BlockBoxes, source: int, chain: list[int], target: int) -> None:
    junction = out.shortcut_boxes[chain[0]]
    inputs = out.boxes[target].inputs
    inputs[inputs.index(chain[-1])] = source
    out.boxes[target].inputs = list(dict.fromkeys(inputs))
    for edge in zip([source, *chain], [*chain, target], strict=True):
        out.shortcut_edges.pop(edge, None)
    for key in chain:
        del out.boxes[key]
    out.shortcut_edges[source, target] = junction


def _split(found: BlockBoxes, out: BlockBoxes) -> Split | None:
    """The split's lanes, where something of them is left."""
    split = found.split
    if split is None or split.begin not in out.boxes or split.end not in out.boxes:
        return None
    lanes = {key: lane for key, lane in split.lanes.items() if key in out.boxes}
    if not lanes or len(set(lanes.values()) | split.through) < 2:
        return None
    return Split(split.begin, split.end, lanes, split.through)
