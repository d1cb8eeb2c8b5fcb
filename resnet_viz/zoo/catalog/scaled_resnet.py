"""ResNets for CIFAR whose branches are scaled: one entry a method."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import BACHLECHNER_2020, BALDUZZI_2017, DE_SMITH_2020, ZHANG_2019
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import ScaledResNetSpec

_FIXUP = N_(
    "In the authors' code a shortcut that changes the shape reads the block's input after the first bias; "
    "here every shortcut reads the input itself. As in that code no bias stands before the first convolution."
)

VARIANTS = (
    Variant(ScaledResNetSpec(scaling="beta", depth=110), BALDUZZI_2017),
    Variant(ScaledResNetSpec(scaling="fixup", depth=110), ZHANG_2019, difference=_FIXUP),
    Variant(ScaledResNetSpec(scaling="skipinit", depth=110), DE_SMITH_2020),
    Variant(ScaledResNetSpec(scaling="rezero", depth=110), BACHLECHNER_2020),
)

RESULTS: tuple[Result, ...] = ()
