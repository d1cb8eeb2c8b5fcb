r"""What one drawn operation is to a block's equation: a factor, a gate, a word such as \mathrm{BN}, some channels."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from resnet_viz.graph.fold import FoldedGraph
from resnet_viz.graph.fold_vocabulary import DIFFERENCES, DROPS, GATES, PRODUCTS, QUOTIENTS, SUMS
from resnet_viz.graph.network_graph import Op

LEARNED_NUMBER, LEARNED_NUMBERS, SURVIVAL = r"\alpha", r"\gamma", "b_l"
RESIZED = r"\mathrm{pad}"
_WRITTEN = {"σ": r"\sigma", "h-σ": r"\mathrm{h}\text{-}\sigma", "square": r"\mathrm{square}"}
_CHANNELS = re.compile(r":, (\d*):(\d*)")  # the brackets of x[:, 2:5]


@dataclass(frozen=True)
class Factor:
    """numerator / divisor, or a symbol; a random one is 0 with this probability."""

    numerator: float = 1
    divisor: float = 1
    symbol: str = ""
    probability: float = 0

    @property
    def is_one(self) -> bool:
        return not self.symbol and self.numerator == self.divisor

    @property
    def size(self) -> str:
        """The number without its sign, as a fraction where whole numbers are divided; nothing for 1."""
        numerator, divisor = abs(self.numerator), self.divisor
        if numerator == divisor:
            return ""
        if divisor != 1 and float(numerator).is_integer() and float(divisor).is_integer():
            return rf"\tfrac{{{numerator:.0f}}}{{{divisor:.0f}}}"
        return f"{numerator / divisor:.4g}"


def factor(folded: FoldedGraph, index: int) -> Factor | None:
    """What the operation multiplies its one operand with; None for any other operation."""
    op, name = folded.graph.ops[index], _name(folded.graph.ops[index])
    if len(folded.inputs[index]) != 1:
        return None
    scalar = op.attributes.get("scalar")
    if name in DROPS or folded.words[index].role == "drop":
        return _survival(name, op.attributes.get("p") or 0)
    if name == "neg":
        return Factor(-1)
    if name.startswith("layerscale"):
        return Factor(symbol=LEARNED_NUMBERS)
    if name in PRODUCTS:
        return Factor(scalar) if scalar is not None else _learned(folded, op)
    if name in QUOTIENTS and scalar and not op.attributes.get("scalar_first"):
        return Factor(divisor=scalar)
    return Factor() if name in SUMS and scalar == 0 else None


def _name(op: Op) -> str:
    return op.function.lower().strip("_")


def _survival(name: str, probability: float) -> Factor | None:
    """Of a whole branch; other dropout is no factor unless it does nothing."""
    if not probability:
        return Factor()
    return Factor(symbol=SURVIVAL, probability=probability) if name in DROPS else None


def _learned(folded: FoldedGraph, op: Op) -> Factor | None:
    shapes = [folded.graph.ops[i].shape for i in op.inputs if not folded.graph.ops[i].is_live]
    if not shapes or shapes[0] is None:
        return None
    return Factor(symbol=LEARNED_NUMBER if math.prod(shapes[0]) == 1 else LEARNED_NUMBERS)


def is_bias(folded: FoldedGraph, index: int) -> bool:
    """Whether a single learned number is added."""
    op = folded.graph.ops[index]
    if _name(op) not in SUMS or len(folded.inputs[index]) != 1:
        return False
    shapes = [folded.graph.ops[i].shape for i in op.inputs if not folded.graph.ops[i].is_live]
    return len(shapes) == 1 and shapes[0] is not None and math.prod(shapes[0]) == 1


def is_product(folded: FoldedGraph, index: int) -> bool:
    """Whether two tensors are multiplied number by number."""
    return _name(folded.graph.ops[index]) in PRODUCTS and len(folded.inputs[index]) == 2


def minuend(folded: FoldedGraph, index: int) -> float | None:
    """c of an operation c − x, else None."""
    op = folded.graph.ops[index]
    is_difference = _name(op) in DIFFERENCES and len(folded.inputs[index]) == 1
    return op.attributes.get("scalar") if is_difference and op.attributes.get("scalar_first") else None


def is_gate(folded: FoldedGraph, index: int) -> bool:
    r"""Whether it is a sigmoid's value, perhaps reshaped, scaled, or as 1 − \sigma."""
    while index in folded.words and folded.inputs[index]:
        words = folded.words[index]
        if words.role == "act":
            return words.message in GATES
        if words.role != "shape" and factor(folded, index) is None and minuend(folded, index) is None:
            return False
        index = folded.inputs[index][0]
    return False


def functions(folded: FoldedGraph, index: int) -> list[str]:
    r"""As in [\mathrm{BN}], the first applied first; [] where a formula says nothing of it.

    A norm may hold its activation. What pads, and what takes every second pixel, is called pad.
    """
    words, op = folded.words[index], folded.graph.ops[index]
    if words.role in ("act", "norm"):
        return [_WRITTEN.get(one) or rf"\mathrm{{{_safe(one)}}}" for one in words.message.split(" + ")]
    if words.role == "drop":
        return [rf"\mathrm{{dropout}}_{{{op.attributes.get('p') or 0:.3g}}}"]
    if words.role == "pool" and not op.attributes.get("step"):
        return [r"\mathrm{pool}" if "pool" in words.message else r"\mathrm{resize}"]
    return [RESIZED] if words.role == "pool" or _name(op).endswith("pad") else []


def _safe(text: str) -> str:
    return text.replace("_", r"\_").replace("-", r"\text{-}").replace(" ", r"\ ")


def part(folded: FoldedGraph, index: int) -> tuple[int, int, str] | None:
    """(whole, number of its part from 1, "") of a split; (whole, 0, "1…27") of channels; None of anything else."""
    op, sources = folded.graph.ops[index], folded.inputs.get(index, ())
    if op.kind != "part" or len(sources) != 1:
        return None
    before = folded.graph.ops[sources[0]]
    if before.kind == "split" and len(folded.inputs[before.index]) == 1 and "index" in op.attributes:
        return folded.inputs[before.index][0], op.attributes["index"] + 1, ""
    found = _CHANNELS.fullmatch(str(op.attributes.get("item")))
    if found is None or not before.shape or len(before.shape) < 2:
        return None
    first, last = int(found[1] or 0) + 1, min(int(found[2] or before.shape[1]), before.shape[1])
    return before.index, 0, rf"{first}\ldots {last}"
