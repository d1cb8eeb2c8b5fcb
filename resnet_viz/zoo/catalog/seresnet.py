"""SE-ResNet. The error is the one that the Res2Net authors' code release gives beside their own (Gao et al. 2019)."""

from __future__ import annotations

from resnet_viz.zoo.catalog.papers import GAO_2019, HU_2017, IMAGENET_1_CROP
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import SEResNetSpec

VARIANTS = (
    Variant(SEResNetSpec(depth=50), HU_2017, timm="seresnet50"),
    Variant(SEResNetSpec(depth=101), HU_2017, timm="seresnet101"),
    Variant(SEResNetSpec(depth=152), HU_2017, timm="seresnet152"),
)

RESULTS = (Result(SEResNetSpec(depth=50), GAO_2019, IMAGENET_1_CROP, 23.24),)
