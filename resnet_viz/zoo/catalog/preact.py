"""ResNet v2. CIFAR-10 errors are those of the paper's Tables 1 to 3: for 110 and 164 layers the median of 5 runs."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import CIFAR_10, CIFAR_100, HE_2016
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import PreActSpec

_BASIC = N_(
    "The released code has bottleneck blocks only. Here basic blocks follow the paper: the first unit is activated "
    "before the split, the last after its addition; where shapes change, the shortcut is padded with zeros."
)
_BOTTLENECK = N_(
    "The paper gives only the first unit an activation before the split. In the released code, which is built here, "
    "every unit that changes the width has it, and a 1×1 convolution without batch norm as its shortcut."
)


def _of(depth: int, **changes: object) -> PreActSpec:
    entry = PreActSpec.from_name(f"preact_resnet{depth}")
    assert entry is not None
    return entry.replace(**changes)


VARIANTS = (
    Variant(_of(110), HE_2016, difference=_BASIC),
    Variant(_of(164), HE_2016, difference=_BOTTLENECK),
    Variant(_of(1001), HE_2016, difference=_BOTTLENECK),
)


def _shortcut(kind: str, **changes: object) -> PreActSpec:
    """A row of Table 1: ResNet-110 in the original arrangement, every shortcut changed."""
    return _of(110, arrangement="a", shortcut=kind, **changes)


TABLE_1 = (
    Result(_shortcut("identity"), HE_2016, CIFAR_10, 6.61),
    Result(_shortcut("scaled", shortcut_scale=0), HE_2016, CIFAR_10, fails=True),
    Result(_shortcut("scaled", shortcut_scale=0.5), HE_2016, CIFAR_10, fails=True),
    Result(_shortcut("scaled", shortcut_scale=0.5, branch_scale=0.5), HE_2016, CIFAR_10, 12.35),
    *(Result(_shortcut("exclusive", gate_bias=bias), HE_2016, CIFAR_10, fails=True) for bias in range(0, -6, -1)),
    Result(_shortcut("exclusive", gate_bias=-6), HE_2016, CIFAR_10, 8.70),
    Result(_shortcut("exclusive", gate_bias=-7), HE_2016, CIFAR_10, 9.81),
    Result(_shortcut("shortcut_only", gate_bias=0), HE_2016, CIFAR_10, 12.86),
    Result(_shortcut("shortcut_only", gate_bias=-6), HE_2016, CIFAR_10, 6.91),
    Result(_shortcut("1x1"), HE_2016, CIFAR_10, 12.22),
    Result(_shortcut("dropout", dropout=0.5), HE_2016, CIFAR_10, fails=True),
)
_TABLE_2 = (  # (a) of 110 layers stands in Table 1 too
    Result(_of(110, arrangement="b"), HE_2016, CIFAR_10, 8.17),
    Result(_of(110, arrangement="c"), HE_2016, CIFAR_10, 7.84),
    Result(_of(110, arrangement="d"), HE_2016, CIFAR_10, 6.71),
    Result(_of(110), HE_2016, CIFAR_10, 6.37),
    Result(_of(164, arrangement="a"), HE_2016, CIFAR_10, 5.93),
    Result(_of(164, arrangement="b"), HE_2016, CIFAR_10, 6.50),
    Result(_of(164, arrangement="c"), HE_2016, CIFAR_10, 6.14),
    Result(_of(164, arrangement="d"), HE_2016, CIFAR_10, 5.91),
    Result(_of(164), HE_2016, CIFAR_10, 5.46),
)
_TABLE_3 = (
    Result(_of(1001, arrangement="a"), HE_2016, CIFAR_10, 7.61),
    Result(_of(1001), HE_2016, CIFAR_10, 4.92),
    Result(_of(164, arrangement="a", num_classes=100), HE_2016, CIFAR_100, 25.16),
    Result(_of(164, num_classes=100), HE_2016, CIFAR_100, 24.33),
    Result(_of(1001, arrangement="a", num_classes=100), HE_2016, CIFAR_100, 27.82),
    Result(_of(1001, num_classes=100), HE_2016, CIFAR_100, 22.71),
)

RESULTS = (*TABLE_1, *_TABLE_2, *_TABLE_3)
