"""ResNets for CIFAR with scaled residual branches: a fixed β, SkipInit, ReZero, Fixup.

All have the stages and shortcuts of ResNet v1; what differs is the block, and with Fixup the first weights.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import ACTIVATIONS, Network, Place, ResidualBlock, make_shortcut, v1_parts
from resnet_viz.zoo.networks.resnet import BasicBlock
from resnet_viz.zoo.networks.scalars import Bias, Factor, Scale
from resnet_viz.zoo.specs import ScaledResNetSpec

_BRANCH_LAYERS = 2  # m of Fixup: layers with weights in a residual branch


class BetaBlock(BasicBlock):
    """y = ReLU(x + β F(x)), with F as in ResNet v1."""

    def __init__(self, spec: ScaledResNetSpec, place: Place) -> None:
        super().__init__(spec.unscaled, place)
        if spec.beta != 1:
            self.residual.add_module("scale", Factor(spec.beta))


class SkipInitBlock(BasicBlock):
    """y = ReLU(x + α F(x)), with F as in ResNet v1 without batch norm."""

    def __init__(self, spec: ScaledResNetSpec, place: Place) -> None:
        super().__init__(spec.unscaled, place)
        self.residual.add_module("scale", Scale(spec.alpha))


class ReZeroBlock(nn.Module):
    """y = x + α F(x): nothing on the way of x, so that the network begins as its shortcuts alone."""

    def __init__(self, spec: ScaledResNetSpec, place: Place) -> None:
        super().__init__()
        block = BasicBlock(spec.unscaled, place)
        self.residual, self.shortcut = block.residual, block.shortcut
        self.residual.add_module("scale", Scale(0.0))

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        return self.shortcut(x) + self.residual(x)


class FixupBlock(ResidualBlock):
    """y = ReLU(x + α F(x) + b): a bias of one number before each convolution and each ReLU, a factor on the branch."""

    def __init__(self, spec: ScaledResNetSpec, place: Place) -> None:
        super().__init__()
        layers = BasicBlock(spec.unscaled, place).residual
        self.residual = nn.Sequential(
            OrderedDict(
                bias1a=Bias(),
                conv1=layers.conv1,
                bias1b=Bias(),
                relu1=layers.relu1,
                bias2a=Bias(),
                conv2=layers.conv2,
                scale=Scale(1.0),
                bias2b=Bias(),
            )
        )
        self.shortcut = make_shortcut(spec.unscaled, place.in_channels, place.channels, place.stride)
        self.relu = ACTIVATIONS[spec.activation]()


_BLOCKS = {"beta": BetaBlock, "skipinit": SkipInitBlock, "rezero": ReZeroBlock, "fixup": FixupBlock}


class FixupNetwork(Network):
    """Begins by the rules of Zhang et al. 2019: the last convolution of every branch and the classifier are 0, and the
    other convolution of a branch is L^(-1/(2m-2)) times its usual weights, for L branches of m layers."""

    spec: ScaledResNetSpec

    def initialise(self, path: str, module: nn.Module) -> None:
        super().initialise(path, module)
        if path.endswith("residual.conv1"):
            branches = sum(self.spec.stage_blocks)
            with torch.no_grad():
                module.weight *= branches ** (-1 / (2 * _BRANCH_LAYERS - 2))
        elif path.endswith("residual.conv2"):
            nn.init.zeros_(module.weight)
        elif path == "fc":
            nn.init.zeros_(module.weight)
            nn.init.zeros_(module.bias)


def scaled_resnet(spec: ScaledResNetSpec) -> Network:
    """A ResNet for CIFAR with scaled branches."""
    Block = _BLOCKS[spec.scaling]
    parts = v1_parts(spec.unscaled, lambda place: Block(spec, place))
    if spec.scaling != "fixup":
        return Network(spec, parts)
    classifier = parts.pop("fc")
    return FixupNetwork(
        spec, {"conv1": parts["conv1"], "bias1": Bias(), **parts, "bias2": Bias(), "fc": classifier}
    )  # a bias before the ReLU of the stem, and one before the classifier
