"""How the parts of the network view look and what they say: roles, marks, labels and heights."""

from __future__ import annotations

import math
from collections.abc import Sequence

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.network_inside import Inside, changes_inside
from resnet_viz.diagrams.marks import factor_label
from resnet_viz.diagrams.roles import SHORTCUT_LINES
from resnet_viz.diagrams.scene import Mark
from resnet_viz.graph.fold_values import Arc, Block, FoldedGraph, Item, Shape
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _

UNIT_WIDTH, UNIT_TEXT = 26.0, 10.5
LONGEST_LABEL = 150.0  # pixels of a unit's label
UNSEEN = frozenset({"contiguous", "clone", "detach", "to", "type", "float"})  # copies: nothing to read
SIGNS = {"add": "+", "mul": "×", "sub": "−", "div": "÷", "cat": "‖"}
LOWEST, HIGHEST = 54.0, 126.0  # of a bar, at the smallest and at the largest resolution


class Style:
    """Roles, marks and sizes for one network under one surgery; `used` gathers what the legend must explain."""

    def __init__(self, folded: FoldedGraph, surgery: Surgery) -> None:
        self.folded = folded
        self.used: set[str] = set()
        self._shortcut, self._branch = dict(surgery.shortcuts), dict(surgery.branches)
        self._inside = changes_inside(folded, surgery)
        sides = [math.log2(folded.side(block.shape)) for block in folded.blocks] or [0.0]
        self._low, self._high = min(sides), max(sides)

    # ---- boxes

    def height(self, shape: Shape | None) -> float:
        """Of a bar: by the logarithm of the resolution."""
        if self._high - self._low < 0.5:
            return (LOWEST + HIGHEST) / 2
        part = (math.log2(self.folded.side(shape)) - self._low) / (self._high - self._low)
        return LOWEST + (HIGHEST - LOWEST) * min(max(part, 0.0), 1.15)

    def unit_height(self, item: Item, label: str) -> float:
        text = text_width(label, UNIT_TEXT) + 16
        return max(0.92 * self.height(item.shape), text) if self.folded.side(item.shape) > 1 else max(50.0, text)

    def unit_label(self, item: Item) -> str:
        """The label of a unit, its brief form where it is long; all of them where it only moves numbers."""
        label = item.words.label
        if item.words.role == "shape":
            moves = dict.fromkeys(self.folded.words[op].label for op in item.ops[:4])
            label = " · ".join(move for move in moves if move not in UNSEEN) or label
        if text_width(label, UNIT_TEXT) > (90 if item.words.role == "fc" else LONGEST_LABEL):
            label = item.words.short
        while text_width(label, UNIT_TEXT) > LONGEST_LABEL:
            label = label[:-2].rstrip(" ….") + "…"
        return label

    def bar_role(self, block: Block, arcs: Sequence[Arc]) -> str:
        """Orange where a shortcut runs past, slate where none does or it is cut, hollow where the branch is dropped."""
        names = [arc.junction.name for arc in arcs]
        if any(self._branch.get(name) == 0 for name in names):
            self.used.add("dropped")
            return "dropped"
        residual = any(self._shortcut.get(name) != 0 for name in names)
        if not names:
            self.used.add("plain")
        else:
            self.used.add("branch" if residual else "bare")
        return f"{'residual' if residual else 'plain'}-{self.shade(block.stage)}"

    def shade(self, stage: int) -> int:
        """1 (first stage, palest) to 4 (last)."""
        last = len(self.folded.stages) - 1
        return 1 + round(3 * stage / last) if last > 0 else 2

    # ---- shortcuts

    def factor(self, arc: Arc) -> float:
        return self._shortcut.get(arc.junction.name, 1.0)

    def arc_role(self, arc: Arc, thin: bool = False) -> str:
        factor, kind = self.factor(arc), arc.junction.kind
        if factor == 0:
            self.used.add("cut")
        else:
            self.used.add("concat" if kind == "concat-split" else kind)
        if factor not in (0, 1):
            self.used.add("factor")
        thin = thin or factor not in (0, 1)
        return ("cut" if factor == 0 else SHORTCUT_LINES[kind]) + ("-thin" if thin else "")

    # ---- marks: short, because a network may have a thousand of them

    def block_mark(self, block: Block) -> Mark:
        inside, tip = self._inside.get(block.position), f"{block.name} · {self.shape(block.shape)}"
        return Mark(f"block:{block.name}", f"{tip}\n{inside.tip}" if inside else tip, "select")

    def inside(self, block: Block) -> Inside | None:
        """What is changed at the sums in a block that have no arc of their own."""
        inside = self._inside.get(block.position)
        if inside is not None:
            self.used.add(f"inside-{inside.role}")
        return inside

    def unit_mark(self, item: Item) -> Mark:
        words = " · ".join(w.label for op in item.ops if (w := self.folded.words[op]).role not in ("shape", "part"))
        tip = " · ".join(part for part in (item.name, words or item.words.label) if part)
        return Mark(f"unit:{item.name}", f"{tip} → {self.shape(item.shape)}" if item.shape else tip, "select")

    def arc_mark(self, arc: Arc) -> Mark:
        name, factor = arc.junction.name, self.factor(arc)
        tip = f"{name} · {arc.label}"
        if factor != 1:
            tip += " · " + (_("cut") if factor == 0 else factor_label(factor))
        if not arc.junction.is_additive:
            return Mark(f"shortcut:{name}", tip)
        return Mark(f"shortcut:{name}", tip, "toggle", factor == 0)

    def sum_mark(self, arc: Arc) -> Mark:
        branch = self._branch.get(arc.junction.name, 1.0)
        return Mark(
            f"sum:{arc.junction.name}", "" if branch == 1 else _("branch {factor}", factor=factor_label(branch))
        )

    # ---- shapes

    def shape(self, shape: Shape | None) -> str:
        """As in "256×56×56"."""
        return self.folded.shape_words(shape).replace(" ", "")

    def under(self, shape: Shape | None) -> str:
        """Label under a stage: "56² · 256 ch", "197 tokens · 768"."""
        image = self.folded.height_width_channels(shape)
        if image:
            height, width, channels = image
            size = f"{height}²" if height == width else f"{height}×{width}"
            return _("{size} · {channels} ch", size=size, channels=channels)
        if shape is not None and len(shape) == 3:
            return _("{tokens} tokens · {channels}", tokens=shape[1], channels=shape[2])
        return str(shape[-1]) if shape else ""
