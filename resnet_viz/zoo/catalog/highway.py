"""Highway networks."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import SRIVASTAVA_2015
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import HighwaySpec

_STAGES = N_(
    "The layer, the gates' negative bias at the start, and plain layers where the shape changes are the paper's. "
    "Stages and widths are those of a ResNet for CIFAR, so that networks of equal depth can be compared."
)

VARIANTS = tuple(Variant(HighwaySpec(depth=depth), SRIVASTAVA_2015, difference=_STAGES) for depth in (20, 32, 56))

RESULTS: tuple[Result, ...] = ()
