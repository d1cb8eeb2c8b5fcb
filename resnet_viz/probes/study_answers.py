"""What the Shortcut lab measures: effect, lesions, paths. Values as in `probes.answers`, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resnet_viz.probes.answers import Floats, GradientAnswer

if TYPE_CHECKING:
    from resnet_viz.probes.questions import EffectQuestion, LesionQuestion, PathQuestion


@dataclass(frozen=True, eq=False)
class EffectAnswer:
    """What one network gives for a batch, and what reaches its parameters."""

    question: EffectQuestion
    gradients: GradientAnswer  # norms at every block, with the loss
    correlation: Floats  # (blocks,): mean correlation between the gradients at the block of two pictures
    logits: NDArray[np.float32]  # (N, classes)
    error: float  # share of the batch whose largest score is not its label's, 0..1
    reached_parameters: int  # parameters with a gradient other than 0 in some number
    num_parameters: int
    seconds: float
    versions: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class LesionAnswer:
    """Error after deleting or swapping blocks; errors are shares 0..1 of `num_images` pictures not trained on.

    `amounts` are the numbers of blocks deleted or of pairs swapped, one a column of `errors`; in the study "single"
    there is one column a block, in execution order, and one row.
    """

    question: LesionQuestion
    block_names: tuple[str, ...]
    stage_of_block: tuple[int, ...]  # index into stage_names
    stage_names: tuple[str, ...]
    keeps_shape: NDArray[np.bool_]  # (blocks,): whether the block's shortcut is an identity
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
