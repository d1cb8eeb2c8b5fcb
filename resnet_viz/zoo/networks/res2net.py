"""Res2Net and Res2NeXt (Gao et al. 2019): a bottleneck with a ladder of splits in place of its 3×3 convolution.

The paper's equation 1 and the authors' code are two wirings of the same convolutions, `PaperSplits` and
`ReleasedSplits`; the latter takes the first block of every stage out of the ladder, `ReleasedFirstSplits`. The sums
inside a ladder are no shortcuts: what they add belongs to the residual branch.

The paper does not say how its ladder meets a stride. Its first split is passed on untouched, so that the splits must
have the small size before they part: in the paper's wiring the first 1×1 convolution takes the stride, as in the
bottleneck of He et al. 2015, and equation 1 then holds in every block as it is printed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import (
    ACTIVATIONS,
    Network,
    Place,
    ResidualBlock,
    SqueezeExcitation,
    convolution,
    make_shortcut,
    v1_parts,
)
from resnet_viz.zoo.specs.res2net import SplitSpec

REDUCTION = 16  # channels of a block for every channel between the two convolutions of its excitation


class Splits(nn.ModuleList):
    """The convolutions K of s splits of equal width: s - 1 of them, each with batch norm and activation."""

    def __init__(self, spec: SplitSpec, width: int, stride: int = 1) -> None:
        super().__init__(
            nn.Sequential(
                OrderedDict(
                    **convolution(spec.batch_norm, "", width, width, 3, stride, groups=spec.cardinality),
                    relu=ACTIVATIONS[spec.activation](),
                )
            )
            for _ in range(spec.scale - 1)
        )
        self.scale = spec.scale

    def ladder(self, splits: Sequence[Tensor]) -> list[Tensor]:
        """K(x) of the first split; K(x + what the split before it gave) of all others."""
        given: list[Tensor] = []
        for K, x in zip(self, splits, strict=True):
            given.append(K(x + given[-1]) if given else K(x))
        return given


class PaperSplits(Splits):
    """y1 = x1, y2 = K2(x2), and yi = Ki(xi + y(i-1)) from the third on: equation 1."""

    def forward(self, x: Tensor) -> Tensor:  # (N, s·w, H, W) -> (N, s·w, H, W)
        x1, *others = x.chunk(self.scale, dim=1)
        return torch.cat([x1, *self.ladder(others)], dim=1)


class ReleasedSplits(Splits):
    """y1 = K1(x1), yi = Ki(xi + y(i-1)), and ys = xs: the last split is the untouched one."""

    def forward(self, x: Tensor) -> Tensor:  # (N, s·w, H, W) -> (N, s·w, H, W)
        *others, xs = x.chunk(self.scale, dim=1)
        return torch.cat([*self.ladder(others), xs], dim=1)


class ReleasedFirstSplits(Splits):
    """yi = Ki(xi), where the last K is a 3×3 average pool: no ladder in the first block of a stage. Each K has the
    block's stride."""

    def __init__(self, spec: SplitSpec, width: int, stride: int) -> None:
        super().__init__(spec, width, stride)
        self.append(nn.AvgPool2d(kernel_size=3, stride=stride, padding=1))

    def forward(self, x: Tensor) -> Tensor:  # (N, s·w, H, W) -> (N, s·w, H/stride, W/stride)
        return torch.cat([K(xi) for K, xi in zip(self, x.chunk(self.scale, dim=1), strict=True)], dim=1)


class Res2NetBottleneck(ResidualBlock):
    """1×1 to all splits, the splits, 1×1 up to four times the stage's channels, and squeeze and excitation if asked."""

    def __init__(self, spec: SplitSpec, place: Place) -> None:
        super().__init__()
        width, out_channels = spec.split_channels(place.channels), place.channels * spec.expansion
        splits: Splits
        if spec.wiring == "paper":
            splits = PaperSplits(spec, width)
        elif place.stride != 1 or place.in_channels != out_channels:
            splits = ReleasedFirstSplits(spec, width, place.stride)
        else:
            splits = ReleasedSplits(spec, width)
        stride = place.stride if spec.wiring == "paper" else 1
        gate = {"se": SqueezeExcitation(out_channels, out_channels // REDUCTION)} if spec.squeeze_excitation else {}
        self.residual = nn.Sequential(
            OrderedDict(
                **convolution(spec.batch_norm, "1", place.in_channels, width * spec.scale, 1, stride),
                relu1=ACTIVATIONS[spec.activation](),
                splits=splits,
                **convolution(spec.batch_norm, "3", width * spec.scale, out_channels, 1),
                **gate,
            )
        )
        self.shortcut = make_shortcut(spec, place.in_channels, out_channels, place.stride)
        self.relu = ACTIVATIONS[spec.activation]()


def res2net(spec: SplitSpec) -> Network:
    """A Res2Net or Res2NeXt, for ImageNet or for CIFAR, or its plain twin."""
    return Network(spec, v1_parts(spec, lambda place: Res2NetBottleneck(spec, place)))
