"""The residual blocks of ResNet v1 (He et al. 2015, Figures 2 and 5) and the three options for their shortcut.

A block is written like its equation, y = f(shortcut(x) + residual(x)), out of place, with one module for every arrow of
the figure. A plain network has the same blocks without the sum.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz.zoo.specs import ResNetV1Spec

Activation = Callable[[], nn.Module]
ACTIVATIONS: dict[str, Activation] = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


class ZeroPadShortcut(nn.Module):
    """Option A: every stride-th pixel, and zero channels added behind. No parameters."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.extra_channels = out_channels - in_channels

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra_channels))

    def extra_repr(self) -> str:
        return f"stride={self.stride}, extra_channels={self.extra_channels}"


class ResidualBlock(nn.Module):
    """y = f(shortcut(x) + residual(x)), or f(residual(x)) in a plain network, whose `shortcut` is None."""

    residual: nn.Module
    shortcut: nn.Module | None
    relu: nn.Module  # named as in torchvision, whichever the activation is

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        if self.shortcut is None:
            return self.relu(self.residual(x))
        return self.relu(self.shortcut(x) + self.residual(x))


class BasicBlock(ResidualBlock):
    """Two 3×3 convolutions; the first takes the stride."""

    def __init__(self, spec: ResNetV1Spec, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            OrderedDict(
                **convolution(spec, "1", in_channels, channels, 3, stride),
                relu1=ACTIVATIONS[spec.activation](),
                **convolution(spec, "2", channels, channels, 3),
            )
        )
        self.shortcut = make_shortcut(spec, in_channels, channels, stride)
        self.relu = ACTIVATIONS[spec.activation]()


class Bottleneck(ResidualBlock):
    """1×1 down, 3×3, 1×1 up to four times the width; the 3×3 takes the stride, or the first 1×1 (`spec.stride_in`)."""

    def __init__(self, spec: ResNetV1Spec, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        out_channels = channels * spec.expansion
        strides = (stride, 1) if getattr(spec, "stride_in", "3x3") == "1x1" else (1, stride)
        self.residual = nn.Sequential(
            OrderedDict(
                **convolution(spec, "1", in_channels, channels, 1, strides[0]),
                relu1=ACTIVATIONS[spec.activation](),
                **convolution(spec, "2", channels, channels, 3, strides[1]),
                relu2=ACTIVATIONS[spec.activation](),
                **convolution(spec, "3", channels, out_channels, 1),
            )
        )
        self.shortcut = make_shortcut(spec, in_channels, out_channels, stride)
        self.relu = ACTIVATIONS[spec.activation]()


def convolution(
    spec: ResNetV1Spec, suffix: str, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1
) -> dict[str, nn.Module]:
    """A convolution that keeps the size (up to its stride) and the batch norm after it, as conv<suffix> and bn<suffix>.

    Without batch norm nothing takes its place, not even a bias: a network with and one without then differ in the norm
    alone, and one without stays positively homogeneous.
    """
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding=kernel_size // 2, bias=False)
    if not spec.batch_norm:
        return {f"conv{suffix}": conv}
    return {f"conv{suffix}": conv, f"bn{suffix}": nn.BatchNorm2d(out_channels)}


def make_shortcut(spec: ResNetV1Spec, in_channels: int, out_channels: int, stride: int) -> nn.Module | None:
    """The shortcut of a block that changes the width from in_channels to out_channels and the size by stride."""
    changes_shape = stride != 1 or in_channels != out_channels
    if spec.shortcut == "none":
        return None
    if spec.shortcut == "C" or (spec.shortcut == "B" and changes_shape):
        return nn.Sequential(OrderedDict(convolution(spec, "", in_channels, out_channels, 1, stride)))
    return ZeroPadShortcut(in_channels, out_channels, stride) if changes_shape else nn.Identity()
