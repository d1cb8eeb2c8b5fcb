"""What a measurement says, in sentences whose every number comes from the answers. Without torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resnet_viz.figures.depth import Lane, spread
from resnet_viz.figures.numbers import three_digits
from resnet_viz.text import N_, _

# Factors between first and last block: within the one a gradient holds, beyond the other it explodes or vanishes.
_STEADY, _EXTREME = 10.0, 1000.0


def gradient_reading(lanes: Sequence[Lane]) -> list[str]:
    """One sentence a network: does its gradient vanish, explode or hold on its way from the last block to the first?"""
    return [_sentence(lane) for lane in lanes]


def first_to_last(lane: Lane) -> float:
    """Gradient norm at the first block over that at the last, geometric mean over the seeds; NaN without both."""
    middle = spread(lane.gradients())[1]
    return float(middle[0] / middle[-1])


def _sentence(lane: Lane) -> str:
    gradients = lane.gradients()
    lost = int(np.mean([answer.underflow.sum() for answer in lane.answers]).round())
    blocks, name = gradients.shape[1], "**" + lane.label.replace("*", r"\*") + "**"
    if any(answer.overflow.any() for answer in lane.answers):
        return _("{name}: the numbers leave the range of float32 (infinite or not a number).", name=name)
    if all(not answer.connected.all() for answer in lane.answers):
        return _("{name}: some blocks have no path to the loss, their gradient is 0 by construction.", name=name)
    if all(answer.output_gradient_norm == 0 for answer in lane.answers):
        return _("{name}: the loss has no gradient at all.", name=name)
    if lost:
        return _(
            "{name}: the gradient underflows. It is exactly 0 in {lost} of {blocks} blocks, too small for float32.",
            name=name, lost=lost, blocks=blocks,
        )  # fmt: skip
    zeros = lane.answers[0].zero_weights
    if zeros and (gradients == 0).any():
        return _(
            "{name}: some gradients are exactly 0 because weights begin as zeros ({first}); that is no underflow.",
            name=name, first=f"`{zeros[0]}`",
        )  # fmt: skip
    ratio = first_to_last(lane)
    if not np.isfinite(ratio):
        return _("{name}: too few blocks to compare.", name=name)
    return _(
        _words(ratio),
        name=name, ratio=three_digits(max(ratio, 1 / ratio)), factor=three_digits(ratio ** (1 / max(1, blocks - 1))),
    )  # fmt: skip


def _words(ratio: float) -> str:
    """The sentence for a ratio of first to last block: from beyond a thousand times on it is called by its name."""
    if ratio > _EXTREME:
        return N_("{name}: the gradient **explodes** toward the input, {ratio}-fold: × {factor} from block to block.")
    if ratio > _STEADY:
        return N_("{name}: the gradient **grows** toward the input, {ratio}-fold: × {factor} from block to block.")
    if ratio < 1 / _EXTREME:
        return N_("{name}: the gradient **vanishes** toward the input, {ratio}-fold: × {factor} from block to block.")
    if ratio < 1 / _STEADY:
        return N_("{name}: the gradient **shrinks** toward the input, {ratio}-fold: × {factor} from block to block.")
    return N_(
        "{name}: the gradient **holds** on its way to the input, within {ratio}-fold: × {factor} from block to block."
    )
