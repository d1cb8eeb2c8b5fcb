"""What was measured: numpy arrays with the question, and the versions of what made them. Without torch."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from resnet_viz.probes.questions import GradientQuestion

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class GradientAnswer:
    """Size of the signal at the output of every block, first block first; all arrays have one entry a block.

    `gradient_norms` are ‖∂loss/∂output‖₂ over the whole batch, `activation_rms` the root mean square of the output. A
    zero among them is a zero of the network's own float32 numbers and not of the measurement.
    `weight_gradient_norms` are ‖∂loss/∂weights‖₂ over all parameters of the block, NaN for a block without any.
    `connected` is False where no path leads from the block to the loss, or from a weight to the block (a shortcut is
    cut and its branch dropped): the gradient is 0 there by construction, which is no underflow.
    """

    question: GradientQuestion
    block_names: tuple[str, ...]
    stage_of_block: tuple[int, ...]  # index into stage_names
    stage_names: tuple[str, ...]
    gradient_norms: Floats
    activation_rms: Floats
    weight_gradient_norms: Floats
    connected: Booleans
    loss: float
    output_gradient_norm: float  # ‖∂loss/∂logits‖₂: what the gradient starts from
    zero_weights: tuple[str, ...]  # parameters that begin as zeros, so that an exact 0 behind them is no underflow
    blocking_weights: tuple[str, ...]  # those of them through which every way from a block of gradient 0 to the loss is
    seconds: float  # of the whole measurement
    versions: Mapping[str, str]

    @property
    def underflow(self) -> Booleans:
        """Blocks whose gradient is exactly 0 although the loss has one: too small for float32.

        None where a zero may have another reason: in a network that is cut through (what follows the cut sees a
        constant, and a ReLU at 0 passes no gradient), or that begins with weights of 0.
        """
        by_construction = bool(self.zero_weights) or not self.connected.all()
        return (self.gradient_norms == 0) & (self.output_gradient_norm != 0) & (not by_construction)

    @property
    def overflow(self) -> Booleans:
        """Blocks whose gradient is infinite or not a number: too large for float32, here or on the way."""
        return ~np.isfinite(self.gradient_norms)

    @property
    def first_to_last(self) -> float:
        """Gradient norm at the first block over that at the last; NaN where either is 0 or not finite."""
        if not len(self.gradient_norms):
            return math.nan
        first, last = float(self.gradient_norms[0]), float(self.gradient_norms[-1])
        usable = math.isfinite(first) and math.isfinite(last) and first > 0 and last > 0
        return first / last if usable else math.nan

    def to_dict(self) -> dict[str, Any]:
        """A JSON document: one row a block; what is not finite as a word ("inf", "nan")."""
        question = self.question
        choices = ("images", "image_size", "batch_size", "batch_norm_mode", "seed")
        return {
            "network": question.network.label,
            "surgery": dataclasses.asdict(question.surgery),
            **{name: getattr(question, name) for name in choices},
            "loss": _json(self.loss),
            "output_gradient_norm": _json(self.output_gradient_norm),
            "zero_weights": list(self.zero_weights),
            "blocking_weights": list(self.blocking_weights),
            "seconds": round(self.seconds, 4),
            "versions": dict(self.versions),
            "blocks": [self._row(index) for index in range(len(self.block_names))],
        }  # fmt: skip

    def _row(self, index: int) -> dict[str, Any]:
        return {
            "name": self.block_names[index],
            "stage": self.stage_names[self.stage_of_block[index]],
            "gradient_norm": _json(self.gradient_norms[index]),
            "activation_rms": _json(self.activation_rms[index]),
            "weight_gradient_norm": _json(self.weight_gradient_norms[index]),
            "underflow": bool(self.underflow[index]),
            "overflow": bool(self.overflow[index]),
            "connected": bool(self.connected[index]),
        }


def _json(number: float) -> float | str:
    """A float that JSON can hold, or its name."""
    return float(number) if math.isfinite(number) else str(float(number))
