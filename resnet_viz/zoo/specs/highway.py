"""Highway networks (Srivastava, Greff, Schmidhuber 2015, arXiv:1505.00387), with the stages of a ResNet for CIFAR."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from resnet_viz.text import N_
from resnet_viz.zoo.specs.convolutional import ConvolutionalSpec
from resnet_viz.zoo.specs.fields import choice, class_count, image_side, integer, number, switch

CARRIES = {
    "coupled": N_("coupled: C = 1 − T"),
    "own": N_("a gate of its own"),
    "none": N_("none: a plain network"),
}


@dataclass(frozen=True, kw_only=True)
class HighwaySpec(ConvolutionalSpec):
    """One convolutional highway network: 3n+2 layers with weights, the gates beside them not counted.

    The first convolution and the classifier stand outside the three stages of n layers with 16, 32 and 64 channels.
    Where the shape changes, in the first layer of the second and third stage, nothing can be carried: there stands a
    plain layer, as in the paper.
    """

    RANK: ClassVar[int] = 0
    family: ClassVar[str] = N_("Highway network")
    NAME: ClassVar[str] = "highway{depth}"

    num_classes: int = class_count(10)
    image_size: int = image_side(32)
    depth: int = integer(
        20,
        8,
        1202,
        N_("Depth"),
        N_("Layers with weights, gates not counted: 3n+2 for n layers a stage"),
        step=3,
        allowed=N_("3n+2 from 8 to 1202"),
    )
    carry: str = choice(
        "coupled", CARRIES, N_("Carry gate"), N_("What the input is multiplied with: y = H(x)·T(x) + x·C(x)")
    )
    gate_bias: float = number(
        -2.0,
        -10.0,
        0.0,
        N_("Gate bias"),
        N_("Bias of the transform gate at initialisation: the more negative, the more of the input is carried on"),
    )
    batch_norm: bool = switch(False, N_("Batch norm"), N_("A batch norm after every convolution that is no gate"))

    @property
    def stage_layers(self) -> tuple[int, ...]:
        """Layers in each stage, highway or plain."""
        return ((self.depth - 2) // 3,) * 3

    @property
    def stage_channels(self) -> tuple[int, ...]:
        """Channels of the layers in each stage."""
        return 16, 32, 64

    @property
    def num_shortcuts(self) -> int:
        """One a layer, but for the first layers of the second and third stage."""
        return 0 if self.is_plain else sum(self.stage_layers) - 2

    @property
    def is_plain(self) -> bool:
        return self.carry == "none"

    def without_shortcuts(self) -> Self:
        return replace(self, carry="none")

    def with_shortcuts(self) -> Self:
        """The network with a coupled gate; itself where it has gates."""
        return replace(self, carry="coupled") if self.is_plain else self

    def applies(self, name: str) -> bool:
        return super().applies(name) and (name != "gate_bias" or not self.is_plain)
