"""Res2Net and Res2NeXt (Gao et al. 2019, arXiv:1904.01169): a bottleneck whose 3×3 convolution is split into a ladder.

The channels between the two 1×1 convolutions fall into `scale` splits of equal width. Each but one has a 3×3
convolution of its own, which also reads what the split before it gave, so that every split sees more of the picture
than the last. With `cardinality` 1 that is Res2Net; with more, where these convolutions are grouped, Res2NeXt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

from resnet_viz.text import N_
from resnet_viz.zoo.specs import naming
from resnet_viz.zoo.specs.base import all_fields
from resnet_viz.zoo.specs.fields import choice, class_count, integer, switch
from resnet_viz.zoo.specs.resnet import CifarBottleneckSpec, ImageNetSpec, ResNetV1Spec

_WIRINGS = {
    "released": N_("released: last split untouched"),
    "paper": N_("paper: first split untouched"),
}
_WIRING_HELP = N_(
    "How the splits of a block hang together: as in the authors' code, where the first block of a stage has no ladder, "
    "or as in equation 1 of the paper in every block"
)


@dataclass(frozen=True, kw_only=True)
class SplitSpec(ResNetV1Spec):
    """What Res2Net lets one choose, for ImageNet and for CIFAR.

    `NAMES` are the forms of a name, each with the values that it stands for without naming them; "se" before any of
    them is the network with squeeze and excitation. The first that fits is the name.
    """

    NAMES: ClassVar[dict[str, dict[str, Any]]]

    scale: int = integer(
        4, 2, 8, N_("Scale"), N_("Splits of a block's inner channels: s of the paper"),
        allowed=N_("whole numbers from 2 to 8, since one split alone has no other to be added to"),
    )  # fmt: skip
    width: int = integer(
        26, 1, 256, N_("Width"), N_("Channels of a split in the first stage, for each group; every stage doubles them")
    )
    cardinality: int = integer(
        1, 1, 64, N_("Cardinality"), N_("Groups of the 3×3 convolutions: 1 is Res2Net, more is Res2NeXt")
    )
    squeeze_excitation: bool = switch(
        False, N_("Squeeze and excitation"), N_("Weigh the channels of every residual branch just before its sum")
    )
    wiring: str = choice("released", _WIRINGS, N_("Wiring"), _WIRING_HELP)

    @property
    def name(self) -> str:
        form = next(f for f, meant in self.NAMES.items() if all(getattr(self, n) == v for n, v in meant.items()))
        prefix = "se" if self.squeeze_excitation else ""
        return prefix + form.format_map({n: getattr(self, n) for n in naming.named_fields(form)})

    def entry(self) -> SplitSpec:
        return cast(SplitSpec, self.from_name(self.name))

    @classmethod
    def from_name(cls, text: str) -> Self | None:
        patterns = {field.name: field.pattern for field in all_fields(cls)}
        for form, meant in cls.NAMES.items():
            for prefix in ("", "se"):
                found = naming.read(prefix + form, patterns, text)
                if found is not None:
                    return cls(**cast(dict[str, Any], {**meant, **found, "squeeze_excitation": prefix == "se"}))
        return None

    def split_channels(self, stage_channels: int) -> int:
        """Channels of one split in a stage: `width` for every group and every 64 channels of the stage."""
        return stage_channels * self.width // 64 * self.cardinality


@dataclass(frozen=True, kw_only=True)
class Res2NetSpec(ImageNetSpec, SplitSpec):
    """One Res2Net or Res2NeXt for ImageNet."""

    family: ClassVar[str] = N_("Res2Net for ImageNet")
    NAMES: ClassVar = {
        "res2net{depth}_{width}w_{scale}s": {"cardinality": 1},
        "res2next{depth}": {"cardinality": 8, "width": 4, "scale": 4},
        "res2next{depth}_{cardinality}cx{width}wx{scale}s": {},
    }

    depth: int = choice(50, (50, 101), N_("Depth"), N_("Layers with weights of the ResNet whose blocks are replaced"))


@dataclass(frozen=True, kw_only=True)
class CifarRes2NetSpec(CifarBottleneckSpec, SplitSpec):
    """One Res2Net or Res2NeXt for CIFAR-100: three stages of bottlenecks, as wide as those of ResNeXt for CIFAR."""

    family: ClassVar[str] = N_("Res2Net for CIFAR")
    NAMES: ClassVar = {
        "res2net29_{width}w_{scale}s": {"cardinality": 1},
        "res2next29_{cardinality}cx{width}wx{scale}s": {},
    }

    num_classes: int = class_count(100)
    depth: int = integer(
        29, 11, 1199, N_("Depth"), N_("Layers with weights of the ResNeXt whose blocks are replaced: 9n+2"),
        step=9, allowed=N_("9n+2 from 11 to 1199"),
    )  # fmt: skip
    width: int = integer(
        24, 1, 256, N_("Width"), N_("Channels of a split in the first stage, for each group; every stage doubles them")
    )
    cardinality: int = integer(
        6, 1, 64, N_("Cardinality"), N_("Groups of the 3×3 convolutions: 1 is Res2Net, more is Res2NeXt")
    )
