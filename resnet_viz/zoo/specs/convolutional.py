"""What every family of convolutional networks lets one choose about its layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_viz.text import N_
from resnet_viz.zoo.specs.base import NetworkSpec
from resnet_viz.zoo.specs.fields import choice, number, switch

ACTIVATIONS = ("relu", "tanh", "sigmoid")
INITS = {
    "he": N_("He: variance 2 / fan-out"),
    "xavier": N_("Xavier: 2 / (fan-in + fan-out)"),
    "normal": N_("normal, one σ for all layers"),
}


@dataclass(frozen=True, kw_only=True)
class ConvolutionalSpec(NetworkSpec):
    """A network whose convolutions may have a batch norm, and whose activation and initialisation can be chosen."""

    RANK: ClassVar[int] = 1

    batch_norm: bool = switch(True, N_("Batch norm"), N_("A batch norm after every convolution"))
    activation: str = choice("relu", ACTIVATIONS, N_("Activation"), N_("The non-linearity after every convolution"))
    init: str = choice("he", INITS, N_("Initialisation"), N_("Where the weights of the convolutions are drawn from"))
    init_std: float = number(
        0.01, 1e-4, 1.0, N_("Standard deviation"), N_("Standard deviation σ of every weight at initialisation")
    )

    def applies(self, name: str) -> bool:
        return name != "init_std" or self.init == "normal"
