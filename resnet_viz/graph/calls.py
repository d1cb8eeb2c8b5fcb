"""One call that a network made, in the same words whether it was traced symbolically or recorded while running."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor (or tuple of tensors) among the arguments of a call: the operation that made it."""

    index: int
    shape: Shape | None
    is_live: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a leaf module or a function; tensors among the arguments are Operands, sizes are plain numbers."""

    function: str
    module_path: str
    shape: Shape | None  # of the result; None for a tuple of tensors
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    module: nn.Module | None = None
    is_reversed: bool = False  # `1 - x` calls x.__rsub__(1)

    def argument(self, position: int, name: str, default: Any = None) -> Any:
        """The argument, whether it was given by position or by name."""
        return self.args[position] if position < len(self.args) else self.kwargs.get(name, default)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Every Operand in argument order, with repetitions."""
        return tuple(operands_in((self.args, self.kwargs)))


def operands_in(value: Any) -> Iterator[Operand]:
    """Every Operand inside tuples, lists, dicts and slices, in order, with repetitions."""
    if isinstance(value, Operand):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from operands_in(item)
    elif isinstance(value, Mapping):
        yield from operands_in(tuple(value.values()))
    elif isinstance(value, slice):
        yield from operands_in((value.start, value.stop, value.step))


def replaced(value: Any, kind: type, with_what: Callable[[Any], Any]) -> Any:
    """The value with every object of a kind (inside tuples, lists, dicts and slices) replaced."""
    if isinstance(value, kind):
        return with_what(value)
    if isinstance(value, (tuple, list)):
        return tuple(replaced(item, kind, with_what) for item in value)
    if isinstance(value, Mapping):
        return {key: replaced(item, kind, with_what) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(*(replaced(item, kind, with_what) for item in (value.start, value.stop, value.step)))
    return value


_SYNONYMS = {
    "concat": "cat",
    "concatenate": "cat",
    "multiply": "mul",
    "divide": "div",
    "truediv": "div",
    "true_divide": "div",
    "subtract": "sub",
    "negative": "neg",
    "swapaxes": "transpose",
    "clamp_min": "clamp",
    "clamp_max": "clamp",
}
_REVERSED = {
    "radd": "add",
    "rmul": "mul",
    "rsub": "sub",
    "rtruediv": "div",
    "rdiv": "div",
    "rpow": "pow",
    "rmatmul": "matmul",
}
_INPLACE = {"iadd": "add", "imul": "mul", "isub": "sub", "itruediv": "div", "idiv": "div", "ipow": "pow"}


def canonical(name: str) -> tuple[str, bool]:
    """The name all spellings of a function share ("add" for `+`, `+=`, add_, __radd__), and whether it is reversed."""
    bare = name.strip("_") or name
    if bare in _REVERSED:
        return _REVERSED[bare], True
    bare = _INPLACE.get(bare, bare)
    return _SYNONYMS.get(bare, bare), False
