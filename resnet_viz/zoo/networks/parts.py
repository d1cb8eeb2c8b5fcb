"""What the families share: a network that draws its own weights, stem, stages, head, convolutions, shortcuts.

Every network is a sequence named as torchvision names it: conv1, bn1, relu, (maxpool,) layer1, layer2, …, avgpool,
flatten, fc. A block is written like its equation, y = f(shortcut(x) + residual(x)), out of place, with one module for
every arrow of the figure.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz.zoo.specs import ConvolutionalSpec, NetworkSpec, ResNetV1Spec

# Its module is called relu, relu1, … as in torchvision, whichever the activation is.
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


class Network(nn.Sequential):
    """One of our networks: named parts in the order in which they run, with weights drawn from torch's generator."""

    def __init__(self, spec: NetworkSpec, parts: Mapping[str, nn.Module]) -> None:
        super().__init__(OrderedDict(parts))
        self.spec = spec
        self.draw_weights()

    def draw_weights(self, before: Callable[[str], object] = lambda path: None) -> None:
        """Draw all weights anew; `before` is called with the path of each module before its weights are drawn."""
        for path, module in self.named_modules():
            if module._parameters or module._buffers:
                before(path)
                module.reset_parameters()  # every module with tensors of its own has it
                self.initialise(path, module)

    def initialise(self, path: str, module: nn.Module) -> None:
        """The weights of one module, after torch's default: a family whose initialisation is its point has its own."""
        if isinstance(module, nn.Conv2d) and isinstance(self.spec, ConvolutionalSpec):
            initialise_convolution(module, self.spec)


def initialise_convolution(convolution: nn.Conv2d, spec: ConvolutionalSpec) -> None:
    """Draw the weights of a convolution as the specification wants them.

    "he" takes the fan-out, as torchvision does; with equal widths on both sides that is the fan-in of the paper. Its
    gain is that of ReLU whichever the activation is.
    """
    if spec.init == "he":
        nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    elif spec.init == "xavier":
        nn.init.xavier_normal_(convolution.weight)
    else:
        nn.init.normal_(convolution.weight, std=spec.init_std)


# ---- a whole network


@dataclass(frozen=True)
class Place:
    """Where a block stands, and what it has to make of its input."""

    in_channels: int
    channels: int  # of the stage: those of the 3×3 convolutions of a ResNet v1
    stride: int
    number: int  # from 1, over the whole network
    total: int


MakeBlock = Callable[[Place], nn.Module]


def imagenet_stem(spec: ConvolutionalSpec, channels: int = 64) -> dict[str, nn.Module]:
    """conv1 7×7 with stride 2, bn1, relu, and maxpool 3×3 with stride 2."""
    conv = convolution(spec.batch_norm, "1", spec.in_channels, channels, 7, stride=2)
    activation = ACTIVATIONS[spec.activation]()
    return {**conv, "relu": activation, "maxpool": nn.MaxPool2d(kernel_size=3, stride=2, padding=1)}


def cifar_stem(spec: ConvolutionalSpec, channels: int = 16) -> dict[str, nn.Module]:
    """conv1 3×3, bn1, relu."""
    return {**convolution(spec.batch_norm, "1", spec.in_channels, channels, 3), "relu": ACTIVATIONS[spec.activation]()}


def stages(
    make_block: MakeBlock, counts: tuple[int, ...], channels: tuple[int, ...], expansion: int, in_channels: int
) -> dict[str, nn.Module]:
    """layer1, layer2, …: so many blocks in each, with `channels` of the stage; the first of each after layer1 has
    stride 2. A block gives `expansion` times the channels of its stage."""
    made: dict[str, nn.Module] = {}
    number, total = 0, sum(counts)
    for stage, (count, width) in enumerate(zip(counts, channels, strict=True), start=1):
        blocks = []
        for block in range(count):
            number += 1
            stride = 2 if stage > 1 and block == 0 else 1
            blocks.append(make_block(Place(in_channels, width, stride, number, total)))
            in_channels = width * expansion
        made[f"layer{stage}"] = nn.Sequential(*blocks)
    return made


def head(features: int, num_classes: int) -> dict[str, nn.Module]:
    """avgpool over all positions, flatten, fc."""
    return {"avgpool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), "fc": nn.Linear(features, num_classes)}


def v1_parts(spec: ResNetV1Spec, make_block: MakeBlock) -> dict[str, nn.Module]:
    """A network with the stem, the stages and the head of ResNet v1, and any blocks."""
    channels = spec.stage_channels
    stem = imagenet_stem(spec, channels[0]) if spec.stem == "7x7" else cifar_stem(spec, channels[0])
    return {
        **stem,
        **stages(make_block, spec.stage_blocks, channels, spec.expansion, channels[0]),
        **head(channels[-1] * spec.expansion, spec.num_classes),
    }


# ---- inside a block


class ResidualBlock(nn.Module):
    """y = f(shortcut(x) + residual(x)), or f(residual(x)) in a plain network, whose `shortcut` is None."""

    residual: nn.Module
    shortcut: nn.Module | None
    relu: nn.Module

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        if self.shortcut is None:
            return self.relu(self.residual(x))
        return self.relu(self.shortcut(x) + self.residual(x))


def same_size_conv(
    in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, groups: int = 1, dilation: int = 1
) -> nn.Conv2d:
    """A convolution without biases that keeps the size, up to its stride, for an odd kernel."""
    padding = dilation * (kernel_size // 2)
    return nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias=False)


def convolution(
    batch_norm: bool,
    suffix: str,
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    groups: int = 1,
) -> dict[str, nn.Module]:
    """A convolution that keeps the size (up to its stride) and the batch norm after it, as conv<suffix> and bn<suffix>.

    Without batch norm nothing takes its place, not even a bias: a network with and one without then differ in the norm
    alone, and one without stays positively homogeneous.
    """
    norm = {f"bn{suffix}": nn.BatchNorm2d(out_channels)} if batch_norm else {}
    return {f"conv{suffix}": same_size_conv(in_channels, out_channels, kernel_size, stride, groups), **norm}


class SqueezeExcitation(nn.Module):
    """y = x · s(x): each channel times a number between 0 and 1 that the means of all channels decide (Hu et al. 2017,
    arXiv:1709.01507).

    s = σ(W2 ReLU(W1 z)) for the means z, with 1×1 convolutions that have biases, from `channels` down to `reduced` and
    back; a batch norm may follow the first.
    """

    def __init__(self, channels: int, reduced: int, batch_norm: bool = False) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            OrderedDict(
                squeeze=nn.AdaptiveAvgPool2d(1),
                fc1=nn.Conv2d(channels, reduced, 1),
                **({"bn": nn.BatchNorm2d(reduced)} if batch_norm else {}),
                relu=nn.ReLU(),
                fc2=nn.Conv2d(reduced, channels, 1),
                sigmoid=nn.Sigmoid(),
            )
        )

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W), the gate (N, C, 1, 1) -> (N, C, H, W)
        return x * self.gate(x)


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


def make_shortcut(spec: ResNetV1Spec, in_channels: int, out_channels: int, stride: int) -> nn.Module | None:
    """The shortcut of a block that changes the width from in_channels to out_channels and the size by stride."""
    changes_shape = stride != 1 or in_channels != out_channels
    if spec.shortcut == "none":
        return None
    if spec.shortcut == "C" or (spec.shortcut == "B" and changes_shape):
        return nn.Sequential(OrderedDict(convolution(spec.batch_norm, "", in_channels, out_channels, 1, stride)))
    return ZeroPadShortcut(in_channels, out_channels, stride) if changes_shape else nn.Identity()
