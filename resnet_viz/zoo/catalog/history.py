"""LeNet-5, AlexNet and VGG. What is shown of VGG is what He et al. 2015 say of it (section 3.3 and Table 3)."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import HE_2015, IMAGENET_10_CROP, KRIZHEVSKY_2012, LECUN_1998, SIMONYAN_2014
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import AlexNetSpec, LeNetSpec, VGGSpec

_LENET = N_(
    "In the paper a pool scales and shifts its mean by trained numbers, C3 reads only some of the maps before it, and "
    "the output compares with drawn characters. Here pools average, C3 reads all maps and the output is linear."
)
_ALEXNET = N_(
    "The paper's network lies on two GPUs, so that most of its convolutions read half of the maps, and it normalises "
    "local responses. Built is torchvision's, which has one column as in Krizhevsky 2014 (arXiv:1404.5997)."
)
_VGG = N_(
    "torchvision averages the last maps to 7×7, so that pictures of other sizes fit; the paper does not. Here this is "
    "done too; at 224×224 it changes nothing."
)

VARIANTS = (
    Variant(LeNetSpec(), LECUN_1998, difference=_LENET),
    Variant(AlexNetSpec(), KRIZHEVSKY_2012, torchvision="alexnet", difference=_ALEXNET),
    *(Variant(VGGSpec(depth=n), SIMONYAN_2014, torchvision=f"vgg{n}", difference=_VGG) for n in (11, 13, 16, 19)),
)

RESULTS = (
    Result(VGGSpec(depth=16), HE_2015, IMAGENET_10_CROP, 28.07, macs=15.3e9),
    Result(VGGSpec(depth=19), HE_2015, macs=19.6e9),
)
