"""The value of a call on the meta device: shapes without numbers, each kind of call inferred once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn

from resnet_viz.graph.replica import on_meta, to_meta

_MOVES = frozenset(("to", "cuda", "cpu", "type_as"))
_PLAIN = (int, float, bool, str, type(None), torch.dtype, torch.device)


class ShapeInference:
    """`value(node, args, kwargs)` runs a call on meta tensors.

    What was inferred for one call serves for every equal call: 600 equal blocks cost what one costs. That matters,
    because batch normalisation on the meta device is a slow Python decomposition.
    """

    def __init__(self, modules: Mapping[str, nn.Module]) -> None:
        self._modules = modules
        self._known: dict[Any, Any] = {}

    def value(self, node: fx.Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the call of this node gives on the meta device: tensors without numbers, or plain values."""
        key = self._key(node, args, kwargs)
        if key is not None and key in self._known:
            return self._known[key]
        value = to_meta(self._run(node, args, kwargs))
        if key is not None:
            self._known[key] = value
        return value

    def _run(self, node: fx.Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        target: Any = node.target
        if node.op == "call_module":
            return on_meta(self._modules[target])(*args, **kwargs)
        if node.op == "call_function":
            return target(*to_meta(args), **to_meta(kwargs))
        if target in _MOVES:
            return _moved(*args, **kwargs)
        return getattr(args[0], target)(*args[1:], **kwargs)

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


def _moved(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """What `tensor.to(...)` gives, but on the meta device."""
    wanted = [value for value in (*args, *kwargs.values()) if isinstance(value, (torch.dtype, Tensor))]
    dtype = wanted[0].dtype if wanted and isinstance(wanted[0], Tensor) else wanted[0] if wanted else tensor.dtype
    return tensor.to(dtype)


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
