"""Block view: every operation of one block, from x above to y below."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.block_boxes import BlockBoxes, Box
from resnet_viz.diagrams.layout.block_problem import (
    BAR,
    CIRCLE,
    DOTS,
    END_WIDTH,
    HEAD,
    HEAD_SIZE,
    INSET,
    MORE_SIZE,
    STRIP,
    STRIP_SIZE,
    Part,
    bar_label,
    is_first_more,
    parts_of,
    problem,
)
from resnet_viz.diagrams.layout.block_roles import boxes_with_roles
from resnet_viz.diagrams.layout.block_style import Style
from resnet_viz.diagrams.layout.layered import lay_out
from resnet_viz.diagrams.layout.layered_values import Edge, Layout
from resnet_viz.diagrams.scene import Anchor, Scene
from resnet_viz.diagrams.scene import Box as Bounds
from resnet_viz.diagrams.space import Grid
from resnet_viz.graph.fold_values import Block
from resnet_viz.graph.network_graph import Junction, NetworkGraph
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _

SHAPE_SIZE, LABEL_SIZE = 10.5, 12.0
MARGIN = 16.0
Place: TypeAlias = tuple[float, float, Anchor]  # where a text may stand


def block_scene(graph: NetworkGraph, block: Block, surgery: Surgery) -> Scene:
    """The operations of a block as a drawing."""
    found = boxes_with_roles(graph.folded, block.ops, block.output)
    style = Style(found, surgery, "weighted" if block.junctions else "unit")
    parts = {key: parts_of(found, box) for key, box in found.boxes.items() if box.kind == "stack"}
    layout = lay_out(problem(found, style, parts))
    painting = _Painting(Scene(), found, style, layout)
    for edge in layout.lines:
        painting.line(edge)
    for key, box in found.boxes.items():
        painting.box(box, parts.get(key, []))
    for box in found.boxes.values():
        painting.shape(box)
    for junction in found.sums.values():
        painting.labels(junction)
    painting.scene.title = _("{network}: block {block}", network=graph.name, block=block.name)
    painting.scene.description = description(found, block)
    return painting.scene.fit(MARGIN)


def description(found: BlockBoxes, block: Block) -> str:
    """The block in one sentence, for those who cannot see it."""
    counted = [box.label for box in found.boxes.values() if box.kind == "more"][:1]
    drawn = (op for box in found.boxes.values() if box.kind != "more" for op in box.ops)
    labels = [found.folded.words[op].label for op in drawn if found.folded.words[op].weighted] + counted
    words = _("From {before} to {after} by {operations}.", **_shapes(found), operations=", ".join(labels) or "—")
    if block.junctions:
        words += " " + _("Shortcuts: {names}.", names=", ".join(block.junctions))
    return words


def _shapes(found: BlockBoxes) -> dict[str, str]:
    spell = found.folded.shape_words
    return {"before": spell(found.boxes[found.entry].shape), "after": spell(found.boxes[found.exit].shape)}


# ---------------------------------------------------------------------- painting


@dataclass
class _Painting:
    """A scene while it is being painted, with the places that are taken."""

    scene: Scene
    found: BlockBoxes
    style: Style
    layout: Layout
    taken: Grid[None] = field(default_factory=Grid)

    def line(self, edge: Edge) -> None:
        points = [(x, t) for t, x in self.layout.lines[edge]]
        self.scene.line(points, self.style.line_role(edge), mark=self.style.line_mark(edge))
        for (x0, y0), (x1, y1) in pairwise(points):
            self.taken.add(Bounds(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)).grown(2), None)

    def box(self, box: Box, parts: list[Part]) -> None:
        """Paint what stands for one box of the graph: a bar across lanes, a merge's circle, or stacked segments."""
        node = self.layout.nodes[box.key]
        left, width = node.x - node.width / 2, node.width
        if node.kind == "bar":
            begin, end = self.layout.bars[box.key]
            left, width = begin, end - begin
        self.taken.add(Bounds(left - 3, node.t - 2, left + width + 3, node.t + node.length + 2), None)
        if box.kind in ("begin", "end"):
            self.scene.rect(left, node.t, width, HEAD, "end", HEAD / 2)
            self.scene.text(node.x, node.t + HEAD / 2, box.label, 13, weight=500)
        elif node.kind == "circle":
            mark = self.style.merge_mark(box)
            self.scene.circle(node.x, node.t + CIRCLE, CIRCLE, self.style.merge_role(box), box.sign, mark)
        elif node.kind == "bar":
            label = bar_label(self.found, box)
            if text_width(label, 11.5, 500) > width - 12:
                label = self.style.words[box.ops[0]].label
            mark = self.style.box_mark(box, box.ops, label)
            self.scene.rect(left, node.t, width, BAR, "bar", mark=mark)
            self.scene.text(left + width / 2, node.t + BAR / 2, label, 11.5, weight=500, mark=mark)
        elif box.kind == "more":
            self.more(box, left, node.t, width)
        else:
            self.stack(box, parts, left, node.t, width)

    def more(self, box: Box, left: float, y: float, width: float) -> None:
        """Three dots in place of boxes; those that come first also say how many paths there are."""
        mark = self.style.more_mark(box)
        self.scene.rect(left, y, width, HEAD, "area", mark=mark)
        self.scene.text(left + width / 2, y + HEAD / 3, DOTS, 14, "muted", 600, mark=mark)
        if is_first_more(self.found, box):
            self.scene.text(left + width / 2, y + HEAD - 6, box.label, MORE_SIZE, "muted", 500, mark=mark)

    def stack(self, box: Box, parts: list[Part], left: float, y: float, width: float) -> None:
        for part in parts:
            role = self.style.part_role(box, part.ops, part.is_head)
            mark = self.style.box_mark(box, part.ops, part.label)
            inset = 0 if part.is_head else INSET
            tall = part.height > STRIP
            size, weight = (HEAD_SIZE, 500) if tall else (STRIP_SIZE, 400)
            self.scene.rect(left + inset, y, width - 2 * inset, part.height, role, 6 if tall else 4, mark)
            text_role = self.style.text_role(role)
            self.scene.text(left + width / 2, y + part.height / 2, part.label, size, text_role, weight, mark=mark)
            y += part.height

    # ------------------------------------------------------------------ labels

    def shape(self, box: Box) -> None:
        """Write the shape where it changes, on a side of the line that is free; the tip says it anyhow."""
        node, found = self.layout.nodes[box.key], self.found
        known = any(found.boxes[s].shape == box.shape for s in box.inputs)
        known |= any(found.boxes[user].kind == "end" for user in found.users[box.key])
        is_end = box.kind in ("begin", "end")
        if box.shape is None or box.kind in ("split", "more") or (not is_end and (known or node.kind == "bar")):
            return
        x, y = node.x, node.t + node.length
        heights, away = ((y - HEAD / 2,), END_WIDTH / 2 + 8) if is_end else ((y + 16, y + 21), 8.0)
        places: list[Place] = []
        for height in heights:
            sides: list[Place] = [(x - away, height, "end"), (x + away, height, "start")]
            places += sides[::-1] if x > self.layout.nodes[found.exit].x + 1 else sides  # outside, not between lines
        self.write(found.folded.shape_words(box.shape), places, SHAPE_SIZE, "muted", mono=True)

    def write(self, text: str, places: list[Place], size: float, role: str, mono: bool = False) -> None:
        """Write a text at the first place where nothing is; nowhere, if there is none."""
        width = text_width(text, size, 400 if mono else 500, mono)
        for x, y, anchor in places:
            left = x - width if anchor == "end" else x
            bounds = Bounds(left - 2, y - size / 2 - 1, left + width + 2, y + size / 2 + 1)
            if self.taken.is_free(bounds):
                self.taken.add(bounds, None)
                self.scene.text(x, y, text, size, role, 400 if mono else 500, anchor, mono)
                return

    def labels(self, junction: Junction) -> None:
        """What a shortcut is, beside its line, and what the surgery did to it and to the branch."""
        edge = self.found.arrivals.get(junction.name)
        text, role = self.style.shortcut_label(junction)
        if edge is not None and edge in self.layout.lines and text:
            self.write(text, _beside(self.layout.lines[edge]), LABEL_SIZE, role)
        text = self.style.branch_label(junction)
        if text and edge is not None:
            for source in self.found.boxes[edge[1]].inputs:
                if (source, edge[1]) != edge:
                    self.write(text, _beside(self.layout.lines[source, edge[1]]), LABEL_SIZE, "muted")


def _beside(line: list[tuple[float, float]]) -> list[Place]:
    """Places for a label beside the longest vertical piece of a line: right first, near the middle first."""
    (t0, x), (t1, _x) = max(pairwise(line), key=lambda piece: abs(piece[1][0] - piece[0][0]))
    middle, places = (t0 + t1) / 2, list[Place]()
    for offset in (0, 22, -22, 44, -44, 80, -80, 120, -120):
        if abs(offset) <= abs(t1 - t0) / 2:
            places += [(x + 9, middle + offset, "start"), (x - 9, middle + offset, "end")]
    return places
