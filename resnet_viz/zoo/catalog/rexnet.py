"""ReXNet. Errors and costs are those of the table of models in the authors' code release, all at 224×224."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import HAN_2020, IMAGENET_RELEASE
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import ReXNetSpec

_COST_150 = N_(
    "The authors' table of released models gives this network 0.66 billion multiply-adds and 7.6 million parameters, "
    "which are those of ×1.3; their comparison with EfficientNet gives the right ones, 0.88 and 9.7."
)
_COST_200 = N_(
    "The authors' comparison with EfficientNet gives this network 1.8 billion multiply-adds and 19 million parameters, "
    "which are those of ×2.2; their table of released models gives the right ones, 1.5 and 16."
)

VARIANTS = (
    Variant(ReXNetSpec(width_mult=0.9), HAN_2020),
    Variant(ReXNetSpec(width_mult=1.0), HAN_2020, timm="rexnet_100"),
    Variant(ReXNetSpec(width_mult=1.3), HAN_2020, timm="rexnet_130"),
    Variant(ReXNetSpec(width_mult=1.5), HAN_2020, timm="rexnet_150", difference=_COST_150),
    Variant(ReXNetSpec(width_mult=2.0), HAN_2020, timm="rexnet_200", difference=_COST_200),
    Variant(ReXNetSpec(width_mult=2.2), HAN_2020),
    Variant(ReXNetSpec(width_mult=3.0), HAN_2020, timm="rexnet_300"),
)

RESULTS = (
    Result(ReXNetSpec(width_mult=1.0), HAN_2020, IMAGENET_RELEASE, 22.1, macs=0.40e9),
    Result(ReXNetSpec(width_mult=1.3), HAN_2020, IMAGENET_RELEASE, 20.5, macs=0.66e9),
    Result(ReXNetSpec(width_mult=1.5), HAN_2020, IMAGENET_RELEASE, 19.7, macs=0.88e9),
    Result(ReXNetSpec(width_mult=2.0), HAN_2020, IMAGENET_RELEASE, 18.4, macs=1.5e9),
    Result(ReXNetSpec(width_mult=3.0), HAN_2020, IMAGENET_RELEASE, 17.2, macs=3.4e9),
)
