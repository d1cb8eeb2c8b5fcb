"""SE-ResNet (Hu et al. 2017, Figures 2 and 3): the blocks of ResNet v1 with a squeeze-and-excitation before the sum."""

from __future__ import annotations

from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import Network, Place, ResidualBlock, v1_parts
from resnet_viz.zoo.networks.resnet import BasicBlock, Bottleneck
from resnet_viz.zoo.specs.seresnet import SEResNetSpec


class SqueezeExcitation(nn.Module):
    """s·u, each channel of u times its weight s = σ(W2 ReLU(W1 z)), where z is the mean of each channel.

    W1 and W2 are 1×1 convolutions with biases, from `channels` down to `reduced` and back.
    """

    def __init__(self, channels: int, reduced: int) -> None:
        super().__init__()
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, reduced, kernel_size=1)
        self.relu = nn.ReLU()
        self.fc2 = nn.Conv2d(reduced, channels, kernel_size=1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, u: Tensor) -> Tensor:  # (N, C, H, W) -> (N, C, H, W)
        z = self.squeeze(u)  # (N, C, 1, 1)
        s = self.sigmoid(self.fc2(self.relu(self.fc1(z))))  # (N, C, 1, 1)
        return u * s


def seresnet(spec: SEResNetSpec) -> Network:
    """A ResNet v1 with a squeeze-and-excitation at the end of every residual branch."""
    Block = Bottleneck if spec.block == "bottleneck" else BasicBlock

    def make_block(place: Place) -> ResidualBlock:
        channels, block = place.channels * spec.expansion, Block(spec, place)
        block.residual.add_module("se", SqueezeExcitation(channels, channels // spec.reduction))
        return block

    return Network(spec, v1_parts(spec, make_block))
