"""Cells of the stage view, painting themselves on a main line: a block on its side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.block_boxes import Box
from resnet_viz.diagrams.layout.block_contract import Contracted, contract
from resnet_viz.diagrams.layout.block_problem import DOTS, is_bar, is_first_more, known_lanes, unseen
from resnet_viz.diagrams.layout.block_roles import boxes_with_roles
from resnet_viz.diagrams.layout.block_style import Style
from resnet_viz.diagrams.layout.layered import lay_out
from resnet_viz.diagrams.layout.layered_values import Edge, Layout, Node, Problem
from resnet_viz.diagrams.marks import costs
from resnet_viz.diagrams.scene import Anchor, Mark, Point, Scene, Text
from resnet_viz.diagrams.scene import Box as Bounds
from resnet_viz.diagrams.space import Grid
from resnet_viz.graph.fold_values import Block, FoldedGraph
from resnet_viz.surgery.plan import Surgery

BAR, CIRCLE, SPLIT = 23.0, 9.0, 16.0
TEXT = 10.5
CHIP, CHIP_SPACE = 24.0, 14.0  # height of a chip, and the line before and after it
LABEL = 11.0
NAME_ROOM = 26.0  # below a block, for its name
AREA_PAD = 1.5  # around a block; a frame around that stands midway between the first bar and the fork before it
_SIDE: dict[str, Anchor] = {"begin": "end", "end": "start"}  # ends beside the main line: x₂, y₂


class Cell(Protocol):
    """Something on the main line: how long it is, and how far it reaches above and below the line."""

    length: float
    above: float
    below: float

    def paint(self, scene: Scene, x: float, y: float, name_y: float) -> None:
        """Paint with the main line entering at x, y; names stand at name_y."""


def block_mark(folded: FoldedGraph, block: Block) -> Mark:
    """Mark of a block: pressing it opens the block."""
    graph = folded.graph
    lines = [block.name, folded.shape_words(block.shape), costs([graph.ops[op] for op in block.ops])]
    return Mark(f"block:{block.name}", "\n".join(line for line in lines if line), "select")


def clip(text: str, width: float, size: float = TEXT) -> str:
    """A module path that fits: its last parts, or the end of its last part behind an ellipsis."""
    parts = text.split(".")
    while len(parts) > 1 and text_width(".".join(parts), size, mono=True) > width:
        parts = parts[1:]
    out = ".".join(parts)
    room = max(2, int(width / text_width("0", size, mono=True)) - 1)
    return out if text_width(out, size, mono=True) <= width else "…" + out[-room:]


class BlockCell:
    """A block on its side: shortcuts above the line, gates below it, operations with weights as upright bars."""

    def __init__(self, folded: FoldedGraph, block: Block, surgery: Surgery, role: str) -> None:
        self.folded, self.block = folded, block
        found = boxes_with_roles(folded, block.ops, block.output)
        self.contracted: Contracted = contract(found)
        self.style = Style(self.contracted.found, surgery, role)
        self.style.dropped = Style(found, surgery, role).dropped
        self.layout: Layout = lay_out(self._problem())
        self.length = self.layout.length
        self.above = self.layout.high + (20 if self.contracted.found.shortcut_edges else 4)
        self.below = NAME_ROOM - self.layout.low

    # ------------------------------------------------------------------ layout

    def label(self, box: Box) -> str:
        if box.kind == "more":
            return box.label if is_first_more(self.contracted.found, box) else DOTS
        words = self.folded.words[box.ops[0]]
        return words.short if words.role in ("fc", "mix") else words.label

    def _problem(self) -> Problem:
        found, chips = self.contracted.found, self.contracted.chips
        lanes, edge_lanes = known_lanes(found)
        edges = [(source, box.key) for box in found.boxes.values() for source in box.inputs]
        kinds = {edge: self.style.edge_kind(edge) for edge in edges}
        lengths = {edge: sum(self.chip_length(box) + CHIP_SPACE for box in boxes) for edge, boxes in chips.items()}
        return Problem(
            [self._node(box) for box in found.boxes.values()],
            found.exit,
            {edge: kind for edge, kind in kinds.items() if kind != "flow"},
            lanes,
            edge_lanes,
            entry=found.entry,
            gathers=frozenset(found.gathered),
            unseen=unseen(found),
            gap=15,
            gutter=15,
            centred=True,
            run_lengths={edge: length + CHIP_SPACE for edge, length in lengths.items()},
            run_widths=dict.fromkeys(edge_lanes, 30.0) | dict.fromkeys(chips, CHIP),
        )

    def chip_length(self, box: Box) -> float:
        return text_width(self.label(box), TEXT) + 16

    def _node(self, box: Box) -> Node:
        found, inputs = self.contracted.found, tuple(box.inputs)
        if box.kind in ("begin", "end"):
            return Node(box.key, "box", 0, 8, inputs)  # a point on the main line
        if box.kind == "merge" or (box.kind == "cat" and not is_bar(found, box)):
            return Node(box.key, "circle", 2 * CIRCLE, 2 * CIRCLE, inputs, 0.3)
        if box.kind in ("cat", "split"):
            return Node(box.key, "bar", SPLIT, text_width(self.label(box), 10) + 16, inputs, 0.3)
        if box.kind == "more":
            return Node(box.key, "box", BAR, text_width(box.label, TEXT), inputs, 0)
        words = self.folded.words[box.ops[0]]
        least = 34.0 if words.role == "param" else 62.0
        width = max(least, text_width(self.label(box), TEXT) + 16)
        return Node(box.key, "box", BAR, width, inputs, 2.0 if words.weighted else 1.5)

    # ------------------------------------------------------------------ painting

    def paint(self, scene: Scene, x: float, y: float, name_y: float) -> None:
        """Paint the block with its main line at height y, beginning at x, its name at height name_y."""
        self.taken: Grid[None] = Grid()
        where, mark = _Turn(x, y), block_mark(self.folded, self.block)
        name = self._name(where, name_y, mark)
        area = self._area(where, name.bounds()).grown(AREA_PAD)
        scene.rect(area.x0, area.y0, area.x1 - area.x0, area.y1 - area.y0, "area", 5, mark)
        for edge in self.layout.lines:
            self._line(scene, edge, where)
        for box in self.contracted.found.boxes.values():
            self._merge(scene, box, where)
        for box in self.contracted.found.boxes.values():
            self._bar(scene, box, where, mark)
        scene.add(name)
        for edge, junction in self.contracted.found.shortcut_edges.items():
            if self.contracted.found.arrivals.get(junction.name) == edge:
                self._labels(scene, edge, where)

    def _name(self, where: _Turn, y: float, mark: Mark) -> Text:
        """The block's name, under the middle of its bars and sums."""
        name = clip(self.block.name, self.length + 14)
        x, _y = self._area(where).centre
        return Text(x, y, name, TEXT, "muted", mono=True, mark=mark)

    def _area(self, where: _Turn, *more: Bounds) -> Bounds:
        """What a frame around the block holds: its bars, its sums, and more."""
        found, nodes = self.contracted.found, self.layout.nodes
        drawn = [key for key, box in found.boxes.items() if box.kind not in ("begin", "end")] or list(nodes)
        parts = [*(self._bounds(key, where) for key in drawn), *more]
        x0, y0, x1, y1 = zip(*parts, strict=True)
        return Bounds(min(x0), min(y0), max(x1), max(y1))

    def _bounds(self, key: int, where: _Turn) -> Bounds:
        node = self.layout.nodes[key]
        low, high = self.layout.bars.get(key, (node.x - node.width / 2, node.x + node.width / 2))
        left, top = where.point(node.t, high)
        return Bounds(left, top, left + node.length, top + high - low)

    def _line(self, scene: Scene, edge: Edge, where: _Turn) -> None:
        points = [where.point(t, x) for t, x in self.layout.lines[edge]]
        role, target = self.style.line_role(edge), self.contracted.found.boxes[edge[1]]
        arrow = target.kind != "end" and (role not in ("flow", "dropped") or len(points) > 2)
        mark = self.style.line_mark(edge)
        chips = self._chips(edge, where)
        for n, piece in enumerate(_interrupted(points, [bounds for _box, bounds in chips])):
            scene.line(piece, role, arrow=arrow and n == len(chips), mark=mark)
        for (x0, y0), (x1, y1) in pairwise(points):
            self.taken.add(Bounds(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)).grown(1), None)
        for box, bounds in chips:
            box_role = self.style.part_role(box, box.ops, True)
            scene.rect(bounds.x0, bounds.y0, bounds.x1 - bounds.x0, CHIP, box_role, 5, mark)
            x, y = bounds.centre
            scene.text(x, y, self.label(box), TEXT, self.style.text_role(box_role), mark=mark)
            self.taken.add(bounds, None)

    def _chips(self, edge: Edge, where: _Turn) -> list[tuple[Box, Bounds]]:
        """The chips on a line and where they lie, together in the middle of its run."""
        boxes = self.contracted.chips.get(edge, [])
        if edge not in self.layout.runs or not boxes:
            return []
        begin, end, across = self.layout.runs[edge]
        lengths = [self.chip_length(box) for box in boxes]
        t = (begin + end - sum(lengths) - CHIP_SPACE * (len(lengths) - 1)) / 2
        out = []
        for box, length in zip(boxes, lengths, strict=True):
            x, y = where.point(t, across)
            out.append((box, Bounds(x, y - CHIP / 2, x + length, y + CHIP / 2)))
            t += length + CHIP_SPACE
        return out

    def _merge(self, scene: Scene, box: Box, where: _Turn) -> None:
        node = self.layout.nodes[box.key]
        x, y = where.point(node.t + node.length / 2, node.x)
        if node.kind == "circle":
            scene.circle(x, y, CIRCLE, self.style.merge_role(box), box.sign, self.style.merge_mark(box))
            self.taken.add(Bounds(x - CIRCLE, y - CIRCLE, x + CIRCLE, y + CIRCLE), None)
        elif box.kind == "begin" and node.lane == 0:
            scene.line([(where.left, y), (x, y)], "flow", arrow=False)
        elif box.kind in ("begin", "end") and node.lane != 0:
            scene.text(*((x - 3, y) if box.kind == "begin" else (x + 3, y)), box.label, LABEL, anchor=_SIDE[box.kind])

    def _bar(self, scene: Scene, box: Box, where: _Turn, mark: Mark) -> None:
        node = self.layout.nodes[box.key]
        if box.kind in ("begin", "end") or node.kind == "circle":
            return
        bounds = self._bounds(box.key, where)
        size, radius = (10, 5) if node.kind == "bar" else (TEXT, 5)
        role = {"bar": "bar", "more": "area"}.get(node.kind if node.kind == "bar" else box.kind)
        role = role or self.style.part_role(box, box.ops, True)
        scene.rect(bounds.x0, bounds.y0, node.length, bounds.y1 - bounds.y0, role, radius, mark)
        text_role = self.style.text_role(role)
        scene.text(*bounds.centre, self.label(box), size, text_role, vertical=True, mark=mark)
        self.taken.add(bounds, None)

    def _labels(self, scene: Scene, edge: Edge, where: _Turn) -> None:
        junction = self.contracted.found.shortcut_edges[edge]
        text, role = self.style.shortcut_label(junction)
        if edge in self.layout.runs and text:
            begin, end, across = self.layout.runs[edge]
            x, y = where.point((begin + end) / 2, across)
            self._write(scene, [(x, y - 11 - (CHIP / 2 if edge in self.contracted.chips else 0))], text, role)
        text = self.style.branch_label(junction)
        node = self.layout.nodes[edge[1]]
        x, y = where.point(node.t + node.length / 2, node.x)
        if text:
            below = y + CIRCLE + 10
            self._write(scene, [(x, below), (x - 12, below), (x + 14, y - CIRCLE - 9)], text, "muted")

    def _write(self, scene: Scene, places: Sequence[Point], text: str, role: str) -> None:
        """Write a label at the first place where nothing is; nowhere, if there is none: the tip says it."""
        width = text_width(text, LABEL, 500)
        for x, y in places:
            bounds = Bounds(x - width / 2, y - LABEL / 2, x + width / 2, y + LABEL / 2)
            if self.taken.is_free(bounds):
                self.taken.add(bounds, None)
                scene.text(x, y, text, LABEL, role, 500)
                return


def _interrupted(points: list[Point], boxes: list[Bounds]) -> list[list[Point]]:
    """A line in pieces that end and begin at the boxes on its horizontal run."""
    pieces, rest = list[list[Point]](), points
    for box in boxes:
        y = box.centre[1]
        cut = next(n for n, (_x, at) in enumerate(rest) if abs(at - y) < 0.01) + 1
        pieces.append([*rest[:cut], (box.x0, y)])
        rest = [(box.x1, y), *rest[cut:]]
    return [*pieces, rest]


@dataclass(frozen=True)
class _Turn:
    """From (t, x) of a layout to the page: t runs to the right, x upward."""

    left: float
    middle: float

    def point(self, t: float, x: float) -> Point:
        return self.left + t, self.middle - x
