"""ReXNet (Han, Yun, Heo, Yoo 2020, arXiv:2007.00992): channels that grow from block to block along a straight line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple, Self

from resnet_viz.text import N_
from resnet_viz.zoo.specs import naming
from resnet_viz.zoo.specs.base import NetworkSpec
from resnet_viz.zoo.specs.fields import choice, dropout_share, integer, number, switch

CHANNEL_RULES = {
    "linear": N_("a straight line: ReXNet"),
    "mobilenetv2": N_("constant in a stage: MobileNetV2"),
}


class BlockShape(NamedTuple):
    """What one inverted bottleneck makes of its input."""

    in_channels: int
    out_channels: int
    stride: int
    expansion: int  # channels of its depthwise convolution for every input channel
    is_gated: bool  # by squeeze and excitation


@dataclass(frozen=True, kw_only=True)
class ReXNetSpec(NetworkSpec):
    """One ReXNet. With the channel rule of MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381, Table 2) it has that
    network's blocks a stage and their widths; all else stays."""

    family: ClassVar[str] = N_("ReXNet")
    NAME: ClassVar[str] = "rexnet_{percent}"
    PERCENT: ClassVar = {0.9: 90, 1.0: 100, 1.3: 130, 1.5: 150, 2.0: 200, 2.2: 220, 3.0: 300}

    STAGE_BLOCKS: ClassVar = {"linear": (1, 2, 2, 3, 3, 5), "mobilenetv2": (1, 2, 3, 4, 3, 3, 1)}
    STAGE_STRIDES: ClassVar = {"linear": (1, 2, 2, 2, 1, 2), "mobilenetv2": (1, 2, 2, 2, 1, 2, 1)}
    STAGE_WIDTHS: ClassVar = (16, 24, 32, 64, 96, 160, 320)  # of MobileNetV2

    width_mult: float = number(1.0, 0.5, 4.0, N_("Width"), N_("Factor of all widths; in a name 130 stands for 1.3"))
    channel_rule: str = choice("linear", CHANNEL_RULES, N_("Channels"), N_("How the widths of the blocks grow"))
    expansion: int = integer(
        6, 1, 12, N_("Expansion"), N_("Channels of the depthwise convolution for every input channel")
    )
    squeeze_excitation: bool = switch(
        True, N_("Squeeze and excitation"), N_("Gates of channels in the blocks from the third stage on")
    )
    dropout: float = dropout_share(0.2, N_("Share of features dropped before the last layer"))

    @property
    def name(self) -> str:
        return self.NAME.format(percent=self.PERCENT.get(self.width_mult, 100))

    def entry(self) -> ReXNetSpec:
        return ReXNetSpec(width_mult=self.width_mult if self.width_mult in self.PERCENT else 1.0)

    @classmethod
    def from_name(cls, text: str) -> Self | None:
        """ "rexnet_130", "ReXNet 1.3" and "rexnet-1.3x" are one network."""
        found = naming.read(cls.NAME, {"percent": r"[0-9]{1,9}|[0-9]{1,9}\.[0-9]{1,9}x?"}, text)
        if found is None:
            return None
        width = found["percent"].lower().removesuffix("x")
        return cls(width_mult=float(width) if "." in width else int(width) / 100)

    @property
    def stem_channels(self) -> int:
        """Channels of the first convolution, which narrow networks do not make narrower."""
        return round(32 * max(1.0, self.width_mult))

    @property
    def head_channels(self) -> int:
        """Channels of the last convolution."""
        return round(1280 * self.width_mult)

    @property
    def stage_blocks(self) -> tuple[int, ...]:
        """Blocks in each stage."""
        blocks: tuple[int, ...] = self.STAGE_BLOCKS[self.channel_rule]
        return blocks

    @property
    def block_channels(self) -> tuple[int, ...]:
        """Output channels of every block: (16 + i · 180 / 16) · width for block i from 0, of which narrow networks keep
        the 16; or those of MobileNetV2 times the width."""
        if self.channel_rule == "mobilenetv2":
            widths = zip(self.STAGE_WIDTHS, self.stage_blocks, strict=True)
            return tuple(round(width * self.width_mult) for width, count in widths for _ in range(count))
        first, step = 16 / min(1.0, self.width_mult), 180 / 16
        return tuple(round((first + i * step) * self.width_mult) for i in range(16))

    @property
    def stages(self) -> tuple[tuple[BlockShape, ...], ...]:
        """The shape of every block, stage by stage."""
        widths = pairwise((self.stem_channels, *self.block_channels))
        strides: tuple[int, ...] = self.STAGE_STRIDES[self.channel_rule]
        return tuple(
            tuple(
                BlockShape(
                    *next(widths),
                    stride=stride if block == 0 else 1,
                    expansion=self.expansion if stage else 1,
                    is_gated=self.squeeze_excitation and stage >= 2,
                )
                for block in range(count)
            )
            for stage, (count, stride) in enumerate(zip(self.stage_blocks, strides, strict=True))
        )

    @property
    def depth(self) -> int:
        """Convolutions and the last layer; those of the gates are not counted."""
        return sum(2 + (shape.expansion > 1) for stage in self.stages for shape in stage) + 3

    @property
    def num_shortcuts(self) -> int:
        return sum(has_shortcut(shape) for stage in self.stages for shape in stage)


def has_shortcut(shape: BlockShape) -> bool:
    """Whether a block adds its input to as many of its output's channels: where it neither halves nor narrows."""
    return shape.stride == 1 and shape.in_channels <= shape.out_channels
