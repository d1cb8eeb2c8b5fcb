r"""What a block computes, as LaTeX: y = ReLU(W_s x + F(x)), with what surgery leaves of it."""

from __future__ import annotations

from itertools import groupby

from resnet_viz.diagrams.equation_names import line_of, names_of
from resnet_viz.diagrams.equation_operations import SURVIVAL
from resnet_viz.diagrams.equation_reading import Reading
from resnet_viz.diagrams.equation_terms import Names, Scaled, Term, everything
from resnet_viz.graph.fold import Block, FoldedGraph
from resnet_viz.surgery.plan import Surgery

LONGEST = 900  # characters: a block that needs more is one function
A_LINE = 4  # definitions beside each other


def block_equation(folded: FoldedGraph, block: Block, surgery: Surgery | None = None) -> str:
    r"""LaTeX of the block: a line for each of its sums in series (attention and MLP: two lines), then what it names.

    x_l enters and x_{l+1} leaves; F is a residual branch, W_s a projection, pad option A of He et al. 2015
    (arXiv:1512.03385, eq. 1 and 2), g a gate, or T on the branch and C on the shortcut (Srivastava et al. 2015,
    arXiv:1505.00387), b_l a random factor, α and γ learned ones, k the stages of a Runge-Kutta step, a_l an
    activation that shortcut and branch share. Terms that surgery cut or dropped are gone, scaled ones carry their
    factor. A block of too many terms is x_{l+1} = F(x_l).
    """
    names = names_of(intact := Reading(folded, block, Surgery()))
    output = Reading(folded, block, surgery).output if surgery else intact.output
    lines = _lines(output, names)
    text = r"\begin{aligned}" + r"\\ ".join(lines) + r"\end{aligned}" if len(lines) > 1 else lines[0].replace("&", "")
    return text if len(text) <= LONGEST else r"x_{l+1} = \mathcal F(x_l)"


def _lines(output: Term, names: Names) -> list[str]:
    """Sums on the way in order of execution, the output, and what they use."""
    terms = {term.op: term for _, term in everything(output) if names.of_value(term) and term is not output}
    bodies = {op: term.body(names) for op, term in terms.items() if op is not None}
    defined = {names.values[op]: f"{names.values[op]} &= {bodies[op]}" for op in sorted(bodies)}
    lines = [line for name, line in defined.items() if line_of(name) == 0] + [f"x_{{l+1}} &= {output.body(names)}"]
    others = sorted((name for name in defined if line_of(name)), key=line_of)
    for _, alike in groupby(others, line_of):
        some = [defined[name] for name in alike]
        lines += [_beside(some[n : n + A_LINE]) for n in range(0, len(some), A_LINE)]
    return lines + _chances(output, names)


def _beside(lines: list[str]) -> str:
    """Several definitions on one line, aligned at the first."""
    first, *others = lines
    return r",\quad ".join([first, *(line.replace("&", "", 1) for line in others)])


def _chances(output: Term, names: Names) -> list[str]:
    """How probable it is that a random factor is 0."""
    random = [term for _, term in everything(output) if isinstance(term, Scaled) and term.by.symbol == SURVIVAL]
    chances = {names.of_letter(SURVIVAL, term): term.by.probability for term in random}
    if len(set(chances.values())) == 1:
        equal = " = ".join(rf"\Pr({name} = 0)" for name in sorted(chances))
        return [rf"{equal} &= {next(iter(chances.values())):.3g}"]
    lines = [rf"\Pr({name} = 0) &= {probability:.3g}" for name, probability in sorted(chances.items())]
    return [_beside(lines)] if lines else []
