"""Words for one operation, from its function's name, its attributes and its shapes.

Nothing is dropped for being unknown: the fallback is the function's own name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from resnet_viz.graph.fold_values import Role, Shape, Words
from resnet_viz.graph.fold_vocabulary import (
    ACTIVATIONS,
    ATTENTION,
    CONCATENATIONS,
    DIFFERENCES,
    DROPOUTS,
    DROPS,
    MATRIX_PRODUCTS,
    NORMS,
    PADS,
    PRODUCTS,
    QUOTIENTS,
    RESIZES,
    SHAPES,
    SPLITS,
    SUMS,
)
from resnet_viz.graph.network_graph import NetworkGraph, Op
from resnet_viz.text import N_

NOTHING = "concat of one"  # an operation that changes nothing; it is not drawn
Say: TypeAlias = Callable[[NetworkGraph, Op, str, list[int]], Words | None]

_FIXED: dict[tuple[str, str], Words] = {}  # words without numbers are made once


def _fixed(role: Role, message: str, weighted: bool = False) -> Words:
    key = (role, message)
    if key not in _FIXED:
        _FIXED[key] = Words(role, message, weighted=weighted)
    return _FIXED[key]


def words(graph: NetworkGraph, op: Op, sources: list[int]) -> Words:
    """What to call `op`; `sources` are its operands, with repetitions, that carry data of the network's input."""
    if op.kind == "input":
        return _fixed("input", N_("input"))
    name = op.function.lower().strip("_")
    say = _rule(name, op.attributes) or _BY_KIND.get(op.kind)
    if say and (found := say(graph, op, name, sources)):
        return found
    weighted = op.kind == "weighted" or op.num_parameters > 0
    return Words("fc" if weighted else "other", op.function.strip("_").replace("_", " "), weighted=weighted)


def _rule(name: str, attributes: Mapping[str, Any]) -> Say | None:
    """Who finds the words: the attributes say what an operation is where they can, else its name does."""
    if "in_channels" in attributes and "kernel_size" in attributes:
        return _convolution
    if "in_features" in attributes:
        return _linear
    if "num_heads" in attributes or "window_size" in attributes:
        return _attention
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "pool" in attributes or "pool" in name:
        return _pool
    if "norm" in attributes or "norm" in name or "localresponse" in name:
        return _norm
    return _shape if "permute" in name else None


def activation(name: str) -> str:
    """Short name of an activation by its class or function name; its own name where there is none."""
    low = name.lower().strip("_")
    return ACTIVATIONS.get(low, name)


# ---------------------------------------------------------------------------------- operations with weights


def _times(sizes: Any) -> str:
    return "×".join(map(str, sizes)) if isinstance(sizes, (list, tuple)) else f"{sizes}×{sizes}"


def _largest(value: Any) -> int:
    return max(value, default=1) if isinstance(value, (list, tuple)) else int(value or 1)


def _convolution(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    a = op.attributes
    channels, groups, transposed = a["in_channels"], a.get("groups", 1), a.get("transposed", False)
    depthwise = groups == channels and groups > 1
    stride, dilation = _largest(a.get("stride", 1)), _largest(a.get("dilation", 1))
    suffix = f", {'×' if transposed else '/'}{stride}" if stride > 1 else ""
    suffix += f", g={groups}" if groups > 1 and not depthwise else ""
    suffix += f", d={dilation}" if dilation > 1 else ""
    if transposed:
        message = N_("{kernel} convᵀ, {channels}")
    else:
        message = N_("{kernel} dw conv, {channels}") if depthwise else N_("{kernel} conv, {channels}")
    values = (("kernel", _times(a["kernel_size"])), ("channels", a["out_channels"]))
    return Words("conv", message, values, suffix=suffix, weighted=True)


def _linear(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    values = (("before", op.attributes["in_features"]), ("after", op.attributes["out_features"]))
    return Words("fc", N_("FC {before} → {after}"), values, brief=N_("FC {after}"), weighted=True)


def _attention(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    a = op.attributes
    brief = N_("attention")
    if a.get("window_size"):
        shift = a.get("shift_size")
        moved = any(shift) if isinstance(shift, (list, tuple)) else bool(shift)
        message = N_("{window} window attention, shifted") if moved else N_("{window} window attention")
        values = (("window", _times(a["window_size"])),)
        return Words("mix", message, values, brief=N_("window attention"), weighted=True)
    if a.get("num_heads") and name != "scaled_dot_product_attention":
        return Words("mix", N_("self-attention, {heads} heads"), (("heads", a["num_heads"]),), brief, weighted=True)
    message = N_("attention(q, k, v)") if name == "scaled_dot_product_attention" else brief
    return Words("mix", message, brief=brief, weighted=True)


# ---------------------------------------------------------------------------------- norms, activations, pools


def _norm(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words | None:
    known = op.attributes.get("norm", name)
    short = next((short for part, short in NORMS if part in known), None)
    if short is None:
        return None
    inner = op.attributes.get("activation")
    return _fixed("norm", f"{short} + {activation(inner)}" if inner and inner != "Identity" else short)


def _activation(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    return _fixed("act", activation(op.function))


def _pool(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words | None:
    before = graph.ops[sources[0]].shape if sources else None
    size, kind = op.attributes.get("kernel_size"), op.attributes.get("pool", "max" if "max" in name else "avg")
    if size is None or "adaptive" in name:
        return _global_pool(op, before, kind)
    stride = _largest(op.attributes.get("stride") or size)
    message = N_("{kernel} max pool") if kind == "max" else N_("{kernel} avg pool")
    return Words("pool", message, (("kernel", _times(size)),), suffix=f", /{stride}" if stride > 1 else "")


def _global_pool(op: Op, before: Shape | None, kind: str) -> Words:
    after = op.shape
    keeps = after and before and len(after) == len(before) == 4 and after[2] * after[3] > 1
    if after and keeps and after[1:3] != (1, 1):
        message = N_("max pool → {height}×{width}") if kind == "max" else N_("avg pool → {height}×{width}")
        return Words("pool", message, (("height", after[2]), ("width", after[3])))
    return _fixed("pool", N_("global max pool") if kind == "max" else N_("global avg pool"))


def _mean(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words | None:
    before = graph.ops[sources[0]].shape if sources else None
    if not op.shape or not before or math.prod(op.shape[1:]) >= math.prod(before[1:]):
        return None
    axes = op.attributes.get("dim")
    axes = axes if isinstance(axes, (list, tuple)) else [axes]
    if len(before) == 4 and axes in ([1], [-3]):
        return _fixed("pool", N_("mean over channels"))
    return _fixed("pool", N_("global avg pool"))


def _resize(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    before = graph.ops[sources[0]].shape if sources else None
    if op.shape and before and op.shape[-1] > before[-1]:
        return Words("pool", N_("upsample ×{factor}"), (("factor", f"{op.shape[-1] / before[-1]:.3g}"),))
    if op.shape and before and op.shape[-1] < before[-1]:
        return Words("pool", N_("downsample /{factor}"), (("factor", f"{before[-1] / op.shape[-1]:.3g}"),))
    return _fixed("pool", N_("resize"))


# ---------------------------------------------------------------------------------- arithmetic


def _parameters(graph: NetworkGraph, op: Op) -> list[Op]:
    return [graph.ops[i] for i in op.inputs if not graph.ops[i].is_live and graph.ops[i].shape is not None]


def _sum(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    if len(sources) > 1:
        return _fixed("add", "+")
    parameters = _parameters(graph, op)
    if not parameters:
        return _constant("+", op)
    shape = parameters[0].shape or ()
    return _fixed("param", N_("+ position") if len(shape) >= 2 and math.prod(shape) > 4096 else N_("+ bias"))


def _product(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    if len(sources) > 1:
        return _fixed("mul", "×") if sources[0] != sources[1] else _fixed("act", N_("square"))
    parameters = _parameters(graph, op)
    if not parameters:
        return _constant("×", op)
    axes = sum(n > 1 for n in parameters[0].shape or ())
    return _fixed("param", "× α" if not axes else N_("× layer scale") if axes == 1 else N_("× parameter"))


def _difference(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    if len(sources) > 1:
        return _fixed("sub", "−")
    if op.attributes.get("scalar_first") or name == "rsub":
        return Words("param", f"{op.attributes.get('scalar', 1):.3g} − ·")
    return _constant("−", op)


def _quotient(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    return _fixed("div", "÷") if len(sources) > 1 else _constant("÷", op)


def _negative(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    return _fixed("param", "× −1")


def _constant(sign: str, op: Op) -> Words:
    scalar = op.attributes.get("scalar")
    return Words("param", f"{sign} {scalar:.3g}") if isinstance(scalar, (int, float)) else _fixed("param", f"{sign} c")


def _power(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    return _fixed("act", N_("square") if op.attributes.get("scalar") == 2 else N_("power"))


def _matrix_product(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    return _fixed("mix", N_("matrix product"))


# ---------------------------------------------------------------------------------- what moves numbers


def _join(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    if len(dict.fromkeys(sources)) == 1 and len(sources) == 1:
        return _fixed("param", N_("+ class token")) if _parameters(graph, op) else _fixed("shape", NOTHING)
    return _fixed("cat", N_("stack") if name == "stack" else N_("concat"))


def _split(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    return _fixed("split", N_("split"))


def _part(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    before, after = graph.ops[op.inputs[0]].shape, op.shape
    if before is None:
        return _fixed("part", N_("part"))
    if before == after or after is None:
        return _fixed("shape", N_("slice"))
    steps = [s for s in op.attributes.get("step") or () if isinstance(s, int)]
    if len(before) == 4 == len(after) and max(steps, default=1) > 1:
        message = {2: N_("every 2nd pixel"), 3: N_("every 3rd pixel")}.get(max(steps), N_("every {number}th pixel"))
        return Words("pool", message, (("number", max(steps)),), brief=N_("subsample"))
    end = re.fullmatch(r":, (?:(:\d+)|\d+:)(?:, :)*", op.attributes.get("item", ""))
    if end and len(before) == len(after):
        message = N_("first {count} channels") if end[1] else N_("last {count} channels")
        return Words("shape", message, (("count", after[1]),))
    return _fixed("shape", N_("class token only") if len(before) == 3 and len(after) == 2 else N_("slice"))


def _pad(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    before = graph.ops[sources[0]].shape if sources else None
    widened = before and op.shape and len(before) == len(op.shape) == 4 and before[1] != op.shape[1]
    return _fixed("shape", N_("zero-pad channels") if widened else N_("pad"))


def _shape(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    return _fixed("shape", op.function.lower().strip("_"))


def _drop(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    p = op.attributes.get("p")
    return Words("drop", DROPS.get(name, N_("dropout")), suffix=f", p={p:.2g}" if p else "")


_BY_NAME: dict[str, Say] = {
    **dict.fromkeys(ACTIVATIONS, _activation),
    **dict.fromkeys(SHAPES, _shape),
    **dict.fromkeys(DROPS, _drop),
    **dict.fromkeys(DROPOUTS, _drop),
    **dict.fromkeys(SUMS, _sum),
    **dict.fromkeys(PRODUCTS, _product),
    **dict.fromkeys(DIFFERENCES, _difference),
    **dict.fromkeys(QUOTIENTS, _quotient),
    **dict.fromkeys(MATRIX_PRODUCTS, _matrix_product),
    **dict.fromkeys(ATTENTION, _attention),
    **dict.fromkeys(CONCATENATIONS, _join),
    **dict.fromkeys(SPLITS, _split),
    **dict.fromkeys(RESIZES, _resize),
    **dict.fromkeys(PADS, _pad),
    **dict.fromkeys(("pow", "square"), _power),
    "getitem": _part,
    "mean": _mean,
    "neg": _negative,
}
_BY_KIND: dict[str, Say] = {"add": _sum, "cat": _join, "split": _split, "part": _part}
