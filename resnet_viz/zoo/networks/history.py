"""LeNet-5, AlexNet and VGG: convolutions and pools in a row, then fully connected layers. No shortcut anywhere.

Layers have the numbers that they have in their papers: LeNet-5 counts its pools, VGG its stages.
"""

from __future__ import annotations

from torch import nn

from resnet_viz.zoo.networks.parts import ACTIVATIONS, Network
from resnet_viz.zoo.specs.history import AlexNetSpec, HistorySpec, LeNetSpec, VGGSpec


class PlainNetwork(Network):
    """A network whose convolutions have biases, which begin at 0."""

    def initialise(self, path: str, module: nn.Module) -> None:
        super().initialise(path, module)
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.zeros_(module.bias)


class VGG(PlainNetwork):
    """Its fully connected layers are so large that they begin small, as in torchvision."""

    def initialise(self, path: str, module: nn.Module) -> None:
        super().initialise(path, module)
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)


def lenet5(spec: LeNetSpec) -> Network:
    """C1, S2, C3, S4, C5, F6 and the output of LeCun et al. 1998, Figure 2: 6, 16 and 120 maps, 84 features."""
    side = ((spec.image_size - 4) // 2 - 4) // 2 - 4  # of the maps of C5: 1 for the usual picture
    return PlainNetwork(
        spec,
        {
            **_convolution(spec, "1", spec.in_channels, 6, 5),
            "pool2": nn.AvgPool2d(2),
            **_convolution(spec, "3", 6, 16, 5),
            "pool4": nn.AvgPool2d(2),
            **_convolution(spec, "5", 16, 120, 5),
            "flatten": nn.Flatten(),
            **_fully_connected(spec, "6", 120 * side * side, 84),
            "fc7": nn.Linear(84, spec.num_classes),
        },
    )


def alexnet(spec: AlexNetSpec) -> Network:
    """Five convolutions and three fully connected layers, with dropout before the first two of these."""
    return PlainNetwork(
        spec,
        {
            **_convolution(spec, "1", spec.in_channels, 64, 11, stride=4, padding=2),
            "pool1": nn.MaxPool2d(3, stride=2),
            **_convolution(spec, "2", 64, 192, 5, padding=2),
            "pool2": nn.MaxPool2d(3, stride=2),
            **_convolution(spec, "3", 192, 384, 3, padding=1),
            **_convolution(spec, "4", 384, 256, 3, padding=1),
            **_convolution(spec, "5", 256, 256, 3, padding=1),
            "pool5": nn.MaxPool2d(3, stride=2),
            "avgpool": nn.AdaptiveAvgPool2d(6),
            "flatten": nn.Flatten(),
            "drop6": nn.Dropout(spec.dropout),
            **_fully_connected(spec, "6", 256 * 6 * 6, 4096),
            "drop7": nn.Dropout(spec.dropout),
            **_fully_connected(spec, "7", 4096, 4096),
            "fc8": nn.Linear(4096, spec.num_classes),
        },
    )


def vgg(spec: VGGSpec) -> Network:
    """3×3 convolutions in five stages, a pool after each, and three fully connected layers."""
    parts: dict[str, nn.Module] = {}
    in_channels = spec.in_channels
    for stage, (count, channels) in enumerate(zip(spec.stage_convolutions, spec.stage_channels, strict=True), start=1):
        for number in range(1, count + 1):
            parts |= _convolution(spec, f"{stage}_{number}", in_channels, channels, 3, padding=1)
            in_channels = channels
        parts[f"pool{stage}"] = nn.MaxPool2d(2)
    head = {
        "avgpool": nn.AdaptiveAvgPool2d(7),
        "flatten": nn.Flatten(),
        **_fully_connected(spec, "6", in_channels * 7 * 7, 4096),
        "drop6": nn.Dropout(spec.dropout),
        **_fully_connected(spec, "7", 4096, 4096),
        "drop7": nn.Dropout(spec.dropout),
        "fc8": nn.Linear(4096, spec.num_classes),
    }
    return VGG(spec, parts | head)


def _convolution(
    spec: HistorySpec,
    suffix: str,
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
) -> dict[str, nn.Module]:
    """A convolution with biases, its batch norm where there is one, and its activation."""
    norm = {f"bn{suffix}": nn.BatchNorm2d(out_channels)} if spec.batch_norm else {}
    return {
        f"conv{suffix}": nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding),
        **norm,
        f"relu{suffix}": ACTIVATIONS[spec.activation](),
    }


def _fully_connected(spec: HistorySpec, suffix: str, in_features: int, out_features: int) -> dict[str, nn.Module]:
    return {f"fc{suffix}": nn.Linear(in_features, out_features), f"relu{suffix}": ACTIVATIONS[spec.activation]()}
