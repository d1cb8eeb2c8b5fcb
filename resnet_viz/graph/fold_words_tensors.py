"""Words for arithmetic, and for what moves numbers: sums, products, concatenations, splits, slices, reshapes.

Every function has the same form: (graph, op, name of its function, operands that carry data) -> words, or None.
"""

from __future__ import annotations

import math
import re

from resnet_viz.graph.fold_values import Words, fixed
from resnet_viz.graph.fold_vocabulary import ACTIVATIONS, DROPS, GATES
from resnet_viz.graph.network_graph import NetworkGraph, Op
from resnet_viz.text import N_

NOTHING = "concat of one"  # an operation that changes nothing; it is not drawn


def _parameters(graph: NetworkGraph, op: Op) -> list[Op]:
    return [graph.ops[i] for i in op.inputs if not graph.ops[i].is_live and graph.ops[i].shape is not None]


def total(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "+" of two tensors; "+ bias" where one is a parameter."""
    if len(sources) > 1:
        return fixed("add", "+")
    parameters = _parameters(graph, op)
    if not parameters:
        return _constant("+", op)
    shape = parameters[0].shape or ()
    return fixed("param", N_("+ position") if len(shape) >= 2 and math.prod(shape) > 4096 else N_("+ bias"))


def product(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "×" of two tensors; "× α", "× layer scale" where one is a parameter."""
    if len(sources) > 1:
        return fixed("mul", "×") if sources[0] != sources[1] else fixed("act", N_("square"))
    parameters = _parameters(graph, op)
    if not parameters:
        return _constant("×", op)
    axes = sum(n > 1 for n in parameters[0].shape or ())
    return fixed("param", "× α" if not axes else N_("× layer scale") if axes == 1 else N_("× parameter"))


def difference(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "−" of two tensors; "1 − g" for what turns a gate into the other one, "1 − ·" of anything else."""
    if len(sources) > 1:
        return fixed("sub", "−")
    if op.attributes.get("scalar_first") or name == "rsub":
        is_gate = ACTIVATIONS.get(graph.ops[sources[0]].function.lower().strip("_")) in GATES
        return Words("param", f"{op.attributes.get('scalar', 1):.3g} − {'g' if is_gate else '·'}")
    return _constant("−", op)


def quotient(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "÷" of two tensors; "÷ 2" by a number."""
    return fixed("div", "÷") if len(sources) > 1 else _constant("÷", op)


def negative(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "× −1"."""
    return fixed("param", "× −1")


def _constant(sign: str, op: Op) -> Words:
    scalar = op.attributes.get("scalar")
    return (
        Words("param", f"{sign} {scalar:.3g}".replace("-", "−"))
        if isinstance(scalar, (int, float))
        else fixed("param", f"{sign} c")
    )


def power(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "square" or "power"."""
    return fixed("act", N_("square") if op.attributes.get("scalar") == 2 else N_("power"))


def matrix_product(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "matrix product"."""
    return fixed("mix", N_("matrix product"))


# ---------------------------------------------------------------------------------- what moves numbers


def join(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "concat" or "stack"; nothing, where there is only one to join."""
    if len(dict.fromkeys(sources)) == 1 and len(sources) == 1:
        return fixed("param", N_("+ class token")) if _parameters(graph, op) else fixed("shape", NOTHING)
    return fixed("cat", N_("stack") if name == "stack" else N_("concat"))


def split(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "split": its parts say which they are by their place."""
    return fixed("split", N_("split"))


def part(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """What a part of a tensor is: subsampled pixels, the first channels, the class token."""
    before, after = graph.ops[op.inputs[0]].shape, op.shape
    if before is None:
        return fixed("part", N_("part"))
    if before == after or after is None:
        return fixed("shape", N_("slice"))
    steps = [s for s in op.attributes.get("step") or () if isinstance(s, int)]
    if len(before) == 4 == len(after) and max(steps, default=1) > 1:
        message = {2: N_("every 2nd pixel"), 3: N_("every 3rd pixel")}.get(max(steps), N_("every {number}th pixel"))
        return Words("pool", message, (("number", max(steps)),), brief=N_("subsample"))
    end = re.fullmatch(r":, (?:(:\d+)|\d+:)(?:, :)*", op.attributes.get("item", ""))
    if end and len(before) == len(after) == 4 and before[2] == before[3]:
        message = N_("first {count} channels") if end[1] else N_("last {count} channels")
        return Words("shape", message, (("count", after[1]),))
    return fixed("shape", N_("class token only") if len(before) == 3 and len(after) == 2 else N_("slice"))


def pad(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The words "pad", or "zero-pad channels" where it makes channels."""
    before = graph.ops[sources[0]].shape if sources else None
    widened = before and op.shape and len(before) == len(op.shape) == 4 and before[1] != op.shape[1]
    return fixed("shape", N_("zero-pad channels") if widened else N_("pad"))


def shape(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """The name of the function: it moves numbers, and changes none."""
    return fixed("shape", op.function.lower().strip("_"))


def drop(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """As in "dropout, p=0.3"."""
    p = op.attributes.get("p")
    return Words("drop", DROPS.get(name, N_("dropout")), suffix=f", p={p:.3g}" if p else "")
