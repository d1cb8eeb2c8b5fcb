"""ResNets of stochastic depth."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import HUANG_2016
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import StochasticDepthSpec

_CODE = N_(
    "The released code averages 2×2 pixels on a shortcut that halves the picture, and does not compute a branch that "
    "it drops. Here every second pixel is taken, as in ResNet v1, and a dropped branch is multiplied by 0."
)

VARIANTS = (Variant(StochasticDepthSpec(depth=110), HUANG_2016, difference=_CODE),)

RESULTS: tuple[Result, ...] = ()
