"""ResNet v1 and its plain twins. CIFAR-10 errors are those of the paper's Table 6, 10-crop errors those of Tables 2 and
3; 1-crop errors stand beside the models that the authors released (github.com/KaimingHe/deep-residual-networks)."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import CIFAR_10, HE_2015, IMAGENET_1_CROP, IMAGENET_10_CROP
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import CifarResNetSpec, ResNetSpec

_STRIDE = N_(
    "The paper halves the picture in the first 1×1 convolution of a bottleneck block, torchvision in its 3×3 "
    "convolution; the latter is built unless Stride says otherwise."
)


def _as_published(depth: int) -> ResNetSpec:
    return ResNetSpec(depth=depth, stride_in="1x1")


VARIANTS = (
    Variant(ResNetSpec(depth=18), HE_2015, torchvision="resnet18", published=ResNetSpec(depth=18, shortcut="A")),
    Variant(ResNetSpec(depth=34), HE_2015, torchvision="resnet34"),
    Variant(ResNetSpec(depth=50), HE_2015, torchvision="resnet50", published=_as_published(50), difference=_STRIDE),
    Variant(ResNetSpec(depth=101), HE_2015, torchvision="resnet101", published=_as_published(101), difference=_STRIDE),
    Variant(ResNetSpec(depth=152), HE_2015, torchvision="resnet152", published=_as_published(152), difference=_STRIDE),
    *(Variant(ResNetSpec(depth=depth, shortcut="none"), HE_2015) for depth in (18, 34, 50, 101, 152)),
    *(Variant(CifarResNetSpec(depth=depth), HE_2015) for depth in CifarResNetSpec.LISTED),
    *(Variant(CifarResNetSpec(depth=depth, shortcut="none"), HE_2015) for depth in CifarResNetSpec.LISTED),
)

RESULTS = (
    Result(ResNetSpec(depth=18, shortcut="A"), HE_2015, IMAGENET_10_CROP, 27.88),
    Result(ResNetSpec(depth=18, shortcut="none"), HE_2015, IMAGENET_10_CROP, 27.94),
    Result(ResNetSpec(depth=34, shortcut="none"), HE_2015, IMAGENET_10_CROP, 28.54, macs=3.6e9),
    Result(ResNetSpec(depth=34, shortcut="A"), HE_2015, IMAGENET_10_CROP, 25.03),
    Result(ResNetSpec(depth=34, shortcut="B"), HE_2015, IMAGENET_10_CROP, 24.52, macs=3.6e9),
    Result(ResNetSpec(depth=34, shortcut="C"), HE_2015, IMAGENET_10_CROP, 24.19),
    Result(_as_published(50), HE_2015, IMAGENET_10_CROP, 22.85, macs=3.8e9),
    Result(_as_published(101), HE_2015, IMAGENET_10_CROP, 21.75, macs=7.6e9),
    Result(_as_published(152), HE_2015, IMAGENET_10_CROP, 21.43, macs=11.3e9),
    Result(_as_published(50), HE_2015, IMAGENET_1_CROP, 24.7),
    Result(_as_published(101), HE_2015, IMAGENET_1_CROP, 23.6),
    Result(_as_published(152), HE_2015, IMAGENET_1_CROP, 23.0),
    Result(CifarResNetSpec(depth=20), HE_2015, CIFAR_10, 8.75),
    Result(CifarResNetSpec(depth=32), HE_2015, CIFAR_10, 7.51),
    Result(CifarResNetSpec(depth=44), HE_2015, CIFAR_10, 7.17),
    Result(CifarResNetSpec(depth=56), HE_2015, CIFAR_10, 6.97),
    Result(CifarResNetSpec(depth=110), HE_2015, CIFAR_10, 6.43),
    Result(CifarResNetSpec(depth=1202), HE_2015, CIFAR_10, 7.93),
)
