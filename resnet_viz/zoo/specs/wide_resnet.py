"""Wide ResNets (Zagoruyko, Komodakis 2016, arXiv:1605.07146): for CIFAR, and the bottleneck network for ImageNet."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

from resnet_viz.text import N_
from resnet_viz.zoo.specs import naming
from resnet_viz.zoo.specs.base import all_fields
from resnet_viz.zoo.specs.fields import SpecField, choice, dropout_share, integer, switch
from resnet_viz.zoo.specs.resnet import SHORTCUTS, CifarSpec, ImageNetSpec

KERNEL_SIZES = {
    "b33": (3, 3),
    "b313": (3, 1, 3),
    "b131": (1, 3, 1),
    "b13": (1, 3),
    "b31": (3, 1),
    "b311": (3, 1, 1),
}
_BLOCKS = {key: f"B({','.join(map(str, sizes))})" for key, sizes in KERNEL_SIZES.items()}
_BESIDE_BLOCKS = 4  # convolutions: the first, and the projection of each stage
_MOST = 1000


@dataclass(frozen=True, kw_only=True)
class WideResNetSpec(CifarSpec):
    """Section 2 of the paper: WRN-d-k, three stages of N pre-activation blocks with k times the usual channels.

    With l convolutions in a block, d = 3·N·l + 4. `block_type` names their kernel sizes: "b131" is the paper's
    B(1,3,1).
    """

    family: ClassVar[str] = N_("Wide ResNet for CIFAR")
    NAME: ClassVar[str] = "wrn_{depth}_{widen_factor}"  # and "_b131" behind it for blocks other than B(3,3)
    NARROWED: ClassVar = ("depth",)

    depth: int = integer(
        28,
        10,
        _MOST,
        N_("Depth"),
        N_("Convolutions: 6n+4 for n blocks a stage with two of them, 9n+4 with three"),
        step=3,
        allowed=N_("6n+4 for blocks of two convolutions and 9n+4 for blocks of three, from 10 to 1000"),
    )
    widen_factor: int = integer(
        10, 1, 32, N_("Widening factor"), N_("Channels for every channel of the usual 16, 32 and 64")
    )
    block_type: str = choice("b33", _BLOCKS, N_("Block"), N_("Kernel sizes of the convolutions of a block, in order"))
    dropout: float = dropout_share(0.0, N_("Probability that a value between two convolutions of a block becomes 0"))
    shortcut: str = choice(
        "B",
        {key: SHORTCUTS[key] for key in ("B", "none")},
        N_("Shortcut"),
        N_("1×1 convolutions where the number of channels changes, or no shortcuts at all"),
    )
    batch_norm: bool = switch(True, N_("Batch norm"), N_("A batch norm before every activation"))

    @property
    def name(self) -> str:
        return super().name + ("" if self.block_type == "b33" else f"_{self.block_type}")

    def entry(self) -> WideResNetSpec:
        return WideResNetSpec(depth=self.depth, widen_factor=self.widen_factor, block_type=self.block_type)

    @classmethod
    def from_name(cls, text: str) -> Self | None:
        patterns = {field.name: field.pattern for field in all_fields(cls)}
        for template in (cls.NAME, cls.NAME + "_{block_type}"):
            if found := naming.read(template, patterns, text.lower()):
                return cls(**cast(dict[str, Any], found))
        return None

    @property
    def kernel_sizes(self) -> tuple[int, ...]:
        """Of the convolutions of a block, in order."""
        return KERNEL_SIZES[self.block_type]

    @property
    def stage_blocks(self) -> tuple[int, ...]:
        return ((self.depth - _BESIDE_BLOCKS) // _step(self.block_type),) * 3

    @property
    def stage_channels(self) -> tuple[int, ...]:
        return 16 * self.widen_factor, 32 * self.widen_factor, 64 * self.widen_factor

    @classmethod
    def narrowed(cls, field: SpecField, values: Mapping[str, Any]) -> SpecField:
        step = _step(values["block_type"])
        lowest, highest = _BESIDE_BLOCKS + step, _MOST - (_MOST - _BESIDE_BLOCKS) % step
        allowed = N_("6n+4 from 10 to 1000") if step == 6 else N_("9n+4 from 13 to 994")
        return dataclasses.replace(field, minimum=lowest, maximum=highest, step=step, allowed=allowed)


def _step(block_type: str) -> int:
    """Convolutions that one more block in each stage adds."""
    return 3 * len(KERNEL_SIZES[block_type])


@dataclass(frozen=True, kw_only=True)
class WideBottleneckSpec(ImageNetSpec):
    """A bottleneck ResNet v1 whose 3×3 convolutions are wider, for ImageNet."""

    family: ClassVar[str] = N_("Wide ResNet for ImageNet")
    NAME: ClassVar[str] = "wide_resnet{depth}_{widen_factor}"

    depth: int = choice(50, (50, 101, 152), N_("Depth"), N_("Layers with weights, projections not counted"))
    widen_factor: int = integer(
        2, 1, 16, N_("Widening factor"), N_("Channels of a block's 3×3 convolution for every usual one")
    )
