"""Symbolic tracing with values: `torch.fx` whose proxies carry meta tensors.

Every proxy knows its value on the meta device, so that shapes are known at every operation and Python that depends on
sizes simply runs (`if H % 4`, `for i in range(n)`, `B, C, H, W = x.shape`, `len(x)`). Sizes stay symbolic in the graph
unless Python forces a number out of them; what it forced is kept in `ValueTracer.decisions`. In-place operations
re-point the proxy they wrote to, so that the graph is in single assignment form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, fx, nn

from resnet_viz.graph.leaves import is_leaf
from resnet_viz.graph.proxies import ValueProxy, holds_proxy, writes_in_place
from resnet_viz.graph.replica import to_meta
from resnet_viz.graph.shape_inference import ShapeInference

# Functions that make tensors from sizes have no tensor argument by which a proxy could be noticed.
FACTORIES = ("arange", "zeros", "ones", "empty", "full", "linspace", "eye", "rand", "randn")


class ValueTracer(fx.Tracer):
    """`trace_with(root, inputs)` gives the fx graph; `values` and `scope_of` hold each node's value and module path.

    Raises TraceError (or what the network itself raises) where the network cannot be traced. `root` should be a
    `replica.shell`: what a forward stores on its module is then stored there.
    """

    proxy_buffer_attributes = True

    def __init__(self) -> None:
        super().__init__(autowrap_functions=())
        self.values: dict[fx.Node, Any] = {}
        self.scope_of: dict[fx.Node, str] = {}
        self.scopes: list[str] = [""]
        self.decisions: list[tuple[str, str, Any]] = []  # module path, question, answer
        self._is_evaluating = False

    def trace_with(self, root: nn.Module, inputs: tuple[Any, ...]) -> fx.Graph:
        """The fx graph of one forward on these example inputs."""
        self._inputs = to_meta(inputs)
        self._modules = dict(root.named_modules(remove_duplicate=False))
        self._inference = ShapeInference(self._modules)
        named = [*root.named_parameters(), *root.named_buffers()]
        self._path_of_tensor = {id(tensor): path for path, tensor in named}
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

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """A node for a leaf; any other module runs, and what it does is named by its path."""
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
        """A parameter or buffer as a node of its own, once; anything else as it is."""
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
        return bool(obj)

    def iter(self, obj: fx.Proxy) -> Iterator[Any]:
        return iter(obj)

    def create_node(self, kind: str, target: Any, args: Any, kwargs: Any, *rest: Any, **options: Any) -> fx.Node:
        """A new node with the module that it was made in, and its value on the meta device."""
        node = self.graph.create_node(kind, target, args, kwargs, *rest, **options)
        self.scope_of[node] = self.scopes[-1]
        self.values[node] = self._value(node)
        return node

    def create_proxy(self, kind: str, target: Any, args: Any, kwargs: Any, *rest: Any, **options: Any) -> Any:
        """A new proxy; after a call that writes in place the written proxy stands for the result too."""
        proxy = super().create_proxy(kind, target, args, kwargs, *rest, **options)
        is_inplace_module = kind == "call_module" and getattr(self._modules[target], "inplace", False) is True
        if args and isinstance(args[0], fx.Proxy) and writes_in_place(proxy.node, is_inplace_module):
            args[0].node = proxy.node
        return proxy

    # ---- values

    def _value(self, node: fx.Node) -> Any:
        if node.op == "placeholder":
            return self._next_input
        if node.op == "output":
            return None
        args, kwargs = fx.map_arg((node.args, node.kwargs), self.values.__getitem__)
        with self._evaluating():
            if node.op == "get_attr":
                return to_meta(self._attribute(str(node.target)))
            return self._inference.value(node, args, kwargs)

    def _attribute(self, path: str) -> Any:
        module_path, _, name = path.rpartition(".")
        return getattr(self._modules[module_path], name)

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Modules called inside are run, not recorded."""
        before, self._is_evaluating = self._is_evaluating, True
        try:
            yield
        finally:
            self._is_evaluating = before

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
            if any(map(holds_proxy, (*args, *kwargs.values()))):
                return self.create_proxy("call_function", original, args, kwargs)
            return original(*args, **kwargs)

        return factory
