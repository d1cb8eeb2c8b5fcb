"""ResNeXt (Xie, Girshick, Dollár, Tu, He 2016, arXiv:1611.05431): the residual branch is a sum of many narrow paths.

The `cardinality` C is their number and `width` d the channels of one path in the first stage; every later stage doubles
it. Both stand in the name: resnext50_32x4d. C·d channels are cut into C groups of d, so that no choice of the two is a
number of groups that does not divide its channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_viz.text import N_
from resnet_viz.zoo.specs.fields import choice, integer
from resnet_viz.zoo.specs.resnet import CifarBottleneckSpec, ImageNetSpec, ResNetV1Spec

FORMS = {
    "sum": N_("(a) paths, summed"),
    "concat": N_("(b) paths, concatenated"),
    "grouped": N_("(c) one grouped convolution"),
}


@dataclass(frozen=True, kw_only=True)
class AggregatedSpec(ResNetV1Spec):
    """What ResNeXts for ImageNet and for CIFAR share: the paths of a block, and how they are written down."""

    NAME: ClassVar[str] = "resnext{depth}_{cardinality}x{width}d"

    cardinality: int = integer(32, 1, 64, N_("Cardinality"), N_("Paths of the residual branch of a block"))
    width: int = integer(4, 1, 128, N_("Width of a path"), N_("Channels of a path in the first stage"))
    form: str = choice(
        "grouped",
        FORMS,
        N_("Form"),
        N_("How the paths of a block are written down: three forms of the same function, Figure 3 of the paper"),
    )

    def applies(self, name: str) -> bool:
        return super().applies(name) and (name != "form" or self.cardinality > 1)

    def path_channels(self, channels: int) -> int:
        """Channels of one path in the stage where a ResNet's 3×3 convolutions have so many channels."""
        return self.width * channels // self.stage_channels[0]


@dataclass(frozen=True, kw_only=True)
class ResNeXtSpec(ImageNetSpec, AggregatedSpec):
    """One ResNeXt for ImageNet: the blocks and stages of ResNet-50, 101 and 152."""

    family: ClassVar[str] = N_("ResNeXt for ImageNet")

    depth: int = choice(50, (50, 101, 152), N_("Depth"), N_("Layers with weights, projections not counted"))


@dataclass(frozen=True, kw_only=True)
class CifarResNeXtSpec(CifarBottleneckSpec, AggregatedSpec):
    """One ResNeXt for CIFAR-10: three stages of bottleneck blocks (section 5.3 of the paper).

    A depth of 101 is not offered, though it is 9n+2: it would have the name of an ImageNet network.
    """

    family: ClassVar[str] = N_("ResNeXt for CIFAR")

    depth: int = integer(
        29,
        11,
        92,
        N_("Depth"),
        N_("Layers with weights: 9n+2 for n blocks a stage"),
        step=9,
        allowed=N_("9n+2 from 11 to 92"),
    )
    cardinality: int = integer(8, 1, 64, N_("Cardinality"), N_("Paths of the residual branch of a block"))
    width: int = integer(64, 1, 128, N_("Width of a path"), N_("Channels of a path in the first stage"))


# ---- cardinality against width at equal cost


@dataclass(frozen=True)
class Template:
    """One way to spend the weights of a block: so many paths of such a width."""

    cardinality: int
    width: int

    @property
    def group_width(self) -> int:
        """Channels of all paths together."""
        return self.cardinality * self.width

    @property
    def parameters(self) -> int:
        """C · (256·d + 3·3·d·d + d·256), equation 4 of the paper: the weights between 256 channels and 256 channels."""
        return self.cardinality * (256 * self.width + 9 * self.width**2 + self.width * 256)


RESNET_BLOCK = Template(1, 64)  # the bottleneck block of ResNet-50: 69,632 weights


def equal_cost(cardinalities: tuple[int, ...] = (1, 2, 4, 8, 32)) -> tuple[Template, ...]:
    """For each cardinality the width whose cost comes closest to that of a ResNet's block: Table 2 of the paper."""

    def distance(template: Template) -> int:
        return abs(template.parameters - RESNET_BLOCK.parameters)

    widths = range(1, RESNET_BLOCK.width + 1)
    return tuple(min((Template(paths, width) for width in widths), key=distance) for paths in cardinalities)
