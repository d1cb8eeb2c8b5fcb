"""Whole networks: stem, stages, head, in the order in which they run, named as torchvision names them."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from resnet_viz.zoo.blocks.resnet import ACTIVATIONS, BasicBlock, Bottleneck, convolution
from resnet_viz.zoo.specs import ResNetV1Spec


class ResNet(nn.Sequential):
    """ResNet v1, or its plain twin: conv1, bn1, relu, (maxpool,) layer1, layer2, …, avgpool, flatten, fc."""

    def __init__(self, spec: ResNetV1Spec) -> None:
        super().__init__(OrderedDict({**_stem(spec), **_stages(spec), **_head(spec)}))
        initialise(self, spec)


def _stem(spec: ResNetV1Spec) -> dict[str, nn.Module]:
    channels = spec.stage_channels[0]
    activation = ACTIVATIONS[spec.activation]()
    if spec.stem == "3x3":
        return {**convolution(spec, "1", spec.in_channels, channels, 3), "relu": activation}
    conv = convolution(spec, "1", spec.in_channels, channels, 7, stride=2)
    return {**conv, "relu": activation, "maxpool": nn.MaxPool2d(kernel_size=3, stride=2, padding=1)}


def _stages(spec: ResNetV1Spec) -> dict[str, nn.Module]:
    Block = Bottleneck if spec.block == "bottleneck" else BasicBlock
    stages: dict[str, nn.Module] = {}
    in_channels = spec.stage_channels[0]
    for stage, (count, channels) in enumerate(zip(spec.stage_blocks, spec.stage_channels, strict=True), start=1):
        blocks = []
        for block in range(count):
            stride = 2 if stage > 1 and block == 0 else 1
            blocks.append(Block(spec, in_channels, channels, stride))
            in_channels = channels * spec.expansion
        stages[f"layer{stage}"] = nn.Sequential(*blocks)
    return stages


def _head(spec: ResNetV1Spec) -> dict[str, nn.Module]:
    features = spec.stage_channels[-1] * spec.expansion
    return {
        "avgpool": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "fc": nn.Linear(features, spec.num_classes),
    }


def initialise(network: nn.Module, spec: ResNetV1Spec) -> None:
    """Draw the weights of every convolution anew, from torch's global generator: seed it before.

    "he" takes the fan-out, as torchvision does; with equal widths on both sides that is the fan-in of the paper. Its
    gain is that of ReLU whichever the activation is. The linear layer keeps torch's default; batch norms begin as the
    identity.
    """
    for module in network.modules():
        if not isinstance(module, nn.Conv2d):
            continue
        if spec.init == "he":
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif spec.init == "xavier":
            nn.init.xavier_normal_(module.weight)
        else:
            nn.init.normal_(module.weight, std=spec.init_std)
