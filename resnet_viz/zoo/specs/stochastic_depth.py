"""ResNets of stochastic depth (Huang, Sun, Liu, Sedra, Weinberger 2016, arXiv:1603.09382)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_viz.text import N_
from resnet_viz.zoo.specs.base import all_fields
from resnet_viz.zoo.specs.fields import number
from resnet_viz.zoo.specs.resnet import CifarResNetSpec, CifarSpec, shortcut_field


@dataclass(frozen=True, kw_only=True)
class StochasticDepthSpec(CifarSpec):
    """A ResNet v1 for CIFAR whose residual branches are dropped by chance during training, later ones more often."""

    family: ClassVar[str] = N_("Stochastic depth")
    NAME: ClassVar[str] = "stochastic_depth_resnet{depth}"

    shortcut: str = shortcut_field("A", without=("none",))
    survival: float = number(
        0.5, 0.01, 1.0, N_("Survival of the last block"),
        N_("Probability that the last residual branch takes part in a training step; it falls evenly from 1"),
    )  # fmt: skip

    def survival_of(self, block: int) -> float:
        """Probability p_l that the branch of a block, counted from 1, takes part: 1 - l/L · (1 - p_L)."""
        return 1 - block / self.num_shortcuts * (1 - self.survival)

    def without_shortcuts(self) -> CifarResNetSpec:
        """The plain network of the same layers. Nothing is dropped in it: without a shortcut a dropped branch would
        leave nothing to go on with."""
        shared = {field.name: getattr(self, field.name) for field in all_fields(CifarSpec)}
        return CifarResNetSpec(**{**shared, "shortcut": "none"})
