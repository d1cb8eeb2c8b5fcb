"""Wide ResNets (Zagoruyko, Komodakis 2016, Figure 1 and Table 1)."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import ACTIVATIONS, Network, Place, head, same_size_conv, stages, v1_parts
from resnet_viz.zoo.networks.resnet import Bottleneck
from resnet_viz.zoo.specs import WideBottleneckSpec, WideResNetSpec


class WideBlock(nn.Module):
    """y = x + residual(x), where shapes stay: every convolution of the branch has its norm and activation before it."""

    def __init__(self, spec: WideResNetSpec, place: Place) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            OrderedDict(**activated(spec, "1", place.in_channels), **convolutions(spec, place))
        )
        self.shortcut = None if spec.is_plain else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W) -> (N, C, H, W)
        if self.shortcut is None:
            return self.residual(x)
        return self.shortcut(x) + self.residual(x)


class WideningBlock(nn.Module):
    """y = shortcut(z) + residual(z) with z = relu(bn(x)), where shapes change: a 1×1 convolution of the same z as the
    branch."""

    def __init__(self, spec: WideResNetSpec, place: Place) -> None:
        super().__init__()
        self.preactivation = nn.Sequential(OrderedDict(activated(spec, "", place.in_channels)))
        self.residual = nn.Sequential(OrderedDict(convolutions(spec, place)))
        projection = same_size_conv(place.in_channels, place.channels, 1, place.stride)
        self.shortcut = None if spec.is_plain else projection

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        z = self.preactivation(x)
        if self.shortcut is None:
            return self.residual(z)
        return self.shortcut(z) + self.residual(z)


def activated(spec: WideResNetSpec, suffix: str, channels: int) -> dict[str, nn.Module]:
    """A batch norm, where there is any, and an activation, as bn<suffix> and relu<suffix>."""
    norm = {f"bn{suffix}": nn.BatchNorm2d(channels)} if spec.batch_norm else {}
    return {**norm, f"relu{suffix}": ACTIVATIONS[spec.activation]()}


def convolutions(spec: WideResNetSpec, place: Place) -> dict[str, nn.Module]:
    """conv1, bn2, relu2, (dropout2,) conv2, …: the first takes the stride, and all give the stage's channels."""
    made: dict[str, nn.Module] = {}
    in_channels, stride = place.in_channels, place.stride
    for number, kernel_size in enumerate(spec.kernel_sizes, start=1):
        if number > 1:
            made |= activated(spec, str(number), place.channels)
            made |= {f"dropout{number}": nn.Dropout(spec.dropout)} if spec.dropout else {}
        made[f"conv{number}"] = same_size_conv(in_channels, place.channels, kernel_size, stride)
        in_channels, stride = place.channels, 1
    return made


def wide_resnet(spec: WideResNetSpec) -> Network:
    """WRN-d-k: a first convolution of 16 channels whatever k is, and a norm and an activation behind the last block."""

    def make_block(place: Place) -> nn.Module:
        keeps_shape = place.in_channels == place.channels and place.stride == 1
        return WideBlock(spec, place) if keeps_shape else WideningBlock(spec, place)

    channels = spec.stage_channels
    parts: dict[str, nn.Module] = {
        "conv1": same_size_conv(spec.in_channels, 16, 3),
        **stages(make_block, spec.stage_blocks, channels, expansion=1, in_channels=16),
        **activated(spec, "", channels[-1]),
        **head(channels[-1], spec.num_classes),
    }
    return Network(spec, parts)


def wide_bottleneck(spec: WideBottleneckSpec) -> Network:
    """A ResNet v1 of bottleneck blocks with wider 3×3 convolutions; what enters and leaves a block stays as it was."""

    def make_block(place: Place) -> nn.Module:
        return Bottleneck(spec, place, width=place.channels * spec.widen_factor)

    return Network(spec, v1_parts(spec, make_block))
