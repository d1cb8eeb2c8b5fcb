"""What the Shortcut lab measures: effect, lesions, paths. Values as in `probes.answers`, without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resnet_viz.probes.answers import Floats, GradientAnswer
from resnet_viz.surgery.plan import Surgery

if TYPE_CHECKING:
    from resnet_viz.probes.questions import EffectQuestion, LesionQuestion, PathQuestion


@dataclass(frozen=True, eq=False)
class EffectAnswer:
    """What one network gives for a batch, and what reaches its parameters.

    `correlation` is the mean inner product of the gradients ∂loss/∂output of two different pictures at the block over
    the mean square of one: 1 where all are equal, about 0 where they share nothing, not below -1/(N - 1), NaN where
    they are 0 or not finite or there is one picture. With frozen batch norm, or without any, each picture's gradient is
    that of its own loss. With batch norm in training mode it is that of the whole batch's loss, into which the picture
    also enters through the statistics of the others.
    """

    question: EffectQuestion
    gradients: GradientAnswer  # norms at every block, with the loss
    correlation: Floats  # (blocks,)
    logits: NDArray[np.float32]  # (N, classes)
    error: float  # share of the batch whose largest score is not its label's, 0..1
    reached_parameters: int  # numbers in the parameters whose gradient is not 0 throughout
    num_parameters: int
    seconds: float
    versions: Mapping[str, str]


@dataclass(frozen=True)
class EffectComparison:
    """What a surgery did to a network: the intact one is first in every pair."""

    output_change: float  # ‖Δlogits‖ / ‖logits‖
    predictions_changed: float  # share of the pictures, 0..1
    loss: tuple[float, float]
    error: tuple[float, float]  # shares, 0..1
    first_gradient_ratio: float  # gradient norm at the first block, operated over intact
    parameters_lost: int  # that a gradient reached and does not reach any more


def compare(intact: EffectAnswer, operated: EffectAnswer) -> EffectComparison:
    """What the surgery did. NaN where numbers are not finite, and for a ratio to a gradient of 0.

    Where the intact logits are all 0, the change is 0 or infinite. ValueError unless both answers are about the same
    network, weights and pictures, the first without surgery.
    """
    if intact.question.surgery or replace(operated.question, surgery=Surgery()) != intact.question:
        raise ValueError("the answers differ in more than the surgery")
    before, after = (answer.logits.astype(np.float64) for answer in (intact, operated))
    return EffectComparison(
        output_change=_relative_change(before, after),
        predictions_changed=float((before.argmax(1) != after.argmax(1)).mean()),
        loss=(intact.gradients.loss, operated.gradients.loss),
        error=(intact.error, operated.error),
        first_gradient_ratio=_first_gradient_ratio(intact.gradients, operated.gradients),
        parameters_lost=intact.reached_parameters - operated.reached_parameters,
    )


def _relative_change(before: Floats, after: Floats) -> float:
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        return math.nan
    change, size = float(np.linalg.norm(after - before)), float(np.linalg.norm(before))
    return change / size if size else math.inf if change else 0.0


def _first_gradient_ratio(intact: GradientAnswer, operated: GradientAnswer) -> float:
    if not len(intact.gradient_norms):
        return math.nan
    before, after = float(intact.gradient_norms[0]), float(operated.gradient_norms[0])
    return after / before if before and math.isfinite(before) and math.isfinite(after) else math.nan


@dataclass(frozen=True, eq=False)
class LesionAnswer:
    """Error after deleting or swapping blocks; errors are shares 0..1 of `num_images` pictures not trained on.

    `amounts` are the numbers of blocks deleted or of pairs swapped, one a column of `errors`; in the study "single"
    there is one column a block, in execution order, and one row; NaN for a block that cannot be deleted.
    """

    question: LesionQuestion
    block_names: tuple[str, ...]
    stage_of_block: tuple[int, ...]  # index into stage_names
    stage_names: tuple[str, ...]
    keeps_shape: NDArray[np.bool_]  # (blocks,): whether the block gives the shape that it takes
    intact_error: float
    chance_error: float  # of always naming the most frequent class
    amounts: NDArray[np.int64]  # (columns,)
    errors: Floats  # (rows: draws, columns)
    kendall_tau: Floats  # (draws, columns): of the order of the blocks; NaN where nothing is reordered
    num_images: int
    forward_passes: float  # of whole networks, as far as blocks were run: what a shared beginning saves shows here
    seconds: float
    versions: Mapping[str, str]

    @property
    def costs(self) -> Floats:
        """Points of error above the intact network's, in percent."""
        return 100 * (self.errors - self.intact_error)


@dataclass(frozen=True, eq=False)
class PathAnswer:
    """The gradient at the first block's input as a sum over path lengths: the number of residual branches on the way.

    All arrays have one entry a length, 0 to L. `norms` are ‖g_k‖₂ of the part over all paths of length k, summed over
    the batch; the parts sum to the gradient, up to `sum_error` (relative). `sampled_norms` are Veit's: the mean norm of
    the gradient over single paths of that length, NaN where none was drawn.
    """

    question: PathQuestion
    num_shortcuts: int
    counts: tuple[int, ...]  # paths of each length, exact
    norms: Floats
    total_norm: float  # ‖gradient‖₂ by autograd
    sum_error: float
    sampled_norms: Floats
    sampled_spread: Floats  # standard deviation of the logarithm of those norms
    sampled_seconds: float
    seconds: float  # of the decomposition
    versions: Mapping[str, str]

    @property
    def energies(self) -> Floats:
        """Share of each length in Σ‖g_k‖²."""
        squares = self.norms**2
        return squares / squares.sum()

    @property
    def mean_length(self) -> float:
        """Mean number of residual branches, weighted by energy."""
        return float((np.arange(len(self.norms)) * self.energies).sum())
