"""Cells of the stage view beside the blocks: "12 more", a unit between two, and what only a gap can stand for."""

from __future__ import annotations

from collections.abc import Sequence

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.block_boxes import SIGNS
from resnet_viz.diagrams.layout.stage_cells import BAR, CIRCLE, LABEL, TEXT
from resnet_viz.diagrams.scene import Mark, Scene
from resnet_viz.graph.fold_values import Block, FoldedGraph, Item
from resnet_viz.text import _


class MoreCell:
    """Stands for blocks like their neighbours that are not drawn."""

    length, above, below = 76.0, 36.0, 36.0

    def __init__(self, blocks: Sequence[Block], role: str) -> None:
        self.blocks, self.role = blocks, role

    def paint(self, scene: Scene, x: float, y: float, name_y: float) -> None:
        first, last = self.blocks[0].name, self.blocks[-1].name
        mark = Mark("", first if first == last else _("{first} to {last}", first=first, last=last))
        scene.line([(x, y), (x + 10, y)], "flow", arrow=False)
        scene.line([(x + 66, y), (x + 76, y)], "flow", arrow=False)
        scene.rect(x + 10, y - 34, 56, 68, "frame", 10, mark)
        scene.text(x + 38, y - 8, f"× {len(self.blocks)}", 14, self.role, 600, mark=mark)
        scene.text(x + 38, y + 10, _("more"), LABEL, "muted", mark=mark)


class UnitCell:
    """A unit between two blocks of a stage: a transition, a pool; or the merge of several tensors."""

    def __init__(self, folded: FoldedGraph, item: Item) -> None:
        self.folded, self.item = folded, item
        self.is_merge = item.kind == "merge"
        label = item.words.short if item.words.role in ("fc", "mix") else item.words.label
        self.text, self.height = label, max(62.0, text_width(label, TEXT) + 16)
        self.length = 2 * CIRCLE if self.is_merge else BAR
        self.above = self.below = CIRCLE if self.is_merge else self.height / 2 + 4

    def paint(self, scene: Scene, x: float, y: float, name_y: float) -> None:
        labels = [self.folded.words[op].label for op in self.item.ops]
        tip = "\n".join([self.item.name, " · ".join(labels), self.folded.shape_words(self.item.shape)])
        mark = Mark(f"unit:{self.item.name}", tip)
        if self.is_merge:
            scene.circle(x + CIRCLE, y, CIRCLE, "merge", SIGNS.get(self.item.words.role, "+"), mark)
            return
        scene.rect(x, y - self.height / 2, BAR, self.height, "unit", 5, mark)
        scene.text(x + BAR / 2, y, self.text, TEXT, vertical=True, mark=mark)


class GapCell:
    """Stands for what lies between two blocks where that is no simple chain; the network view shows it."""

    length, above, below = 40.0, 16.0, 16.0

    def __init__(self, tip: str) -> None:
        self.mark = Mark("", tip)

    def paint(self, scene: Scene, x: float, y: float, name_y: float) -> None:
        scene.line([(x, y), (x + 8, y)], "flow", arrow=False)
        scene.line([(x + 32, y), (x + 40, y)], "flow", arrow=False)
        scene.rect(x + 8, y - 12, 24, 24, "frame", 6, self.mark)
        scene.text(x + 20, y - 2, "…", 14, "muted", 600, mark=self.mark)
