"""A small picture without words of what a network is made of: one block on its side, in the colours of all drawings.

Where nothing repeats (LeNet, VGG), the convolutions stand in a row, high where the resolution is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from resnet_viz.diagrams.layout.block_boxes import BlockBoxes, Box, is_strip
from resnet_viz.diagrams.layout.block_contract import contract
from resnet_viz.diagrams.layout.block_problem import is_bar, known_lanes, unseen
from resnet_viz.diagrams.layout.block_roles import boxes_with_roles
from resnet_viz.diagrams.layout.block_style import Style
from resnet_viz.diagrams.layout.layered import lay_out
from resnet_viz.diagrams.layout.layered_values import Layout, Node, Problem
from resnet_viz.diagrams.scene import Point, Scene
from resnet_viz.graph.fold_values import Block, FoldedGraph
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _

WIDTH, HEIGHT = 150.0, 100.0  # it is never larger
HEAD, STRIP, ACROSS = 17.0, 6.0, 30.0  # of boxes: along the flow with and without weights, and across it
CIRCLE, LEAST_CIRCLE, DOT = 6.0, 3.4, 1.1  # radii
CORNER = 5.0
STUB = 7.0  # of the main line before and after the block
LARGEST = 1.3  # the scale of a small block
SMALLEST = 0.5  # below this scale only what has weights is shown
MOST_BARS = 16
STRIPES = 4  # that a grouped convolution is drawn as
THIN = {"flow": "flow-thin", "side": "flow-thin", "gate": "gate-thin"}
THIN |= {role: f"{role}-thin" for role in ("identity", "projection", "cut")}
_JOINING = ("add", "mul", "cat", "split")


def thumbnail(graph: NetworkGraph) -> Scene:
    """The network's most telling block, at most 150 px wide and 100 px high, without words or marks."""
    folded = graph.folded
    scene = Scene(title=graph.name, description=_("{network}: a small picture", network=graph.name))
    if folded.blocks_are_convolutions or not folded.blocks:
        _bars(scene, folded)
    else:
        block = telling_block(folded)
        found = boxes_with_roles(folded, block.ops, block.output)
        learns = "weighted" if block.junctions else "unit"
        picture = _Picture(found, learns)
        if picture.scale < SMALLEST:
            picture = _Picture(contract(found).found, learns)
        picture.paint(scene)
    return scene.fit(1)


def telling_block(folded: FoldedGraph) -> Block:
    """The first block with the most joins and gates; of those one whose shortcuts are identities."""

    def says(block: Block) -> tuple[int, int]:
        joins = sum(len(folded.inputs[op]) - 1 for op in block.ops if folded.words[op].role in _JOINING)
        return joins, sum(folded.graph.junction[name].kind == "identity" for name in block.junctions)

    different = {block.signature: block for block in reversed(folded.blocks)}
    return max(reversed(different.values()), key=says)


# ---------------------------------------------------------------------- a block


@dataclass
class _Part:
    """One coloured piece of a stack."""

    ops: list[int]
    length: float


class _Picture:
    """A block laid out without words, and the scale at which it fits."""

    def __init__(self, found: BlockBoxes, learns: str) -> None:
        self.found, self.style = found, Style(found, Surgery(), learns)
        self.parts = {key: list(self._parts(box)) for key, box in found.boxes.items() if box.kind == "stack"}
        self.layout: Layout = lay_out(self._problem())
        height = self.layout.high - self.layout.low
        self.along = min(LARGEST, (WIDTH - 2 * STUB - 4) / self.layout.length)
        self.across = min(LARGEST, (HEIGHT - 4) / height)

    @property
    def scale(self) -> float:
        return min(self.along, self.across)

    def _parts(self, box: Box) -> Iterator[_Part]:
        for op in box.ops:
            yield _Part([op], STRIP if is_strip(self.found.folded, op) else HEAD)

    def _problem(self) -> Problem:
        found = self.found
        lanes, edge_lanes = known_lanes(found)
        edges = [(source, box.key) for box in found.boxes.values() for source in box.inputs]
        kinds = {edge: self.style.edge_kind(edge) for edge in edges}
        return Problem(
            [self._node(box) for box in found.boxes.values()],
            found.exit,
            {edge: kind for edge, kind in kinds.items() if kind != "flow"},
            lanes,
            edge_lanes,
            entry=found.entry,
            gathers=frozenset(found.gathered),
            unseen=unseen(found),
            gap=9,
            gutter=9,
            centred=True,
        )

    def _node(self, box: Box) -> Node:
        inputs = tuple(box.inputs)
        if box.kind in ("begin", "end"):
            return Node(box.key, "box", 0, 8, inputs)
        if box.kind == "merge" or (box.kind == "cat" and not is_bar(self.found, box)):
            return Node(box.key, "circle", 2 * CIRCLE, 2 * CIRCLE, inputs, 0.3)
        if box.kind in ("cat", "split"):
            return Node(box.key, "bar", STRIP, ACROSS, inputs, 0.3)
        if box.kind == "more":
            return Node(box.key, "box", HEAD, ACROSS / 2, inputs, 0)
        weighted = sum(self.found.folded.words[op].weighted for op in box.ops)
        return Node(box.key, "box", sum(part.length for part in self.parts[box.key]), ACROSS, inputs, weighted + 0.1)

    # ------------------------------------------------------------------ painting

    def point(self, t: float, x: float) -> Point:
        """From (t, x) of the layout to the page: t runs to the right, x upward."""
        return t * self.along, -x * self.across

    def paint(self, scene: Scene) -> None:
        """Lines first, then boxes and circles over them, without words."""
        for edge, line in self.layout.lines.items():
            role = self.style.line_role(edge)
            scene.line([self.point(t, x) for t, x in line], THIN.get(role, role), CORNER * self.scale, arrow=False)
        for key, box in self.found.boxes.items():
            node = self.layout.nodes[key]
            if box.kind in ("begin", "end"):
                x, y = self.point(node.t, node.x)
                scene.line([(x - STUB * (box.kind == "begin"), y), (x + STUB * (box.kind == "end"), y)], "flow-thin",
                           arrow=False)  # fmt: skip
            elif box.kind == "more":
                self._dots(scene, node)
            elif node.kind == "circle":
                x, y = self.point(node.t + CIRCLE, node.x)
                radius = max(LEAST_CIRCLE, CIRCLE * self.scale)
                scene.circle(x, y, radius, f"{self.style.merge_role(box)}-small", box.sign)
            else:
                self._box(scene, box, node)

    def _dots(self, scene: Scene, node: Node) -> None:
        x, y = self.point(node.t + node.length / 2, node.x)
        for step in (-4, 0, 4):
            scene.circle(x, y + step * self.across, DOT, "dot")

    def _box(self, scene: Scene, box: Box, node: Node) -> None:
        low, high = self.layout.bars.get(box.key, (node.x - node.width / 2, node.x + node.width / 2))
        t, many = node.t, len(self.parts.get(box.key, ())) > 1
        for part in self.parts.get(box.key) or [_Part(box.ops, node.length)]:
            is_head = part.length == HEAD or not many
            role = "bar" if node.kind == "bar" else self.style.part_role(box, part.ops, is_head)
            inset = 0 if part.length == HEAD or not many else 3
            pieces = STRIPES if self._is_grouped(part) else 1
            across = (high - low - 2 * inset) / pieces
            for n in range(pieces):
                left, top = self.point(t, high - inset - n * across)
                right, bottom = self.point(t + part.length, high - inset - (n + 1) * across)
                scene.rect(left, top, right - left, bottom - top, role, 2)
            t += part.length

    def _is_grouped(self, part: _Part) -> bool:
        ops = self.found.folded.graph.ops
        return any(ops[op].attributes.get("groups", 1) > 1 for op in part.ops)


# ---------------------------------------------------------------------- a row of convolutions


def _bars(scene: Scene, folded: FoldedGraph) -> None:
    """Every block or unit with weights as a bar, as high as its map: what shows where a network has no blocks."""
    items = [item for item in folded.items if any(folded.words[op].weighted for op in item.ops)][-MOST_BARS:]
    sides = [math.log2(1 + folded.side(item.shape)) for item in items]
    step = min(14.0, (WIDTH - 2 * STUB - 4) / max(1, len(items)))
    middle, before = HEIGHT / 2, -STUB
    for n, side in enumerate(sides):
        height = 14 + (HEIGHT - 24) * (side - 1) / (max(sides) - 1 if max(sides) > 1 else 1)
        scene.line([(before, middle), (n * step, middle)], "flow-thin", arrow=False)
        scene.rect(n * step, middle - height / 2, step * 0.6, height, "unit", 2)
        before = (n + 0.6) * step
    scene.line([(before, middle), (before + STUB, middle)], "flow-thin", arrow=False)
