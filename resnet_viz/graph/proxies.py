"""Proxies that know their value: what a traced forward computes with."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from torch import Tensor, fx
from torch.fx.proxy import Attribute, TraceError

if TYPE_CHECKING:
    from resnet_viz.graph.tracer import ValueTracer

INPLACE_OPERATORS: dict[str, Callable[..., Any]] = {
    f"__{function.__name__}__": function
    for function in (operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow)
}


class ValueProxy(fx.Proxy):
    """A proxy that answers questions about sizes with the size itself, and refuses those about numbers in a tensor."""

    tracer: ValueTracer

    def __getattr__(self, name: str) -> Any:
        if name in ("node", "tracer") or name.startswith("__torch"):
            raise AttributeError(name)
        if callable(getattr(self.tracer.values[self.node], name)):
            return Attribute(self, name)
        return self.tracer.create_proxy("call_function", getattr, (self, name), {})

    def _forced(self, question: str) -> Any:
        """The value that Python insists on."""
        value = self.tracer.values[self.node]
        if isinstance(value, Tensor) and question != "length":
            raise TraceError(f"the network decides by the numbers in a tensor ({question} of {self.node.name})")
        self.tracer.decisions.append((self.tracer.scopes[-1], question, value))
        return value

    def __bool__(self) -> bool:
        return bool(self._forced("truth"))

    def __int__(self) -> int:
        return int(self._forced("integer"))

    def __index__(self) -> int:
        return operator.index(self._forced("index"))

    def __float__(self) -> float:
        return float(self._forced("number"))

    def __round__(self, digits: int | None = None) -> Any:
        return round(self._forced("rounding"), digits)

    def __ceil__(self) -> int:
        return math.ceil(self._forced("rounding"))

    def __floor__(self) -> int:
        return math.floor(self._forced("rounding"))

    def __len__(self) -> int:
        return len(self._forced("length"))

    def __iter__(self) -> Iterator[Any]:
        take: Any = operator.getitem
        return iter([self.tracer.create_proxy("call_function", take, (self, i), {}) for i in range(len(self))])

    def __contains__(self, item: object) -> bool:
        return item in self._forced("membership")

    def __hash__(self) -> int:
        return id(self)


def _inplace_method(function: Callable[..., Any]) -> Callable[[ValueProxy, Any], Any]:
    def method(self: ValueProxy, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", function, (self, other), {})

    return method


for _name, _function in INPLACE_OPERATORS.items():
    setattr(ValueProxy, _name, _inplace_method(_function))


def writes_in_place(node: fx.Node, is_inplace_module: bool) -> bool:
    """Whether a call changes its first argument."""
    target: Any = node.target
    if node.op == "call_module":
        return is_inplace_module
    if node.op == "call_method":
        return _ends_in_underscore(target)
    return node.op == "call_function" and (
        target in INPLACE_OPERATORS.values()
        or node.kwargs.get("inplace") is True
        or _ends_in_underscore(getattr(target, "__name__", ""))
    )


def _ends_in_underscore(name: str) -> bool:
    return name.endswith("_") and not name.endswith("__")


def holds_proxy(value: object) -> bool:
    """Whether a proxy is in the value, also inside tuples and lists."""
    return isinstance(value, fx.Proxy) or (isinstance(value, (tuple, list)) and any(map(holds_proxy, value)))
