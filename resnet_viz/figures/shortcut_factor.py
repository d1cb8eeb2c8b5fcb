"""What the shortcuts of a network do to the gradient, as a formula with its conditions. Without torch."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from resnet_viz.graph.network_graph import JunctionKind, NetworkGraph
from resnet_viz.text import _

_LEFT = r"\frac{\partial\mathcal L}{\partial x_l}"
_LATER = r"\frac{\partial\mathcal L}{\partial x_L}"
_ONE = rf"{_LEFT}={_LATER}\Big(1+\frac{{\partial}}{{\partial x_l}}\sum_{{i=l}}^{{L-1}}\mathcal F(x_i)\Big)"
_PRODUCT = (  # in two lines: one is too wide for its place
    rf"\begin{{aligned}}{_LEFT}={_LATER}\Big(&\prod_{{i=l}}^{{L-1}}\lambda_i\\"
    rf"&+\frac{{\partial}}{{\partial x_l}}\sum_{{i=l}}^{{L-1}}\hat{{\mathcal F}}(x_i)\Big)\end{{aligned}}"
)


class Formula(NamedTuple):
    """A formula in LaTeX with its heading, and what has to be known of it."""

    title: str
    latex: str
    words: str


def formula(graph: NetworkGraph) -> Formula | None:
    """How a gradient passes the shortcuts of a network: with a 1 where they are identities, else with their factors;
    None for a network without shortcuts (He et al. 2016, arXiv:1603.05027, eq. 5 and 8)."""
    kinds = Counter(junction.kind for junction in graph.shortcuts)
    if not kinds:
        return None
    drops = any("Dropout" in graph.ops[index].function for junction in graph.shortcuts for index in junction.chain)
    if drops or kinds["gated"] or kinds["scaled"] or not kinds["identity"]:
        return Formula(_("What a factor on the shortcut does"), _PRODUCT, " ".join(_of_factors(kinds, drops)))
    words = [
        _(
            "The 1 is the shortcut. Exact when nothing follows the addition "
            "(He et al. 2016, arXiv:1603.05027, eq. 5); with a ReLU after it an approximation."
        )
    ]
    if kinds["projection"] or kinds["resize"]:
        words.append(
            _(
                "It holds between blocks with identity shortcuts only: where a shortcut changes the shape, its own "
                "matrix takes the place of the 1 (the Wₛ of a projection)."
            )
        )
    return Formula(_("Why a shortcut helps"), _ONE, " ".join(words))


def _of_factors(kinds: Counter[JunctionKind], drops: bool) -> list[str]:
    words = [
        _(
            "λ is the factor on a shortcut (He et al. 2016, arXiv:1603.05027, eq. 8). Below 1 the product "
            "shrinks with every block. Exact when nothing follows the addition."
        )
    ]
    if kinds["gated"]:
        words.append(
            _(
                "Of a gated shortcut it is what the gate lets through: 1 − g, or a carry gate of its own. "
                "It is near 1 only while g is near 0. That the gate depends on x too is counted to the sum."
            )
        )
    if drops:
        words.append(_("Of a dropout it is 0 or 1/(1 − p), drawn anew for every number."))
    if kinds["projection"] or kinds["resize"]:
        words.append(
            _("Where a shortcut changes the shape, λ is its own matrix (the Wₛ of a projection).")
            if drops or kinds["gated"] or kinds["scaled"]
            else _("Every shortcut changes its input here: λ is its own matrix, the Wₛ of a projection.")
        )
    return words
