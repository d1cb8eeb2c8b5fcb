"""Copies of a model that leave the model alone: `shell` shares its tensors, `on_meta` has none."""

from __future__ import annotations

import copy
from types import BuiltinFunctionType, FunctionType
from typing import Any

import torch
from torch import Tensor, nn

_SHARED = (
    int,
    float,
    str,
    bytes,
    type(None),
    torch.dtype,
    torch.device,
    type,
    FunctionType,
    BuiltinFunctionType,
    Tensor,
)
_TENSOR_TABLES = ("_parameters", "_buffers")


def shell(model: nn.Module) -> nn.Module:
    """A new module tree around the model's own parameters and buffers.

    Modes, hooks, attributes and submodules of the shell are its own: `shell(model).eval()`, or whatever its forward
    stores on it, does not reach the model. Training it trains the model, because the tensors are the same objects.
    Hooks are kept on modules without children only, where `weight_norm` and its like live.
    """
    memo: dict[int, Any] = {}
    originals = list(model.modules())
    for module in originals:
        memo[id(module)] = object.__new__(type(module))
        for tensor in (*module._parameters.values(), *module._buffers.values()):
            memo[id(tensor)] = tensor
    for module in originals:
        _fill(memo[id(module)], module, memo)
    return memo[id(model)]


def _fill(new: nn.Module, module: nn.Module, memo: dict[int, Any]) -> None:
    state = new.__dict__
    for name, value in module.__dict__.items():
        if name == "_modules":
            state[name] = {key: None if child is None else memo[id(child)] for key, child in value.items()}
        elif name in _TENSOR_TABLES or type(value) is set:
            state[name] = value.copy()
        elif "_hooks" in name and isinstance(value, dict):
            state[name] = type(value)() if module._modules else value.copy()
        else:
            state[name] = value if _is_plain(value) else _own_copy(value, memo)


def _is_plain(value: object) -> bool:
    return isinstance(value, _SHARED) or (isinstance(value, tuple) and all(map(_is_plain, value)))


def _own_copy(value: Any, memo: dict[int, Any]) -> Any:
    """A deep copy in which modules are their shells (also those of bound methods); locks and files are shared."""
    try:
        return copy.deepcopy(value, memo)
    except (TypeError, RuntimeError, NotImplementedError):
        return value


def on_meta(model: nn.Module) -> nn.Module:
    """The same module tree with every parameter and buffer on the meta device; copies no numbers."""
    memo: dict[int, Any] = {}
    for parameter in model.parameters():
        memo[id(parameter)] = nn.Parameter(torch.empty_like(parameter, device="meta"), requires_grad=False)
    for buffer in model.buffers():
        memo[id(buffer)] = torch.empty_like(buffer, device="meta")
    return copy.deepcopy(model, memo)


def to_meta(value: Any) -> Any:
    """The value with its tensors (also inside tuples, lists and dicts) replaced by meta tensors of the same shape."""
    if isinstance(value, Tensor):
        return value if value.is_meta else torch.empty_like(value, device="meta")
    if isinstance(value, (tuple, list)) and not isinstance(value, torch.Size):
        items = [to_meta(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: to_meta(item) for key, item in value.items()}
    return value


def with_own_buffers(root: nn.Module) -> nn.Module:
    """The shell with copies of the buffers, so that a run in training mode does not move the model's statistics."""
    for module in root.modules():
        for name, buffer in module._buffers.items():
            module._buffers[name] = None if buffer is None else buffer.clone()
    return root
