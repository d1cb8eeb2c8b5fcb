"""UniPose (Artacho, Savakis 2020): backbone, waterfall of dilated convolutions (WASP), and a decoder to heatmaps."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import ACTIVATIONS, Network, Place, imagenet_stem, same_size_conv, stages
from resnet_viz.zoo.networks.resnet import Bottleneck
from resnet_viz.zoo.specs import UniPoseSpec

BACKBONE_CHANNELS, EARLY_CHANNELS, WIDTH, EARLY_WIDTH = 2048, 256, 256, 48


class UniPose(Network):
    """The backbone's last map goes through the waterfall; the decoder also sees the map of the first stage."""

    stem: nn.Module
    layer1: nn.Module
    layer2: nn.Module
    layer3: nn.Module
    layer4: nn.Module
    wasp: nn.Module
    decoder: nn.Module

    def forward(self, x: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, heatmaps, H/8, W/8)
        early = self.layer1(self.stem(x))
        late = self.layer4(self.layer3(self.layer2(early)))
        return self.decoder(self.wasp(late), early)


class DilatedBottleneck(Bottleneck):
    """A bottleneck block with holes in its 3×3 convolution, which keeps the size."""

    def __init__(self, spec: UniPoseSpec, place: Place, dilation: int) -> None:
        super().__init__(spec, replace(place, stride=1))
        self.residual.conv2 = same_size_conv(place.channels, place.channels, 3, dilation=dilation)


class Waterfall(nn.Module):
    """WASP: each convolution of a cascade reads the one before, and all of them are read, with the pooled input.

    One 1×1 convolution, with the same weights, is applied twice to the output of each step, as in the released code.
    """

    def __init__(self, spec: UniPoseSpec) -> None:
        super().__init__()
        self.first = unit(spec, BACKBONE_CHANNELS, WIDTH, 1)
        self.cascade = nn.ModuleList(
            unit(spec, WIDTH, WIDTH, 3, dilation=dilation) for dilation in spec.cascade_dilations
        )
        self.shared = same_size_conv(WIDTH, WIDTH, 1)
        self.pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), unit(spec, BACKBONE_CHANNELS, WIDTH, 1))
        self.project = unit(spec, 5 * WIDTH, WIDTH, 1, dropout=0.5)

    def forward(self, x: Tensor) -> Tensor:  # (N, 2048, H, W) -> (N, 256, H, W)
        steps = [self.first(x)]
        for convolve in self.cascade:
            steps.append(convolve(steps[-1]))
        branches = [self.shared(self.shared(step)) for step in steps]
        return self.project(torch.cat([*branches, resized(self.pooled(x), steps[-1])], dim=1))


class Decoder(nn.Module):
    """The waterfall's map and an early, finer one side by side; two 3×3 convolutions, and a map for every joint."""

    def __init__(self, spec: UniPoseSpec) -> None:
        super().__init__()
        early = unit(spec, EARLY_CHANNELS, EARLY_WIDTH, 1)
        self.early = nn.Sequential(early, nn.MaxPool2d(3, 2, padding=1))
        self.mix = nn.Sequential(
            unit(spec, WIDTH + EARLY_WIDTH, WIDTH, 3, dropout=0.5),
            unit(spec, WIDTH, WIDTH, 3, dropout=0.1),
        )
        self.heatmaps = nn.Conv2d(WIDTH, spec.num_classes, 1)

    def forward(self, x: Tensor, early: Tensor) -> Tensor:  # (N, 256, H/16, W/16), (N, 256, H/4, W/4) -> H/8, W/8
        early = self.early(early)
        return self.heatmaps(self.mix(torch.cat([resized(x, early), early], dim=1)))


def unit(
    spec: UniPoseSpec, in_channels: int, out_channels: int, kernel_size: int, dilation: int = 1, dropout: float = 0
) -> nn.Sequential:
    """A convolution with its norm and activation, and dropout where it is asked for."""
    parts: dict[str, nn.Module] = {"conv": same_size_conv(in_channels, out_channels, kernel_size, dilation=dilation)}
    if spec.batch_norm:
        parts["bn"] = nn.BatchNorm2d(out_channels)
    parts["relu"] = ACTIVATIONS[spec.activation]()
    if dropout:
        parts["dropout"] = nn.Dropout(dropout)
    return nn.Sequential(OrderedDict(parts))


def resized(x: Tensor, like: Tensor) -> Tensor:
    """x at the size of another map."""
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=True)


def backbone_block(spec: UniPoseSpec, place: Place) -> Bottleneck:
    """A block of ResNet v1, with dilation where the stage has one."""
    stage = spec.stage_channels.index(place.channels)
    dilation = spec.stage_dilations[stage]
    if dilation == 1:
        return Bottleneck(spec, place)
    is_last = stage == len(spec.stage_channels) - 1
    factor = spec.last_stage_factors[place.number - place.total - 1] if is_last else 1
    return DilatedBottleneck(spec, place, dilation * factor)


def unipose(spec: UniPoseSpec) -> Network:
    """A UniPose network for single pictures."""
    channels = spec.stage_channels
    backbone = stages(
        lambda place: backbone_block(spec, place), spec.stage_blocks, channels, spec.expansion, channels[0]
    )
    stem = nn.Sequential(OrderedDict(imagenet_stem(spec)))
    return UniPose(spec, {"stem": stem, **backbone, "wasp": Waterfall(spec), "decoder": Decoder(spec)})
