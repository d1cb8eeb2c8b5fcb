"""ResNeXt. Errors on ImageNet are those of the paper's Tables 3 and 4, without shortcuts those in its section 5.1.

Errors on CIFAR are those of its Table 7. Costs are those of its authors' code release.
"""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import CIFAR_10, CIFAR_100, IMAGENET_1_CROP, XIE_2016
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import CifarResNeXtSpec, ResNeXtSpec

_NOT_IN_PAPER = N_(
    "This width is not one of the paper's, which doubles the cost of ResNeXt-101 as 2x64d and as 64x4d; it is a "
    "network of torchvision."
)
_CIFAR_BLOCK = N_(
    "The paper's CIFAR figures are of blocks with pre-activation; its authors' code release has the original blocks "
    "and finds them better. The latter are built."
)


def _imagenet(depth: int, cardinality: int, width: int, shortcut: str = "B") -> ResNeXtSpec:
    return ResNeXtSpec(depth=depth, cardinality=cardinality, width=width, shortcut=shortcut)


_WIDE = CifarResNeXtSpec(cardinality=16, width=64)

VARIANTS = (
    Variant(_imagenet(50, 1, 64), XIE_2016),
    Variant(_imagenet(50, 2, 40), XIE_2016),
    Variant(_imagenet(50, 4, 24), XIE_2016),
    Variant(_imagenet(50, 8, 14), XIE_2016),
    Variant(_imagenet(50, 32, 4), XIE_2016, torchvision="resnext50_32x4d"),
    Variant(_imagenet(101, 1, 64), XIE_2016),
    Variant(_imagenet(101, 2, 40), XIE_2016),
    Variant(_imagenet(101, 4, 24), XIE_2016),
    Variant(_imagenet(101, 8, 14), XIE_2016),
    Variant(_imagenet(101, 32, 4), XIE_2016, timm="resnext101_32x4d"),
    Variant(_imagenet(101, 1, 100), XIE_2016),
    Variant(_imagenet(101, 2, 64), XIE_2016),
    Variant(_imagenet(101, 64, 4), XIE_2016, torchvision="resnext101_64x4d"),
    Variant(_imagenet(101, 32, 8), XIE_2016, torchvision="resnext101_32x8d", difference=_NOT_IN_PAPER),
    Variant(CifarResNeXtSpec(), XIE_2016, difference=_CIFAR_BLOCK),
    Variant(_WIDE, XIE_2016, difference=_CIFAR_BLOCK),
)

RESULTS = (
    Result(_imagenet(50, 1, 64), XIE_2016, IMAGENET_1_CROP, 23.9, macs=4.1e9),
    Result(_imagenet(50, 2, 40), XIE_2016, IMAGENET_1_CROP, 23.0),
    Result(_imagenet(50, 4, 24), XIE_2016, IMAGENET_1_CROP, 22.6),
    Result(_imagenet(50, 8, 14), XIE_2016, IMAGENET_1_CROP, 22.3),
    Result(_imagenet(50, 32, 4), XIE_2016, IMAGENET_1_CROP, 22.2, macs=4.1e9),
    Result(_imagenet(50, 1, 64, shortcut="none"), XIE_2016, IMAGENET_1_CROP, 31.2),
    Result(_imagenet(50, 32, 4, shortcut="none"), XIE_2016, IMAGENET_1_CROP, 26.1),
    Result(_imagenet(101, 1, 64), XIE_2016, IMAGENET_1_CROP, 22.0, macs=7.8e9),
    Result(_imagenet(101, 2, 40), XIE_2016, IMAGENET_1_CROP, 21.7),
    Result(_imagenet(101, 4, 24), XIE_2016, IMAGENET_1_CROP, 21.4),
    Result(_imagenet(101, 8, 14), XIE_2016, IMAGENET_1_CROP, 21.3),
    Result(_imagenet(101, 32, 4), XIE_2016, IMAGENET_1_CROP, 21.2, macs=7.8e9),
    Result(_imagenet(101, 1, 100), XIE_2016, IMAGENET_1_CROP, 21.3),
    Result(_imagenet(101, 2, 64), XIE_2016, IMAGENET_1_CROP, 20.7),
    Result(_imagenet(101, 64, 4), XIE_2016, IMAGENET_1_CROP, 20.4, macs=15.6e9),
    Result(CifarResNeXtSpec(), XIE_2016, CIFAR_10, 3.65),
    Result(CifarResNeXtSpec(num_classes=100), XIE_2016, CIFAR_100, 17.77),
    Result(_WIDE, XIE_2016, CIFAR_10, 3.58),
    Result(_WIDE.replace(num_classes=100), XIE_2016, CIFAR_100, 17.31),
)
