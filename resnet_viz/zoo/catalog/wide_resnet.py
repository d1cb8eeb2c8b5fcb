"""Wide ResNets. Errors with whitened pictures and with pictures of standardised channels are not comparable."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import IMAGENET_1_CROP, ZAGORUYKO_2016
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import WideBottleneckSpec, WideResNetSpec

_SPLIT = N_(
    "In the paper's equation a block adds its input itself. Where the number of channels changes, the released code "
    "applies batch norm and ReLU first and gives the result to the 1×1 projection and to the branch; this is built."
)

CIFAR_10_ZCA = N_("CIFAR-10 test, ZCA whitening")
CIFAR_100_ZCA = N_("CIFAR-100 test, ZCA whitening")
CIFAR_10_MEAN_STD = N_("CIFAR-10 test, mean/std preprocessing")
CIFAR_100_MEAN_STD = N_("CIFAR-100 test, mean/std preprocessing")
CIFAR_10_BLOCKS = N_("CIFAR-10 test, comparison of blocks")


def _wrn(depth: int, widen_factor: int, **changes: str | float) -> WideResNetSpec:
    return WideResNetSpec(depth=depth, widen_factor=widen_factor).replace(**changes)


_40_4, _28_10 = _wrn(40, 4), _wrn(28, 10)

VARIANTS = (
    Variant(_wrn(16, 8), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_wrn(16, 10), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_wrn(22, 8), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_wrn(22, 10), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_28_10, ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_wrn(28, 12), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_wrn(40, 1), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_wrn(40, 2), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_40_4, ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_wrn(40, 8), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(_wrn(40, 2, block_type="b31"), ZAGORUYKO_2016, difference=_SPLIT),
    Variant(WideBottleneckSpec(depth=50, widen_factor=2), ZAGORUYKO_2016, torchvision="wide_resnet50_2"),
    Variant(WideBottleneckSpec(depth=101, widen_factor=2), ZAGORUYKO_2016, torchvision="wide_resnet101_2"),
)

RESULTS = (
    Result(_40_4, ZAGORUYKO_2016, CIFAR_10_ZCA, 4.97),
    Result(_40_4, ZAGORUYKO_2016, CIFAR_10_MEAN_STD, 4.53),
    Result(_40_4.replace(num_classes=100), ZAGORUYKO_2016, CIFAR_100_ZCA, 22.89),
    Result(_40_4.replace(num_classes=100), ZAGORUYKO_2016, CIFAR_100_MEAN_STD, 21.18),
    Result(_28_10, ZAGORUYKO_2016, CIFAR_10_ZCA, 4.17),
    Result(_28_10, ZAGORUYKO_2016, CIFAR_10_MEAN_STD, 4.0),
    Result(_28_10.replace(dropout=0.3), ZAGORUYKO_2016, CIFAR_10_MEAN_STD, 3.89),
    Result(_28_10.replace(num_classes=100), ZAGORUYKO_2016, CIFAR_100_ZCA, 20.5),
    Result(_28_10.replace(num_classes=100), ZAGORUYKO_2016, CIFAR_100_MEAN_STD, 19.25),
    Result(_28_10.replace(num_classes=100, dropout=0.3), ZAGORUYKO_2016, CIFAR_100_MEAN_STD, 18.85),
    Result(_wrn(40, 2, block_type="b31"), ZAGORUYKO_2016, CIFAR_10_BLOCKS, 5.78),
    Result(WideBottleneckSpec(depth=50, widen_factor=2), ZAGORUYKO_2016, IMAGENET_1_CROP, 21.9),
)
