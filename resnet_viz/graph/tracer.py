"""Symbolic tracing with values: `torch.fx` whose proxies carry meta tensors.

Every proxy knows its value on the meta device, so that shapes are known at every operation and Python that depends on
sizes simply runs (`if H % 4`, `for i in range(n)`, `B, C, H, W = x.shape`, `len(x)`). Sizes stay symbolic in the graph
unless Python forces a number out of them; what it forced is kept in `ValueTracer.decisions`. In-place operations
re-point the proxy they wrote to, so that the graph is in single assignment form.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.proxy import TraceError

from resnet_viz.graph.leaves import is_leaf
from resnet_viz.graph.replica import on_meta, to_meta

INPLACE_OPERATORS: dict[str, Callable[..., Any]] = {
    f"__{function.__name__}__": function
    for function in (operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow)
}

# Functions that make tensors from sizes have no tensor argument by which a proxy could be noticed.
FACTORIES = ("arange", "zeros", "ones", "empty", "full", "linspace", "eye", "rand", "randn")


class ValueProxy(fx.Proxy):
    """A proxy that answers questions about sizes with the size itself."""

    tracer: ValueTracer

    def __getattr__(self, name: str) -> Any:
        if name in ("node", "tracer") or name.startswith("__torch"):
            raise AttributeError(name)
        value = self.tracer.values[self.node]
        if callable(getattr(value, name)):
            return fx.proxy.Attribute(self, name)
        return self.tracer.create_proxy("call_function", getattr, (self, name), {})

    def _forced(self, question: str) -> Any:
        """The value that Python insists on; a tensor's numbers are not known."""
        value = self.tracer.values[self.node]
        if isinstance(value, Tensor) and question != "length":
            raise TraceError(f"the network decides by the value of a tensor ({question} of {self.node.name})")
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
        return iter([self[i] for i in range(len(self))])

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


class ValueTracer(fx.Tracer):
    """`trace_with(root, inputs)` gives the fx graph; `values` holds every node's meta value, `scopes_of` its module path.

    Raises TraceError (or what the network itself raises) where the network cannot be traced. `root` should be a
    `replica.shell`: a forward that stores something on its module then stores it there.
    """

    proxy_buffer_attributes = True

    def __init__(self) -> None:
        super().__init__(autowrap_functions=())
        self.values: dict[fx.Node, Any] = {}
        self.scope_of: dict[fx.Node, str] = {}
        self.decisions: list[tuple[str, str, Any]] = []
        self.scopes: list[str] = [""]
        self._known: dict[Any, Any] = {}  # (call, shapes) -> value: 600 equal blocks cost what one costs
        self._is_evaluating = False

    def trace_with(self, root: nn.Module, inputs: tuple[Any, ...]) -> fx.Graph:
        self._inputs = to_meta(inputs)
        self._modules = dict(root.named_modules(remove_duplicate=False))
        self._path_of_tensor = {
            id(tensor): path
            for named in (root.named_parameters(), root.named_buffers())
            for path, tensor in named
        }
        with torch.no_grad(), self._factories_see_proxies():
            return super().trace(root)

    # ---- what fx asks a tracer

    def create_args_for_root(self, root_fn: Any, is_module: bool, concrete_args: Any = None) -> tuple[Any, list[Any]]:
        """Placeholders for the example inputs only: optional arguments keep their defaults as plain values."""
        names = root_fn.__code__.co_varnames[1 : root_fn.__code__.co_argcount]
        names += tuple(f"x{i}" for i in range(len(names), len(self._inputs)))
        proxies = []
        for name, value in zip(names, self._inputs, strict=False):
            self._next_input = value
            proxies.append(self.create_proxy("placeholder", name, (), {}))
        return root_fn, [self.root, *proxies]

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return is_leaf(m)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._is_evaluating:
            return forward(*args, **kwargs)
        path = self.path_of_module(m)
        if self.is_leaf_module(m, path):
            return self.create_proxy("call_module", path, args, kwargs)
        self.scopes.append(path)
        try:
            return forward(*args, **kwargs)
        finally:
            self.scopes.pop()

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if self._is_evaluating or not isinstance(attr_val, Tensor):
            return attr_val
        path = self._path_of_tensor.get(id(attr_val))
        if path is None:
            return attr_val
        if path not in parameter_proxy_cache:
            parameter_proxy_cache[path] = self.create_proxy("get_attr", path, (), {})
        return parameter_proxy_cache[path]

    def proxy(self, node: fx.Node) -> ValueProxy:
        return ValueProxy(node, self)

    def to_bool(self, obj: fx.Proxy) -> bool:
        return obj.__bool__()

    def iter(self, obj: fx.Proxy) -> Iterator[Any]:
        return obj.__iter__()

    def create_node(self, kind: str, target: Any, args: Any, kwargs: Any, name: Any = None, type_expr: Any = None) -> fx.Node:
        node = self.graph.create_node(kind, target, args, kwargs, name, type_expr)
        self.scope_of[node] = self.scopes[-1]
        self.values[node] = self._value(node)
        return node

    def create_proxy(self, kind: str, target: Any, args: Any, kwargs: Any, *rest: Any, **options: Any) -> Any:
        proxy = super().create_proxy(kind, target, args, kwargs, *rest, **options)
        if args and isinstance(args[0], fx.Proxy) and self._writes_in_place(proxy.node):
            args[0].node = proxy.node
        return proxy

    def _writes_in_place(self, node: fx.Node) -> bool:
        if node.op == "call_module":
            return getattr(self._modules[node.target], "inplace", False) is True
        if node.op == "call_method":
            return _ends_in_underscore(node.target)
        return node.op == "call_function" and (
            node.target in INPLACE_OPERATORS.values()
            or node.kwargs.get("inplace") is True
            or _ends_in_underscore(getattr(node.target, "__name__", ""))
        )

    # ---- values

    def _value(self, node: fx.Node) -> Any:
        if node.op == "placeholder":
            return self._next_input
        if node.op == "output":
            return None
        if node.op == "get_attr":
            with self._evaluating():
                return to_meta(_attribute(self.root, node.target))
        args, kwargs = fx.map_arg((node.args, node.kwargs), self.values.__getitem__)
        key = self._key(node, args, kwargs)
        if key is not None and key in self._known:
            return self._known[key]
        with self._evaluating():
            value = to_meta(self._run(node, args, kwargs))
        if key is not None:
            self._known[key] = value
        return value

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Modules called inside are run, not recorded."""
        self._is_evaluating = True
        try:
            yield
        finally:
            self._is_evaluating = False

    def _run(self, node: fx.Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if node.op == "call_module":
            return on_meta(self._modules[node.target])(*args, **kwargs)
        if node.op == "call_function":
            return node.target(*to_meta(args), **to_meta(kwargs))
        if node.target in _MOVES:
            return _moved(*args, **kwargs)
        return getattr(args[0], node.target)(*args[1:], **kwargs)

    def _key(self, node: fx.Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the shape of a call's result depends on; None where that is not known to be all."""
        target: Any = node.target
        if node.op == "call_module":
            target = _configuration(self._modules[target])
            if target is None:
                return None
        try:
            key = (node.op, target, _frozen(args), _frozen(kwargs))
            hash(key)
        except TypeError:
            return None
        return key

    @contextmanager
    def _factories_see_proxies(self) -> Iterator[None]:
        originals = {name: getattr(torch, name) for name in FACTORIES}
        try:
            for name, original in originals.items():
                setattr(torch, name, self._factory(original))
            yield
        finally:
            for name, original in originals.items():
                setattr(torch, name, original)

    def _factory(self, original: Callable[..., Tensor]) -> Callable[..., Any]:
        def factory(*args: Any, **kwargs: Any) -> Any:
            if any(map(_holds_proxy, (*args, *kwargs.values()))):
                return self.create_proxy("call_function", original, args, kwargs)
            return original(*args, **kwargs)

        return factory


def _holds_proxy(value: object) -> bool:
    return isinstance(value, fx.Proxy) or (isinstance(value, (tuple, list)) and any(map(_holds_proxy, value)))


def _ends_in_underscore(name: str) -> bool:
    return name.endswith("_") and not name.endswith("__")


_MOVES = frozenset({"to", "cuda", "cpu", "type_as"})


def _moved(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """What `tensor.to(...)` gives, but on the meta device."""
    wanted = [value for value in (*args, *kwargs.values()) if isinstance(value, (torch.dtype, Tensor))]
    dtype = wanted[0].dtype if wanted and isinstance(wanted[0], Tensor) else wanted[0] if wanted else tensor.dtype
    return tensor.to(dtype)


def _attribute(root: nn.Module, path: str) -> Any:
    module_path, _, name = path.rpartition(".")
    return getattr(root.get_submodule(module_path), name)


_PLAIN = (int, float, bool, str, type(None), torch.dtype, torch.device)


def _configuration(module: nn.Module) -> tuple[Any, ...] | None:
    """Everything the shape of a leaf module's result can depend on besides its input, or None if unsure."""
    if module._modules:
        return None
    fields = []
    for name, value in module.__dict__.items():
        if isinstance(value, _PLAIN) or type(value) is tuple:
            fields.append((name, value))
        elif name[0] != "_":
            return None
    tensors = (*module._parameters.values(), *module._buffers.values())
    return type(module), tuple(fields), tuple(t if t is None else t.shape for t in tensors)


def _frozen(value: Any) -> Any:
    if isinstance(value, Tensor):
        return "tensor", tuple(value.shape), value.stride(), value.dtype
    if isinstance(value, (tuple, list)):
        return type(value), tuple(map(_frozen, value))
    if isinstance(value, slice):
        return "slice", value.start, value.stop, value.step
    if isinstance(value, dict):
        return tuple((name, _frozen(item)) for name, item in value.items())
    return type(value), value
