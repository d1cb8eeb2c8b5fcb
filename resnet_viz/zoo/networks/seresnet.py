"""SE-ResNet (Hu et al. 2017, Figures 2 and 3): the blocks of ResNet v1 with a squeeze-and-excitation before the sum."""

from __future__ import annotations

from resnet_viz.zoo.networks.parts import Network, Place, ResidualBlock, SqueezeExcitation, v1_parts
from resnet_viz.zoo.networks.resnet import BasicBlock, Bottleneck
from resnet_viz.zoo.specs.seresnet import SEResNetSpec


def seresnet(spec: SEResNetSpec) -> Network:
    """A ResNet v1 with a squeeze-and-excitation at the end of every residual branch."""
    Block = Bottleneck if spec.block == "bottleneck" else BasicBlock

    def make_block(place: Place) -> ResidualBlock:
        channels, block = place.channels * spec.expansion, Block(spec, place)
        block.residual.add_module("se", SqueezeExcitation(channels, channels // spec.reduction))
        return block

    return Network(spec, v1_parts(spec, make_block))
