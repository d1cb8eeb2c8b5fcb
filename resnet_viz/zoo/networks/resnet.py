"""ResNet v1 and its plain twins (He et al. 2015, Figures 2 and 5): basic and bottleneck blocks."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from resnet_viz.zoo.networks.parts import (
    ACTIVATIONS,
    Network,
    Place,
    ResidualBlock,
    convolution,
    make_shortcut,
    v1_parts,
)
from resnet_viz.zoo.specs import CifarResNetSpec, ResNetSpec, ResNetV1Spec


class BasicBlock(ResidualBlock):
    """Two 3×3 convolutions; the first takes the stride."""

    def __init__(self, spec: ResNetV1Spec, place: Place) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            OrderedDict(
                **convolution(spec.batch_norm, "1", place.in_channels, place.channels, 3, place.stride),
                relu1=ACTIVATIONS[spec.activation](),
                **convolution(spec.batch_norm, "2", place.channels, place.channels, 3),
            )
        )
        self.shortcut = make_shortcut(spec, place.in_channels, place.channels, place.stride)
        self.relu = ACTIVATIONS[spec.activation]()


class Bottleneck(ResidualBlock):
    """1×1 down, 3×3, 1×1 up to four times the stage's channels; the 3×3 takes the stride, or the first 1×1.

    `width` are the channels of the 3×3 convolution, the stage's where nothing is said.
    """

    def __init__(
        self, spec: ResNetV1Spec, place: Place, width: int = 0, groups: int = 1, stride_in: str = "3x3"
    ) -> None:
        super().__init__()
        width, out_channels = width or place.channels, place.channels * spec.expansion
        strides = (place.stride, 1) if stride_in == "1x1" else (1, place.stride)
        self.residual = nn.Sequential(
            OrderedDict(
                **convolution(spec.batch_norm, "1", place.in_channels, width, 1, strides[0]),
                relu1=ACTIVATIONS[spec.activation](),
                **convolution(spec.batch_norm, "2", width, width, 3, strides[1], groups),
                relu2=ACTIVATIONS[spec.activation](),
                **convolution(spec.batch_norm, "3", width, out_channels, 1),
            )
        )
        self.shortcut = make_shortcut(spec, place.in_channels, out_channels, place.stride)
        self.relu = ACTIVATIONS[spec.activation]()


def resnet(spec: ResNetSpec) -> Network:
    """A ResNet v1 for ImageNet, or its plain twin."""

    def make_block(place: Place) -> ResidualBlock:
        if spec.block == "basic":
            return BasicBlock(spec, place)
        return Bottleneck(spec, place, stride_in=spec.stride_in)

    return Network(spec, v1_parts(spec, make_block))


def cifar_resnet(spec: CifarResNetSpec) -> Network:
    """A ResNet v1 for CIFAR, or its plain twin."""
    return Network(spec, v1_parts(spec, lambda place: BasicBlock(spec, place)))
