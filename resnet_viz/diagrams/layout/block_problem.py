"""What a block view asks of the layout: how large everything is, and which lanes are known beforehand."""

from __future__ import annotations

from typing import NamedTuple

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.block_boxes import BlockBoxes, Box, is_strip
from resnet_viz.diagrams.layout.block_style import Style
from resnet_viz.diagrams.layout.layered_values import Edge, Node, Problem
from resnet_viz.text import _

HEAD, STRIP, LONE = 30.0, 18.0, 26.0  # heights of a head, a strip, and a strip that stands alone
END_WIDTH, CIRCLE, BAR = 46.0, 12.0, 26.0
HEAD_SIZE, STRIP_SIZE, MORE_SIZE = 12.0, 10.5, 11.0
INSET = 7.0  # by which a strip is narrower than its head, on each side
LEAST_WIDTH = 100.0
DOTS = "· · ·"  # in place of what is counted, not drawn


class Part(NamedTuple):
    """One rectangle of a stack: a head, or a strip that may stand for several operations."""

    label: str
    ops: list[int]
    height: float
    is_head: bool


def parts_of(found: BlockBoxes, box: Box) -> list[Part]:
    """The rectangles of a stack from top to bottom; neighbouring reshapes and dropouts share one."""
    words, groups = found.folded.words, list[list[int]]()
    for op in box.ops:
        if groups and words[op].role in ("shape", "drop") and words[groups[-1][0]].role == words[op].role:
            groups[-1].append(op)
        else:
            groups.append([op])
    parts = []
    for ops in groups:
        label = " · ".join(dict.fromkeys(words[op].label for op in ops))
        label += ", " + _("shared") if ops[0] in found.shared else ""
        strip = is_strip(found.folded, ops[0])
        alone = len(groups) == 1
        parts.append(Part(label, ops, HEAD if not strip else LONE if alone else STRIP, alone or not strip))
    return parts


def _width(part: Part) -> float:
    size = HEAD_SIZE if part.height > STRIP else STRIP_SIZE
    return text_width(part.label, size, 500) + 24 + (0 if part.is_head else 2 * INSET - 6)


def _node(found: BlockBoxes, box: Box, parts: list[Part]) -> Node:
    words = found.folded.words
    if box.kind in ("begin", "end"):
        return Node(box.key, "box", HEAD, END_WIDTH, tuple(box.inputs))
    if box.kind == "more":
        return Node(box.key, "box", HEAD, text_width(box.label, MORE_SIZE), tuple(box.inputs), 0)
    if box.kind == "merge" or (box.kind == "cat" and not is_bar(found, box)):
        return Node(box.key, "circle", 2 * CIRCLE, 2 * CIRCLE, tuple(box.inputs), 0.3)
    if box.kind in ("cat", "split"):
        return Node(box.key, "bar", BAR, LEAST_WIDTH, tuple(box.inputs), 0.3)
    weight = sum(2 if words[op].weighted else 1.5 if words[op].role == "pool" else 0.1 for op in box.ops)
    width = max(LEAST_WIDTH, *(_width(part) for part in parts))
    return Node(box.key, "box", sum(part.height for part in parts), width, tuple(box.inputs), weight)


def is_bar(found: BlockBoxes, box: Box) -> bool:
    """Whether a concatenation or split spans lanes, rather than being a circle."""
    ends_split = found.split is not None and found.split.end == box.key
    return box.kind == "split" or (box.kind == "cat" and (len(box.inputs) > 2 or ends_split))


def bar_label(found: BlockBoxes, box: Box) -> str:
    label = found.folded.words[box.ops[0]].label
    return f"{label} → {found.folded.shape_words(box.shape)}" if box.kind == "cat" and box.shape else label


def problem(found: BlockBoxes, style: Style, parts: dict[int, list[Part]]) -> Problem:
    """What the layout has to place: boxes with the parts of each, the edges between them, and lanes that are known."""
    nodes = [_node(found, box, parts.get(key, [])) for key, box in found.boxes.items()]
    lanes, edge_lanes = known_lanes(found)
    kinds = {(s, box.key): style.edge_kind((s, box.key)) for box in found.boxes.values() for s in box.inputs}
    return Problem(
        nodes,
        found.exit,
        {edge: kind for edge, kind in kinds.items() if kind != "flow"},
        lanes,
        edge_lanes,
        entry=found.entry,
        gathers=frozenset(found.gathered),
        unseen=unseen(found),
        run_widths=dict.fromkeys(edge_lanes, 60.0),
    )


def unseen(found: BlockBoxes) -> frozenset[Edge]:
    """The edges to and from paths that are counted, not drawn."""
    more = {key for key, box in found.boxes.items() if box.kind == "more"}
    if not more:
        return frozenset()
    return frozenset((s, key) for key, box in found.boxes.items() for s in box.inputs if s in more or key in more)


def is_first_more(found: BlockBoxes, box: Box) -> bool:
    """Whether it is the first of a path that stands for others: there their number is written."""
    return box.kind == "more" and found.boxes[box.inputs[0]].kind != "more"


def known_lanes(found: BlockBoxes) -> tuple[dict[int, int], dict[Edge, int]]:
    """Lanes of boxes between a split and its concatenation, and of the part that goes through; lane 0 holds boxes.

    Equal paths lie beside each other, the second in lane 0.
    """
    split = found.split
    if split is None or found.path_lanes:
        return found.path_lanes, {}
    used = sorted(set(split.lanes.values()) | split.through)
    holding = sorted(set(split.lanes.values()))
    middle = used.index(holding[(len(holding) - 1) // 2])
    lane = {part: n - middle for n, part in enumerate(used)}
    through = {(split.begin, split.end): lane[min(split.through)]} if split.through else {}
    return {key: lane[part] for key, part in split.lanes.items()}, through
