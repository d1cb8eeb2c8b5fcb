"""Reading arguments of calls as JSON values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from resnet_viz.graph.calls import Call, Operand


def listed(value: Any, rank: int) -> Any:
    """A list with one number an axis; words like "same" stay."""
    if isinstance(value, (tuple, list)):
        return [number(item) for item in value] * (rank if len(value) == 1 and rank > 1 else 1)
    return value if value is None or isinstance(value, str) else [number(value)] * max(rank, 1)


def number(value: Any) -> Any:
    """An int where the value is a whole number, else a float; None where it is a tensor."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Operand):
        return None
    return int(value) if int(value) == value else float(value)


def spatial_rank(call: Call) -> int:
    """How many axes of the result hold positions: 2 for an image; the first two are batch and channels."""
    return len(call.shape) - 2 if call.shape else 1


def first_shape(call: Call) -> tuple[int, ...]:
    """The shape of the first tensor among the arguments, () where there is none."""
    first = next(iter(call.operands), None)
    return (first.shape if first is not None else None) or ()


def getter(call: Call) -> Callable[..., Any]:
    """Reads an option from the module, or from the arguments of the function."""
    if call.module is None:
        return call.argument
    return lambda position, name, default=None: getattr(call.module, name, default)
