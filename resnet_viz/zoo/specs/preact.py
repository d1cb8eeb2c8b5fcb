"""ResNet v2 for CIFAR (He, Zhang, Ren, Sun 2016, arXiv:1603.05027): arrangements of Table 2, shortcuts of Table 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from resnet_viz.text import N_
from resnet_viz.zoo.specs import naming
from resnet_viz.zoo.specs.convolutional import ACTIVATIONS
from resnet_viz.zoo.specs.fields import SpecField, choice, dropout_share, integer, number, switch
from resnet_viz.zoo.specs.resnet import Block, CifarSpec

ARRANGEMENTS = {
    "a": N_("(a) original"),
    "b": N_("(b) BN after addition"),
    "c": N_("(c) ReLU before addition"),
    "d": N_("(d) ReLU-only pre-activation"),
    "e": N_("(e) full pre-activation"),
}
SHORTCUTS = {
    "identity": N_("identity"),
    "scaled": N_("constant scaling"),
    "exclusive": N_("exclusive gating: 1−g and g"),
    "shortcut_only": N_("shortcut-only gating: 1−g and 1"),
    "1x1": N_("1×1 convolution"),
    "dropout": N_("dropout"),
    "none": N_("none: a plain network"),
}
BLOCKS = {"basic": N_("basic: 3×3, 3×3"), "bottleneck": N_("bottleneck: 1×1, 3×3, 1×1")}

_DEPTHS = {  # lowest, highest, step, in words
    "basic": (8, 1202, 6, N_("6n+2 from 8 to 1202 with basic blocks")),
    "bottleneck": (11, 1199, 9, N_("9n+2 from 11 to 1199 with bottleneck blocks")),
}


def usual_block(depth: int) -> Block:
    """The block that a depth alone stands for: as published at 110, 164 and 1001, else basic where 6n+2 fits."""
    fits_bottleneck, fits_basic = depth % 9 == 2, depth % 6 == 2
    return "bottleneck" if fits_bottleneck and (depth >= 164 or not fits_basic) else "basic"


@dataclass(frozen=True, kw_only=True)
class PreActSpec(CifarSpec):
    """One ResNet v2: n units in each of three stages, with two or three convolutions each."""

    family: ClassVar[str] = N_("ResNet v2 for CIFAR")
    NAME: ClassVar[str] = "preact_resnet{depth}"
    NARROWED: ClassVar = ("depth",)

    depth: int = integer(
        110,
        8,
        1202,
        N_("Depth"),
        N_("Layers with weights: 6n+2 or 9n+2 for n blocks a stage"),
        step=3,
        allowed=N_("6n+2 with basic, 9n+2 with bottleneck blocks"),
    )
    block: Block = choice(  # noqa: RUF009 - a field, as every choice
        "basic", BLOCKS, N_("Block"), N_("The convolutions of a residual branch")
    )
    arrangement: str = choice(
        "e",
        ARRANGEMENTS,
        N_("Arrangement"),
        N_("Where batch norm and ReLU stand: the same parts in another order, Table 2 of He et al. 2016"),
    )
    shortcut: str = choice(
        "identity", SHORTCUTS, N_("Shortcut"), N_("What every shortcut does with its input: Table 1 of He et al. 2016")
    )
    shortcut_scale: float = number(0.5, 0, 1, N_("Factor of the shortcut"), N_("What x is multiplied with"))
    branch_scale: float = number(1, 0, 1, N_("Factor of the branch"), N_("What F(x) is multiplied with"))
    gate_bias: float = number(
        -6, -10, 0, N_("Gate bias"), N_("b of the gate g(x) = σ(Wx + b) at the start: the lower, the more x passes")
    )
    dropout: float = dropout_share(0.5, N_("Share of the shortcut's numbers that are dropped in training"))
    batch_norm: bool = switch(True, N_("Batch norm"), N_("A batch norm for every convolution"))
    activation: str = choice("relu", ACTIVATIONS, N_("Activation"), N_("The non-linearity for every convolution"))

    def entry(self) -> PreActSpec:
        return PreActSpec(depth=self.depth, block=usual_block(self.depth))

    @classmethod
    def from_name(cls, text: str) -> Self | None:
        found = naming.read(cls.NAME, {"depth": "[0-9]{1,9}"}, text)
        return None if found is None else cls(depth=int(found["depth"]), block=usual_block(int(found["depth"])))

    @property
    def stage_blocks(self) -> tuple[int, ...]:
        return ((self.depth - 2) // (9 if self.block == "bottleneck" else 6),) * 3

    def applies(self, name: str) -> bool:
        owners = {
            "shortcut_scale": ("scaled",),
            "branch_scale": ("scaled",),
            "gate_bias": ("exclusive", "shortcut_only"),
            "dropout": ("dropout",),
        }
        return super().applies(name) and self.shortcut in owners.get(name, (self.shortcut,))

    @classmethod
    def narrowed(cls, field: SpecField, values: Mapping[str, Any]) -> SpecField:
        low, high, step, words = _DEPTHS[values["block"]]
        return replace(field, minimum=low, maximum=high, step=step, allowed=words)
