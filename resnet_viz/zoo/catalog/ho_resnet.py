"""HO-ResNets. The paper's errors are curves and gains, so there is no table of results."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.papers import LUO_2021
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import HOResNetSpec

_EQUATIONS = N_(
    "The methods' equations are built. In the released code the block RK2 leaves out k₁ in its second evaluation, "
    "ImprovedEuler adds a module instead of its output, and the network's first convolution halves the picture."
)
_DEPTHS = (26, 50)  # that Euler, midpoint and RK4 share: 24n+2

VARIANTS = (
    *(
        Variant(HOResNetSpec(depth=depth, method=method), LUO_2021, difference=_EQUATIONS)
        for depth in _DEPTHS
        for method in ("euler", "midpoint", "rk4")
    ),
    *(Variant(HOResNetSpec(depth=20, method=method), LUO_2021, difference=_EQUATIONS) for method in ("heun3", "rk3")),
)

RESULTS: tuple[Result, ...] = ()
