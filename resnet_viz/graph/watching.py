"""Seeing every call that a network makes while it really runs, without tracing it symbolically.

A `Watcher` runs a model whose modules it may alter (a `replica.shell`). Functions are seen by a `TorchFunctionMode`,
modules by a wrapper around their forward. A call is known by its `Site`, so that a later run can meet it again even
where the control flow between two runs differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from resnet_viz.graph.calls import canonical
from resnet_viz.graph.classify import words
from resnet_viz.graph.leaves import is_leaf


class Site(NamedTuple):
    """The n-th call of a function in a module's forward, during one run of the network."""

    module_path: str  # of the leaf module that was called, or of the module whose forward called the function
    function: str
    number: int


class Seen(NamedTuple):
    """One call as it happens; `run()` makes it."""

    site: Site
    module: nn.Module | None
    name: str  # as it was called: "add_" for the function "add"
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    run: Callable[[], Any]

    def written(self, result: Any) -> Any:
        """What the call gave: its result, or for an assignment to items the tensor that holds them."""
        return self.args[0] if self.site.function == "setitem" else result


class Watcher(TorchFunctionMode):
    """Runs `root` and passes every call to `on_call`, whose answer the network gets as the result.

    Not seen: what happens inside leaf modules and inside functions, and functions that return no tensor.
    """

    def __init__(self, root: nn.Module, on_call: Callable[[Seen], Any]) -> None:
        super().__init__()
        self.root = root
        self.on_call = on_call
        self._paths: list[str] = []
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._is_running = False
        for path, module in root.named_modules():
            module.forward = partial(self._forward, module, path, module.forward)

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """The network's result."""
        self._numbers.clear()
        self._is_running = True
        try:
            with self:
                return self.root(*args, **kwargs)
        finally:
            self._is_running = False
            self._paths.clear()

    def _forward(self, module: nn.Module, path: str, forward: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if not self._is_running or (type(module) is nn.Identity and not kwargs):
            return forward(*args, **kwargs)
        if is_leaf(module):
            site = self._site(path, type(module).__name__)
            run = partial(self._unseen, forward, args, kwargs)
            return self.on_call(Seen(site, module, site.function, args, kwargs, run))
        self._paths.append(path)
        try:
            return forward(*args, **kwargs)
        finally:
            self._paths.pop()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name == "__get__":
            name = getattr(getattr(func, "__self__", None), "__name__", "")
            if name not in _TENSOR_PROPERTIES:
                return func(*args, **kwargs)
        elif name in _UNSEEN:
            return func(*args, **kwargs)
        site = self._site(self._paths[-1] if self._paths else "", canonical(name)[0])
        return self.on_call(Seen(site, None, name, args, kwargs, partial(func, *args, **kwargs)))

    def _unseen(self, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Runs a leaf with no mode active, so that it may take its fast path as if nobody watched."""
        self._is_running = False
        try:
            with torch._C.DisableTorchFunction():
                return forward(*args, **kwargs)
        finally:
            self._is_running = True

    def _site(self, path: str, function: str) -> Site:
        self._numbers[path, function] += 1
        return Site(path, function, self._numbers[path, function])


_TENSOR_PROPERTIES = frozenset(("T", "mT", "H", "mH", "real", "imag", "data"))
_UNSEEN = words(
    """dim size stride numel nelement is_contiguous is_floating_point is_complex __len__ __set__ __bool__ item tolist
    storage_offset get_device is_same_size __repr__ __format__ __index__ __int__ __float__ register_hook
    requires_grad_ retain_grad backward"""
)


def tensors_in(value: Any) -> list[Tensor]:
    """Every tensor in nested tuples, lists and dicts, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    return [tensor for item in value for tensor in tensors_in(item)] if isinstance(value, (tuple, list)) else []
