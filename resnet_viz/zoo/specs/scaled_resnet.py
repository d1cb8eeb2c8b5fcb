"""ResNets for CIFAR whose residual branches are scaled down, with batch norm or in its place.

A fixed factor β (Balduzzi et al. 2017, arXiv:1702.08591), SkipInit (De, Smith 2020, arXiv:2002.10444), ReZero
(Bachlechner et al. 2020, arXiv:2003.04887), Fixup (Zhang, Dauphin, Ma 2019, arXiv:1901.09321).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from resnet_viz.text import N_
from resnet_viz.zoo.specs.fields import choice, number
from resnet_viz.zoo.specs.resnet import CifarResNetSpec, CifarSpec, shortcut_field

SCALINGS = {
    "beta": N_("β: a fixed factor"),
    "skipinit": N_("SkipInit: one learned α a branch"),
    "rezero": N_("ReZero: α from 0, no ReLU after +"),
    "fixup": N_("Fixup: smaller weights, biases"),
}


@dataclass(frozen=True, kw_only=True)
class ScaledResNetSpec(CifarSpec):
    """One ResNet for CIFAR-10 whose residual branches are scaled.

    Only with `scaling="beta"` is there a batch norm to choose; the three others are made to do without.
    """

    family: ClassVar[str] = N_("Scaled branches for CIFAR")
    NAME: ClassVar[str] = "{scaling}_resnet{depth}"

    shortcut: str = shortcut_field("A", without=("none",))
    scaling: str = choice("beta", SCALINGS, N_("Scaling"), N_("What makes the residual branch small at initialisation"))
    beta: float = number(0.1, 1e-3, 1.0, N_("Branch factor β"), N_("What every residual branch is multiplied by"))
    alpha: float = number(0.0, 0.0, 1.0, N_("First α"), N_("Where the learned factor of every branch begins"))

    @property
    def unscaled(self) -> CifarResNetSpec:
        """The ResNet v1 with the same layers, whose branches are not scaled."""
        same: dict[str, Any] = {field.name: getattr(self, field.name) for field in dataclasses.fields(CifarResNetSpec)}
        return CifarResNetSpec(**same | {"batch_norm": self.batch_norm and self.scaling == "beta"})

    def applies(self, name: str) -> bool:
        needed = {"beta": "beta", "batch_norm": "beta", "alpha": "skipinit"}
        return super().applies(name) and needed.get(name, self.scaling) == self.scaling

    def without_shortcuts(self) -> None:
        """None: a branch is scaled against its shortcut, and alone it may be 0."""
        return None

    def with_shortcuts(self) -> ScaledResNetSpec:
        return self
