"""Res2Net and Res2NeXt. Errors and costs on ImageNet are those of the authors' code release where it has them."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import CIFAR_100, GAO_2019, IMAGENET_1_CROP
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import CifarRes2NetSpec, CifarResNeXtSpec, Res2NetSpec, ResNetSpec

_WIRING = N_(
    "The paper passes on the first split of every block as it is (equation 1), its code the last one; the code has no "
    "ladder in the first block of a stage, where it pools the last split. The latter is built unless Wiring says "
    "otherwise."
)
_COUNT = N_(
    "Table 4 of the paper counts 1 to 7 % more parameters than are built here: it does not say how its blocks for "
    "CIFAR differ from those for ImageNet. The latter are built, as released unless Wiring says otherwise."
)

RES2NEXT_50 = Res2NetSpec(cardinality=8, width=4, scale=4)
FOR_CIFAR = tuple(
    CifarRes2NetSpec(cardinality=cardinality, width=width, scale=scale, squeeze_excitation=gated)
    for gated in (False, True)
    for cardinality, width, scale in ((6, 24, 4), (8, 25, 4), (6, 24, 6))
)

VARIANTS = (
    Variant(Res2NetSpec(width=26, scale=4), GAO_2019, timm="res2net50_26w_4s", difference=_WIRING),
    Variant(Res2NetSpec(width=48, scale=2), GAO_2019, timm="res2net50_48w_2s", difference=_WIRING),
    Variant(Res2NetSpec(width=14, scale=8), GAO_2019, timm="res2net50_14w_8s", difference=_WIRING),
    Variant(Res2NetSpec(width=26, scale=6), GAO_2019, timm="res2net50_26w_6s", difference=_WIRING),
    Variant(Res2NetSpec(width=26, scale=8), GAO_2019, timm="res2net50_26w_8s", difference=_WIRING),
    Variant(Res2NetSpec(width=18, scale=4), GAO_2019, difference=_WIRING),
    Variant(Res2NetSpec(depth=101, width=26, scale=4), GAO_2019, timm="res2net101_26w_4s", difference=_WIRING),
    Variant(RES2NEXT_50, GAO_2019, timm="res2next50", difference=_WIRING),
    Variant(Res2NetSpec(width=26, scale=4, squeeze_excitation=True), GAO_2019, difference=_WIRING),
    *(Variant(spec, GAO_2019, difference=_COUNT) for spec in FOR_CIFAR),
)

RESULTS = (
    Result(ResNetSpec(depth=50), GAO_2019, IMAGENET_1_CROP, 23.85, macs=4.2e9),
    Result(Res2NetSpec(width=48, scale=2), GAO_2019, IMAGENET_1_CROP, 22.68, macs=4.2e9),
    Result(Res2NetSpec(width=26, scale=4), GAO_2019, IMAGENET_1_CROP, 22.01, macs=4.2e9),
    Result(Res2NetSpec(width=14, scale=8), GAO_2019, IMAGENET_1_CROP, 21.86, macs=4.2e9),
    Result(Res2NetSpec(width=26, scale=6), GAO_2019, IMAGENET_1_CROP, 21.42, macs=6.3e9),
    Result(Res2NetSpec(width=26, scale=8), GAO_2019, IMAGENET_1_CROP, 20.80, macs=8.3e9),
    Result(Res2NetSpec(width=18, scale=4), GAO_2019, IMAGENET_1_CROP, 22.92, macs=2.9e9),
    Result(Res2NetSpec(depth=101, width=26, scale=4), GAO_2019, IMAGENET_1_CROP, 20.81, macs=8.1e9),
    Result(RES2NEXT_50, GAO_2019, IMAGENET_1_CROP, 21.76, macs=4.2e9),
    Result(Res2NetSpec(width=26, scale=4, squeeze_excitation=True), GAO_2019, IMAGENET_1_CROP, 21.56),
    Result(CifarResNeXtSpec(cardinality=8, width=64, num_classes=100), GAO_2019, CIFAR_100, 17.90),
    *(
        Result(spec, GAO_2019, CIFAR_100, error)
        for spec, error in zip(FOR_CIFAR, (16.98, 16.93, 16.79, 16.68, 16.64, 16.56), strict=True)
    ),
)
