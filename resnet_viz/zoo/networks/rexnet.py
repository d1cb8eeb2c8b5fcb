"""ReXNet (Han et al. 2020): inverted bottlenecks whose shortcut reaches the first channels of the output only."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

import torch
from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import Network, SqueezeExcitation, convolution
from resnet_viz.zoo.specs import ReXNetSpec
from resnet_viz.zoo.specs.rexnet import BlockShape, has_shortcut

_convolution = partial(convolution, True)  # always with batch norm
REDUCTION = 12  # channels of a gated map for every channel inside its gate


class InvertedBottleneck(nn.Module):
    """1×1 up, Swish, 3×3 depthwise, ReLU6, 1×1 down, and no activation at the end.

    y = F(x) where the block halves or narrows; else y = [x + F(x) of the first C_in channels, F(x) of the others].
    """

    def __init__(self, shape: BlockShape) -> None:
        super().__init__()
        width = shape.in_channels * shape.expansion
        up = _convolution("1", shape.in_channels, width, 1) | {"swish": nn.SiLU()} if shape.expansion > 1 else {}
        gate = {"se": SqueezeExcitation(width, max(1, width // REDUCTION), batch_norm=True)} if shape.is_gated else {}
        self.residual = nn.Sequential(
            OrderedDict(
                **up,
                **_convolution("2", width, width, 3, shape.stride, groups=width),
                **gate,
                relu6=nn.ReLU6(),
                **_convolution("3", width, shape.out_channels, 1),
            )
        )
        self.shortcut = nn.Identity() if has_shortcut(shape) else None
        self.in_channels, self.out_channels = shape.in_channels, shape.out_channels

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        y = self.residual(x)
        if self.shortcut is None:
            return y
        if self.in_channels == self.out_channels:
            return self.shortcut(x) + y
        return torch.cat([self.shortcut(x) + y[:, : self.in_channels], y[:, self.in_channels :]], dim=1)


def rexnet(spec: ReXNetSpec) -> Network:
    """A ReXNet."""
    stages = {
        f"layer{number}": nn.Sequential(*map(InvertedBottleneck, shapes))
        for number, shapes in enumerate(spec.stages, start=1)
    }
    features = spec.head_channels
    return Network(
        spec,
        {
            **_convolution("1", spec.in_channels, spec.stem_channels, 3, stride=2),
            "swish1": nn.SiLU(),
            **stages,
            **_convolution("2", spec.block_channels[-1], features, 1),
            "swish2": nn.SiLU(),
            "avgpool": nn.AdaptiveAvgPool2d(1),
            "flatten": nn.Flatten(),
            "dropout": nn.Dropout(spec.dropout),
            "fc": nn.Linear(features, spec.num_classes),
        },
    )
