"""Attributes of what is done to tensors without weights: arithmetic, reductions, joining, splitting, picking."""

from __future__ import annotations

from typing import Any

from resnet_viz.graph.call_reading import first_shape, listed, number
from resnet_viz.graph.calls import Call, Operand

Attributes = dict[str, Any]


def arithmetic(call: Call) -> Attributes:
    """The number beside a tensor, and whether it stands left where that matters (1 - x is not x - 1)."""
    left, right = call.argument(0, "input"), call.argument(1, "other")
    scalar, is_first = (right, call.is_reversed) if isinstance(right, (int, float)) else (left, True)
    out: Attributes = {"scalar": float(scalar)} if isinstance(scalar, (int, float)) else {}
    if out and is_first and call.function not in ("add", "mul"):
        out["scalar_first"] = True
    alpha = call.kwargs.get("alpha", 1)
    return out if alpha == 1 else out | {"alpha": number(alpha)}


def dimension(call: Call) -> Attributes:
    """The axis, or axes, that a reduction or a softmax works along; nothing where it is all of them."""
    dim = call.argument(1, "dim", call.kwargs.get("axis")) if call.module is None else call.module.dim
    if isinstance(dim, (tuple, list)):
        return {"dim": [number(item) for item in dim]}
    return {} if dim is None or isinstance(dim, Operand) else {"dim": number(dim)}


def cat(call: Call) -> Attributes:
    return {"dim": number(call.argument(1, "dim", call.kwargs.get("axis", 0)))}


def permutation(call: Call) -> Attributes:
    dims: Any = call.args[1:] if len(call.args) > 1 else (call.kwargs.get("dims", ()),)
    dims = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return {"dims": [number(dim) for dim in dims]}


def split(call: Call) -> Attributes:
    names = {"chunk": "chunks", "split": "split_size_or_sections"}
    parts = call.argument(1, names.get(call.function, "sections"))
    dim = call.argument(1 if call.function == "unbind" else 2, "dim", 0)
    sizes = {} if call.function == "unbind" or parts is None else {"parts": listed(parts, 0)}
    return {"dim": number(dim), **sizes}


def element(call: Call) -> Attributes:
    """What is picked: an index, steps that subsample, or the text of the brackets."""
    item = call.argument(1, "item")
    items = item if isinstance(item, tuple) else (item,)
    rank = len(first_shape(call))
    if len(items) == 1 and isinstance(items[0], int) and not isinstance(items[0], bool):
        return {"index": items[0]}
    if rank and _subsamples(items):
        return {"step": _steps(items, rank)}
    return {"item": ", ".join(map(_item_text, items))}


def _subsamples(items: tuple[Any, ...]) -> bool:
    """x[..., ::2, ::2] subsamples; x[:, a:b] or x[0] picks a part, an opaque new source."""
    return all(
        item is Ellipsis or item is None or (isinstance(item, slice) and item.start in (None, 0) and item.stop is None)
        for item in items
    )


def _steps(items: tuple[Any, ...], rank: int) -> list[int]:
    given = [item for item in items if item is not None]
    filler = [slice(None)] * (rank - sum(item is not Ellipsis for item in given))
    at = next((place for place, item in enumerate(given) if item is Ellipsis), len(given))
    slices = [*given[:at], *filler, *given[at + 1 :]]
    return [item.step or 1 for item in slices]


def _item_text(item: Any) -> str:
    if isinstance(item, slice):
        ends = ("" if end is None else str(end) for end in (item.start, item.stop))
        return ":".join(ends) + ("" if item.step is None else f":{item.step}")
    if item is Ellipsis or isinstance(item, tuple):
        return "…"
    return "tensor" if isinstance(item, Operand) else str(item)


def einsum(call: Call) -> Attributes:
    return {"equation": call.args[0]} if isinstance(call.args[0], str) else {}
