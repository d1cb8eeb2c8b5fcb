"""Networks before shortcuts, each deeper than the one before: LeNet-5, AlexNet, VGG.

LeCun, Bottou, Bengio, Haffner 1998 (doi 10.1109/5.726791), Krizhevsky, Sutskever, Hinton 2012 (doi 10.1145/3065386),
Simonyan, Zisserman 2014 (arXiv:1409.1556).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from resnet_viz.text import N_
from resnet_viz.zoo.specs.convolutional import ACTIVATIONS, ConvolutionalSpec
from resnet_viz.zoo.specs.fields import choice, class_count, dropout_share, integer, switch


def _image_side(default: int, low: int, high: int = 1024) -> Any:
    """The field `image_size` of a network whose convolutions leave nothing of a smaller picture."""
    return integer(default, low, high, N_("Image size"), N_("Side of the usual input in pixels"))


def _dropout() -> Any:
    return dropout_share(0.5, N_("Share of features dropped before fully connected layers"))


@dataclass(frozen=True, kw_only=True)
class HistorySpec(ConvolutionalSpec):
    """What networks before shortcuts share."""

    family: ClassVar[str] = N_("Before ResNet")
    RANK: ClassVar[int] = 0

    batch_norm: bool = switch(False, N_("Batch norm"), N_("A batch norm after every convolution"))

    @property
    def num_shortcuts(self) -> int:
        return 0

    @property
    def is_plain(self) -> bool:
        return True


@dataclass(frozen=True, kw_only=True)
class LeNetSpec(HistorySpec):
    """LeNet-5, for grey pictures of 32×32."""

    NAME: ClassVar[str] = "lenet5"

    activation: str = choice("tanh", ACTIVATIONS, N_("Activation"), N_("The non-linearity after every convolution"))
    in_channels: int = integer(1, 1, 16, N_("Input channels"), N_("Channels of a picture: 3 for colour, 1 for grey"))
    num_classes: int = class_count(10)
    image_size: int = _image_side(32, low=32, high=256)

    @property
    def depth(self) -> int:
        return 5

    @property
    def is_tied_to_image_size(self) -> bool:
        return True


@dataclass(frozen=True, kw_only=True)
class AlexNetSpec(HistorySpec):
    """AlexNet in one column."""

    NAME: ClassVar[str] = "alexnet"

    dropout: float = _dropout()
    image_size: int = _image_side(224, low=63)

    @property
    def depth(self) -> int:
        return 8


@dataclass(frozen=True, kw_only=True)
class VGGSpec(HistorySpec):
    """Configurations A, B, D and E of the paper's Table 1."""

    NAME: ClassVar[str] = "vgg{depth}"
    STAGE_CONVOLUTIONS: ClassVar = {
        11: (1, 1, 2, 2, 2),
        13: (2, 2, 2, 2, 2),
        16: (2, 2, 3, 3, 3),
        19: (2, 2, 4, 4, 4),
    }

    depth: int = choice(16, tuple(STAGE_CONVOLUTIONS), N_("Depth"), N_("Layers with weights"))
    dropout: float = _dropout()
    image_size: int = _image_side(224, low=32)

    @property
    def stage_convolutions(self) -> tuple[int, ...]:
        """Convolutions at each size of the picture."""
        counts: tuple[int, ...] = self.STAGE_CONVOLUTIONS[self.depth]
        return counts

    @property
    def stage_channels(self) -> tuple[int, ...]:
        """Channels at each size of the picture."""
        return 64, 128, 256, 512, 512
