"""What a measurement says, in sentences whose every number comes from the answers. Without torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resnet_viz.figures.depth import Lane, spread
from resnet_viz.figures.numbers import three_digits
from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.text import N_, _

# Factors between first and last block: within the one a gradient holds, beyond the other it explodes or vanishes.
_STEADY, _EXTREME = 10.0, 1000.0
_STEADY_RATE = 1.25  # factor from block to block within which a gradient holds
_FEW = 6  # blocks below which a factor from block to block is no trend
_NAMED = 2  # weights named in a sentence


def gradient_reading(lanes: Sequence[Lane]) -> list[str]:
    """One sentence a network: does its gradient vanish, explode or hold on its way from the last block to the first?"""
    return [_sentence(lane) for lane in lanes]


def first_to_last(lane: Lane) -> float:
    """Gradient norm at the first block over that at the last, geometric mean over the seeds; NaN without both."""
    middle = spread(lane.gradients())[1]
    return float(middle[0] / middle[-1])


def _sentence(lane: Lane) -> str:
    name = "**" + lane.label.replace("*", r"\*") + "**"
    return _broken(lane, name) or _zeros(lane, name) or _course(lane, name)


def _broken(lane: Lane, name: str) -> str:
    """What keeps a gradient from being read at all; empty where nothing does."""
    if any(answer.overflow.any() for answer in lane.answers):
        return _("{name}: the numbers leave the range of float32 (infinite or not a number).", name=name)
    if all(not answer.connected.all() for answer in lane.answers):
        return _("{name}: some blocks have no path to the loss, their gradient is 0 by construction.", name=name)
    if all(answer.output_gradient_norm == 0 for answer in lane.answers):
        return _("{name}: the loss has no gradient at all.", name=name)
    return ""


def _zeros(lane: Lane, name: str) -> str:
    """In how many blocks the gradient is exactly 0, and why; empty where it is in none."""
    first = lane.answers[0]
    lost, zeros = (
        int(np.mean([found.sum() for found in each]).round())
        for each in ([a.underflow for a in lane.answers], [a.gradient_norms == 0 for a in lane.answers])
    )
    counts = {"name": name, "blocks": len(first.block_names), "lost": lost or zeros}
    if lost:
        return _(
            "{name}: the gradient underflows. It is exactly 0 in {lost} of {blocks} blocks, too small for float32.",
            **counts,
        )
    if not zeros:
        return ""
    if first.blocking_weights:
        return _(_blocked(first), weights=_listed(first.blocking_weights), **counts)
    return _(
        "{name}: the gradient is exactly 0 in {lost} of {blocks} blocks. "
        "Some weights begin as zeros ({weights}), so that need be no underflow.",
        weights=_listed(first.zero_weights), **counts,
    )  # fmt: skip


def _blocked(answer: GradientAnswer) -> str:
    """The sentence for zeros behind weights that begin as zeros."""
    if len(answer.blocking_weights) == 1 and not answer.gradient_norms.any():
        return N_(
            "{name}: the gradient is exactly 0 in **all** {blocks} blocks. Every way to the loss leads through "
            "{weights}, which begins as zeros, so that at initialisation nothing before it receives a gradient. "
            "That is no underflow."
        )
    return N_(
        "{name}: the gradient is exactly 0 in {lost} of {blocks} blocks. Every way from there to the loss leads "
        "through a weight that begins as zeros ({weights}); that is no underflow."
    )


def _listed(weights: Sequence[str]) -> str:
    """The weights by name, the last ones where there are many: a gradient meets them first."""
    shown = [f"`{weight}`" for weight in weights[-_NAMED:]]
    return ", ".join(shown if len(weights) <= _NAMED else ["…", *shown])


def _course(lane: Lane, name: str) -> str:
    """How the gradient changes on its way to the input."""
    ratio, blocks = first_to_last(lane), lane.gradients().shape[1]
    if not np.isfinite(ratio) or blocks < 2:
        return _("{name}: too few blocks to compare.", name=name)
    if blocks < _FEW:
        return _(
            "{name}: at the first of {blocks} blocks the gradient is {ratio} times that at the last. "
            "So few blocks show no trend.",
            name=name, blocks=blocks, ratio=three_digits(ratio),
        )  # fmt: skip
    factor = ratio ** (1 / (blocks - 1))
    return _(_words(ratio, factor), name=name, ratio=three_digits(max(ratio, 1 / ratio)), factor=three_digits(factor))


def _words(ratio: float, factor: float) -> str:
    """The sentence for a ratio of first to last block and its factor from block to block: from beyond a thousand times
    on it is called by its name, and nothing holds that changes much at every block."""
    grows, shrinks = ratio > _STEADY or factor > _STEADY_RATE, ratio < 1 / _STEADY or factor < 1 / _STEADY_RATE
    if ratio > _EXTREME:
        return N_("{name}: the gradient **explodes** toward the input, {ratio}-fold: × {factor} from block to block.")
    if grows:
        return N_("{name}: the gradient **grows** toward the input, {ratio}-fold: × {factor} from block to block.")
    if ratio < 1 / _EXTREME:
        return N_("{name}: the gradient **vanishes** toward the input, {ratio}-fold: × {factor} from block to block.")
    if shrinks:
        return N_("{name}: the gradient **shrinks** toward the input, {ratio}-fold: × {factor} from block to block.")
    return N_(
        "{name}: the gradient **holds** on its way to the input, within {ratio}-fold: × {factor} from block to block."
    )
