"""Higher-order residual networks (Luo, Sun, Zhou, Wu, Kamata 2021, arXiv:2103.15244) with the stages for CIFAR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

from resnet_viz.text import N_
from resnet_viz.zoo.specs.fields import SpecField, choice, integer
from resnet_viz.zoo.specs.resnet import CifarSpec, shortcut_field


class Weights(NamedTuple):
    """A weighted sum of what the evaluations gave, Σ factors[j] kⱼ / divisor."""

    factors: tuple[int, ...]
    divisor: int = 1


class Tableau(NamedTuple):
    """An explicit Runge–Kutta method with step 1: Butcher's table without its left column.

    The first evaluation is k₁ = F₁(x), each further one kᵢ = Fᵢ(x + inner[i − 2]), and the step is y = x + outer.
    """

    inner: tuple[Weights, ...]
    outer: Weights

    @property
    def evaluations(self) -> int:
        return 1 + len(self.inner)


TABLEAUS = {
    "euler": Tableau((), Weights((1,))),
    "midpoint": Tableau((Weights((1,), 2),), Weights((0, 1))),
    "heun3": Tableau((Weights((1,), 3), Weights((0, 2), 3)), Weights((1, 0, 3), 4)),
    "rk3": Tableau((Weights((1,), 2), Weights((-1, 2))), Weights((1, 4, 1), 6)),
    "rk4": Tableau((Weights((1,), 2), Weights((0, 1), 2), Weights((0, 0, 1))), Weights((1, 2, 2, 1), 6)),
}
METHODS = {
    "euler": N_("Euler: 1 evaluation"),
    "midpoint": N_("midpoint: 2 evaluations"),
    "heun3": N_("Heun, third order: 3 evaluations"),
    "rk3": N_("Kutta, third order: 3 evaluations"),
    "rk4": N_("Runge–Kutta 4: 4 evaluations"),
}
_MOST = 1202  # layers with weights
_HELP = N_(
    "The step that a block takes; every evaluation has weights of its own, so no order of accuracy follows from it"
)


@dataclass(frozen=True, kw_only=True)
class HOResNetSpec(CifarSpec):
    """One HO-ResNet for CIFAR: a block of s evaluations has 2s convolutions, so depth is 6sn+2 for n blocks a stage.

    Networks of equal depth have equal convolutions whichever the method is. The paper's depths 30 and 58 are no sums of
    three equal stages (28 and 56 convolutions in blocks of at least two); 26 and 50 suit Euler, midpoint and RK4 alike.
    There is no plain twin: where shapes change, the evaluations need a shortcut to start from.
    """

    family: ClassVar[str] = N_("HO-ResNet")
    NAME: ClassVar[str] = "ho_resnet{depth}_{method}"
    NARROWED: ClassVar = ("depth",)

    depth: int = integer(
        26,
        8,
        _MOST,
        N_("Depth"),
        N_("Layers with weights: 6sn+2 for n blocks a stage of s evaluations each"),
        step=6,
        allowed=N_("6n+2 from 8 to 1202"),
    )
    method: str = choice("rk4", METHODS, N_("Method"), _HELP)
    shortcut: str = shortcut_field("A", without=("none",))

    @property
    def tableau(self) -> Tableau:
        """What a block computes."""
        return TABLEAUS[self.method]

    @property
    def stage_blocks(self) -> tuple[int, ...]:
        return ((self.depth - 2) // _step(self.method),) * 3

    def without_shortcuts(self) -> None:
        return None

    @classmethod
    def narrowed(cls, field: SpecField, values: Mapping[str, Any]) -> SpecField:
        step = _step(values["method"])
        if step == field.step:
            return field
        highest = _MOST - (_MOST - 2) % step
        allowed = f"{step}n+2: {step + 2}, {2 * step + 2}, …, {highest}"
        return replace(field, minimum=step + 2, maximum=highest, step=step, allowed=allowed)


def _step(method: str) -> int:
    """Convolutions that one more block in each stage adds."""
    return 6 * TABLEAUS[method].evaluations
