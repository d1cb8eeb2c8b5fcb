"""SE-ResNet (Hu, Shen, Albanie, Sun, Wu 2017, arXiv:1709.01507): each block weighs the channels of its branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_viz.text import N_
from resnet_viz.zoo.specs.fields import choice
from resnet_viz.zoo.specs.resnet import ImageNetSpec


@dataclass(frozen=True, kw_only=True)
class SEResNetSpec(ImageNetSpec):
    """One ResNet v1 whose residual branches end with a squeeze-and-excitation, before the addition."""

    family: ClassVar[str] = N_("SE-ResNet for ImageNet")
    NAME: ClassVar[str] = "seresnet{depth}"

    reduction: int = choice(
        16,
        (1, 2, 4, 8, 16, 32, 64),  # the divisors of 64, the fewest channels that a block gives
        N_("Reduction"),
        N_("The excitation has so many times fewer channels inside; it divides the channels of every block"),
    )
