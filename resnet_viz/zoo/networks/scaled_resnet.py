"""ResNets for CIFAR with scaled residual branches: a fixed β, SkipInit, ReZero, Fixup.

All have the stages and shortcuts of ResNet v1; what differs is the block, and with Fixup the first weights.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import (
    ACTIVATIONS,
    Network,
    Place,
    ResidualBlock,
    convolution,
    make_shortcut,
    v1_parts,
)
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
        block = SkipInitBlock(spec, place)
        assert block.shortcut is not None  # the family has no plain networks
        self.residual, self.shortcut = block.residual, block.shortcut

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        return self.shortcut(x) + self.residual(x)


class FixupBlock(ResidualBlock):
    """y = ReLU(x + α F(x) + b): a bias of one number before each convolution and each ReLU, a factor on the branch."""

    def __init__(self, spec: ScaledResNetSpec, place: Place) -> None:
        super().__init__()
        layers = spec.unscaled
        self.residual = nn.Sequential(
            OrderedDict(
                bias1a=Bias(),
                **convolution(layers.batch_norm, "1", place.in_channels, place.channels, 3, place.stride),
                bias1b=Bias(),
                relu1=ACTIVATIONS[spec.activation](),
                bias2a=Bias(),
                **convolution(layers.batch_norm, "2", place.channels, place.channels, 3),
                scale=Scale(1.0),
                bias2b=Bias(),
            )
        )
        self.shortcut = make_shortcut(layers, place.in_channels, place.channels, place.stride)
        self.relu = ACTIVATIONS[spec.activation]()


_BLOCKS: dict[str, Callable[[ScaledResNetSpec, Place], nn.Module]] = {
    "beta": BetaBlock,
    "skipinit": SkipInitBlock,
    "rezero": ReZeroBlock,
    "fixup": FixupBlock,
}


class FixupNetwork(Network):
    """Begins by the rules of Zhang et al. 2019: the last convolution of every branch and the classifier are 0, and the
    other convolution of a branch is L^(-1/(2m-2)) times its usual weights, for L branches of m layers."""

    spec: ScaledResNetSpec

    def initialise(self, path: str, module: nn.Module) -> None:
        super().initialise(path, module)
        if isinstance(module, nn.Conv2d) and path.endswith("residual.conv1"):
            branches = sum(self.spec.stage_blocks)
            with torch.no_grad():
                module.weight *= branches ** (-1 / (2 * _BRANCH_LAYERS - 2))
        elif isinstance(module, nn.Conv2d) and path.endswith("residual.conv2"):
            nn.init.zeros_(module.weight)
        elif isinstance(module, nn.Linear):
            nn.init.zeros_(module.weight)
            nn.init.zeros_(module.bias)


def scaled_resnet(spec: ScaledResNetSpec) -> Network:
    """A ResNet for CIFAR with scaled branches."""
    Block = _BLOCKS[spec.scaling]
    parts = v1_parts(spec.unscaled, lambda place: Block(spec, place))
    if spec.scaling != "fixup":
        return Network(spec, parts)
    fc = parts.pop("fc")  # a bias stands before it, and one before the ReLU of the stem
    return FixupNetwork(spec, {"conv1": parts["conv1"], "bias1": Bias(), **parts, "bias2": Bias(), "fc": fc})
