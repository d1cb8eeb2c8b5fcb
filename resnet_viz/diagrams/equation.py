r"""What a block computes, as LaTeX: y = ReLU(W_s x + F(x)), with what surgery leaves of it."""

from __future__ import annotations

from resnet_viz.graph.fold import Block, FoldedGraph
from resnet_viz.graph.network_graph import Junction
from resnet_viz.surgery.plan import Surgery

_CARRIED = {  # kind of the junction -> what the shortcut makes of x
    "identity": "{x}",
    "projection": r"W_s\,{x}",
    "resize": r"\mathrm{{pad}}({x})",
    "scaled": r"\alpha\,{x}",
    "gated": r"g({x}) \odot {x}",
    "concat": "{x}",
    "concat-split": "{x}",
}
_ACTIVATIONS = {"σ": r"\sigma", "h-σ": r"\mathrm{h}\text{-}\sigma"}


def block_equation(folded: FoldedGraph, block: Block, surgery: Surgery | None = None) -> str:
    """LaTeX of the block, one line for each of its top-level junctions in series (attention and MLP: two lines).

    x_l enters and x_{l+1} leaves; F is the residual branch, W_s a projection, pad option A of He et al. 2015
    (arXiv:1512.03385, eq. 1 and 2); terms that surgery cut or dropped are gone, scaled ones carry their factor.
    """
    surgery = surgery or Surgery()
    junctions = [folded.graph.junction[name] for name in block.junctions]
    if not junctions:
        return "x_{l+1} = " + _activated(_last_activation(folded, block, 0), r"\mathcal F(x_l)")
    lines, x = [], "x_l"
    for number, junction in enumerate(junctions, start=1):
        is_last = number == len(junctions)
        y = "x_{l+1}" if is_last else "x'_l" if number == 1 else f"x^{{({number})}}_l"
        branch = r"\mathcal F" if len(junctions) == 1 else rf"\mathcal F_{{{number}}}"
        until = junctions[number].op if not is_last else max(block.ops) + 1
        activation = _last_activation(folded, block, junction.op, until)
        lines.append(rf"{y} &= {_activated(activation, _meeting(junction, x, branch, surgery))}")
        x = y
    return r"\begin{aligned}" + r"\\ ".join(lines) + r"\end{aligned}" if len(lines) > 1 else lines[0].replace("&", "")


def _meeting(junction: Junction, x: str, branch: str, surgery: Surgery) -> str:
    s, b = surgery.factors(junction.name)
    carried = _factor(s) + _CARRIED.get(junction.kind, "{x}").format(x=x)
    terms = [term for term, factor in ((carried, s), (rf"{_factor(b)}{branch}({x})", b)) if factor != 0]
    if junction.kind.startswith("concat"):
        return "[" + r",\ ".join(terms) + "]"
    return " + ".join(terms) or "0"


def _factor(value: float) -> str:
    return "" if value == 1 else rf"{value:g}\,"


def _last_activation(folded: FoldedGraph, block: Block, after: int, until: int | None = None) -> str | None:
    """Label of the activation through which everything passes after the sum and before the next branch, if any."""
    position = after if block.junctions else block.ops[-1] - 1
    follower = [op for op in folded.users.get(position, ()) if op in block.ops]
    candidates = follower if block.junctions else [block.output]
    if len(candidates) != 1 or (until is not None and candidates[0] >= until):
        return None
    words = folded.words.get(candidates[0])
    return words.label if words is not None and words.role == "act" else None


def _activated(activation: str | None, inner: str) -> str:
    if activation is None:
        return inner
    name = _ACTIVATIONS.get(activation, rf"\mathrm{{{activation}}}")
    return rf"{name}\big({inner}\big)"
