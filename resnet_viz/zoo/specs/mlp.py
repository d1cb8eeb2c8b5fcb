"""Multilayer perceptrons on which shattered gradients are studied (Balduzzi et al. 2017, arXiv:1702.08591)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from resnet_viz.text import N_
from resnet_viz.zoo.specs.base import NetworkSpec
from resnet_viz.zoo.specs.convolutional import ACTIVATIONS
from resnet_viz.zoo.specs.fields import choice, class_count, image_side, integer, number

KINDS = {
    "plain": N_("plain"),
    "plain_mean_bn": N_("plain, mean-only batch norm"),
    "plain_bn": N_("plain, batch norm"),
    "residual": N_("residual"),
    "residual_mean_bn": N_("residual, mean-only batch norm"),
    "residual_bn": N_("residual, batch norm"),
    "looks_linear": N_("looks-linear: CReLU, [W, −W]"),
}


@dataclass(frozen=True, kw_only=True)
class MLPSpec(NetworkSpec):
    """One multilayer perceptron: a linear layer that reads every pixel, L equal blocks, a linear classifier."""

    RANK: ClassVar[int] = 0
    family: ClassVar[str] = N_("Multilayer perceptron")
    NAME: ClassVar[str] = "mlp_{kind}"

    kind: str = choice("residual_bn", KINDS, N_("Kind"), N_("What a block is"))
    num_blocks: int = integer(32, 1, 1000, N_("Depth L"), N_("Blocks, the first and the last linear layer not counted"))
    width: int = integer(128, 4, 4096, N_("Width"), N_("Units of every layer"))
    beta: float = number(1.0, 1e-3, 1.0, N_("Branch factor β"), N_("What every residual branch is multiplied by"))
    activation: str = choice("relu", ACTIVATIONS, N_("Activation"), N_("The non-linearity of every block"))
    in_channels: int = integer(1, 1, 16, N_("Input channels"), N_("Channels of a picture: 3 for colour, 1 for grey"))
    num_classes: int = class_count(10)
    image_size: int = image_side(8)

    @property
    def norm(self) -> str:
        """What normalises the input of a block: "bn", "mean_bn" (the mean alone), or nothing, ""."""
        return "" if self.kind == "looks_linear" else self.kind.partition("_")[2]

    @property
    def is_residual(self) -> bool:
        """Whether a block adds its input to what it computes."""
        return self.kind.startswith("residual")

    @property
    def depth(self) -> int:
        """One layer a block, and the first and the last."""
        return self.num_blocks + 2

    @property
    def num_shortcuts(self) -> int:
        return self.num_blocks if self.is_residual else 0

    @property
    def is_plain(self) -> bool:
        return not self.is_residual

    @property
    def is_tied_to_image_size(self) -> bool:
        return True

    def without_shortcuts(self) -> Self | None:
        return self._twin("plain")

    def with_shortcuts(self) -> Self | None:
        return self if self.is_residual else self._twin("residual")

    def _twin(self, word: str) -> Self | None:
        if self.kind == "looks_linear":
            return None
        return replace(self, kind=f"{word}_{self.norm}" if self.norm else word)

    def applies(self, name: str) -> bool:
        if name == "beta":
            return self.is_residual
        return name != "activation" or self.kind != "looks_linear"
