"""UniPose: a ResNet in a network for the joints of the body."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import ARTACHO_2020
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import UniPoseSpec

_CODE = N_(
    "The backbone is a ResNet, not a Res2Net. The released code is built: of the dilations 24, 18, 12 and 6 in it the "
    "first has no effect, as it is that of a 1×1 convolution, and one 1×1 convolution is applied twice to each step."
)

VARIANTS = (
    Variant(UniPoseSpec(depth=50), ARTACHO_2020, difference=_CODE),
    Variant(UniPoseSpec(depth=101), ARTACHO_2020, difference=_CODE),
)

RESULTS: tuple[Result, ...] = ()
