"""ResNet v1 and its plain twins (He, Zhang, Ren, Sun 2015, arXiv:1512.03385), and what later families take from it.

`ImageNetSpec` and `CifarSpec` say what to build through the same four properties: `stem`, `block`, `stage_blocks`,
`stage_channels`. A family whose blocks differ but whose stages do not derives from one of them.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from resnet_viz.text import N_
from resnet_viz.zoo.specs.base import NetworkSpec
from resnet_viz.zoo.specs.convolutional import ConvolutionalSpec
from resnet_viz.zoo.specs.fields import choice, class_count, image_side, integer

Block = Literal["basic", "bottleneck"]
Shortcut = Literal["A", "B", "C", "none"]

SHORTCUTS = {
    "A": N_("A: zero-padded identity"),
    "B": N_("B: projection where shapes change"),
    "C": N_("C: projection everywhere"),
    "none": N_("none: a plain network"),
}


def shortcut_field(default: Shortcut, without: tuple[Shortcut, ...] = ()) -> Any:
    """The field `shortcut` with a family's default, and without what the family cannot have."""
    offered = {key: words for key, words in SHORTCUTS.items() if key not in without}
    help = N_("How the shortcut meets a change of shape; options A, B, C of He et al. 2015")
    return choice(default, offered, N_("Shortcut"), help)


@dataclass(frozen=True, kw_only=True)
class ResNetV1Spec(ConvolutionalSpec):
    """What networks with the stages of ResNet v1 share, for ImageNet and for CIFAR."""

    RANK: ClassVar[int] = 0

    depth: int = 0  # each family says what is allowed; declared here to stand first
    shortcut: str = shortcut_field("B")

    @property
    @abstractmethod
    def stem(self) -> Literal["7x7", "3x3"]:
        """The first convolution: 7×7 with stride 2 and a max pool after it, or 3×3 alone."""

    @property
    @abstractmethod
    def block(self) -> Block:
        """Two 3×3 convolutions, or 1×1, 3×3, 1×1."""

    @property
    @abstractmethod
    def stage_blocks(self) -> tuple[int, ...]:
        """Residual blocks in each stage."""

    @property
    @abstractmethod
    def stage_channels(self) -> tuple[int, ...]:
        """Channels of the 3×3 convolutions in each stage."""

    @property
    def expansion(self) -> int:
        """Output channels of a block for every channel of its 3×3 convolutions."""
        return 4 if self.block == "bottleneck" else 1

    @property
    def num_shortcuts(self) -> int:
        return 0 if self.is_plain else sum(self.stage_blocks)

    @property
    def is_plain(self) -> bool:
        return self.shortcut == "none"

    def without_shortcuts(self) -> NetworkSpec | None:
        return replace(self, shortcut="none")

    def with_shortcuts(self) -> Self:
        """The residual twin, with the shortcut that is usual in the family; itself where it is residual."""
        return replace(self, shortcut=type(self).shortcut) if self.is_plain else self


@dataclass(frozen=True, kw_only=True)
class ImageNetSpec(ResNetV1Spec):
    """The stages of Table 1 of the paper."""

    STAGE_BLOCKS: ClassVar = {
        18: (2, 2, 2, 2),
        34: (3, 4, 6, 3),
        50: (3, 4, 6, 3),
        101: (3, 4, 23, 3),
        152: (3, 8, 36, 3),
    }

    depth: int = choice(50, tuple(STAGE_BLOCKS), N_("Depth"), N_("Layers with weights, projections not counted"))

    @property
    def stem(self) -> Literal["7x7", "3x3"]:
        return "7x7"

    @property
    def block(self) -> Block:
        return "bottleneck" if self.depth >= 50 else "basic"

    @property
    def stage_blocks(self) -> tuple[int, ...]:
        blocks: tuple[int, ...] = self.STAGE_BLOCKS[self.depth]
        return blocks

    @property
    def stage_channels(self) -> tuple[int, ...]:
        return 64, 128, 256, 512


@dataclass(frozen=True, kw_only=True)
class ResNetSpec(ImageNetSpec):
    """One ResNet v1 for ImageNet."""

    family: ClassVar[str] = N_("ResNet v1 for ImageNet")

    stride_in: str = choice(
        "3x3",
        {"3x3": N_("3×3, as in torchvision"), "1x1": N_("1×1, as in the paper")},
        N_("Stride"),
        N_("Which convolution of a bottleneck block halves the picture"),
    )

    @property
    def name(self) -> str:
        return f"{'plain' if self.is_plain else 'resnet'}{self.depth}"

    def applies(self, name: str) -> bool:
        return super().applies(name) and (name != "stride_in" or self.block == "bottleneck")

    def entry(self) -> ResNetSpec:
        return ResNetSpec(depth=self.depth, shortcut="none" if self.is_plain else "B")


@dataclass(frozen=True, kw_only=True)
class CifarSpec(ResNetV1Spec):
    """Section 4.2 of the paper: 6n+2 layers, n blocks in each of three stages."""

    num_classes: int = class_count(10)
    image_size: int = image_side(32)
    shortcut: str = shortcut_field("A")
    depth: int = integer(
        56,
        8,
        1202,
        N_("Depth"),
        N_("Layers with weights: 6n+2 for n blocks a stage"),
        step=6,
        allowed=N_("6n+2 from 8 to 1202"),
    )

    @property
    def stem(self) -> Literal["7x7", "3x3"]:
        return "3x3"

    @property
    def block(self) -> Block:
        return "basic"

    @property
    def stage_blocks(self) -> tuple[int, ...]:
        return ((self.depth - 2) // 6,) * 3

    @property
    def stage_channels(self) -> tuple[int, ...]:
        return 16, 32, 64


@dataclass(frozen=True, kw_only=True)
class CifarBottleneckSpec(CifarSpec):
    """Section 5.3 of Xie et al. 2016: 9n+2 layers, n bottleneck blocks in each of three stages.

    Each family says which of these depths it has.
    """

    shortcut: str = shortcut_field("B")

    @property
    def block(self) -> Block:
        return "bottleneck"

    @property
    def stage_blocks(self) -> tuple[int, ...]:
        return ((self.depth - 2) // 9,) * 3

    @property
    def stage_channels(self) -> tuple[int, ...]:
        return 64, 128, 256


@dataclass(frozen=True, kw_only=True)
class CifarResNetSpec(CifarSpec):
    """One ResNet v1 for CIFAR-10."""

    family: ClassVar[str] = N_("ResNet v1 for CIFAR")
    LISTED: ClassVar = (20, 32, 44, 56, 110, 1202)  # depths with a catalog entry; all others are variations of 56

    @property
    def name(self) -> str:
        return f"{'plain' if self.is_plain else 'resnet'}{self._listed_depth()}"

    def entry(self) -> CifarResNetSpec:
        return CifarResNetSpec(depth=self._listed_depth(), shortcut="none" if self.is_plain else "A")

    def _listed_depth(self) -> int:
        return self.depth if self.depth in self.LISTED else 56
