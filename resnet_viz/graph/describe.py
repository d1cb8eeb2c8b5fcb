"""What a reader of the model's source would name about a call, as JSON values: the `attributes` of an `Op`.

convolution            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, transposed
linear map             in_features, out_features
norm                   norm ("batch", "layer", ...), activation (class name, where the module holds one), num_groups
pool                   pool ("max", "avg"), kernel_size, stride, padding; or output_size where it is adaptive
attention              num_heads, embed_dim, window_size, shift_size
arithmetic with number scalar, scalar_first (where the number stands left: 1 - x), alpha
cat, stack, softmax,
mean, sum, ...         dim
element or slice       index (an int), or step (one for each axis, where it subsamples), or item (its text)
permute, transpose     dims; reshape: nothing (the shape says it); interpolate: scale, mode; pad: padding; dropout: p
parameter              path (of the parameter or buffer in the model)

Modules and functions get the same keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from resnet_viz.graph.calls import Call, Operand
from resnet_viz.graph.classify import NORMS, SPLIT_FUNCTIONS

Attributes = dict[str, Any]


def describe(call: Call) -> Attributes:
    """The attributes of a call; empty for a function nobody has said anything about."""
    names = class_names(call.module) if call.module is not None else (call.function,)
    out: Attributes = {}
    for name in names:
        if name in _DESCRIBERS:
            out |= _DESCRIBERS[name](call)
            break
    norm = next((NORMS[name] for name in names if name in NORMS), None)
    if norm:
        out["norm"] = norm
    if activation := activation_in(call.module):
        out["activation"] = activation
    return out


def class_names(module: nn.Module) -> tuple[str, ...]:
    """The names of a module's class and its bases, most special first."""
    return tuple(cls.__name__ for cls in type(module).__mro__)


def activation_in(module: nn.Module | None) -> str | None:
    """Class name of the activation that a norm module applies itself (timm's BatchNormAct2d), or None."""
    activation = module._modules.get("act") if module is not None else None
    return type(activation).__name__ if activation is not None and not isinstance(activation, nn.Identity) else None


def _listed(value: Any, rank: int) -> Any:
    """A list with one number an axis; words like "same" stay."""
    if isinstance(value, (tuple, list)):
        return [_number(item) for item in value] * (rank if len(value) == 1 and rank > 1 else 1)
    return value if value is None or isinstance(value, str) else [_number(value)] * max(rank, 1)


def _number(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Operand):
        return None
    return int(value) if int(value) == value else float(value)


def _spatial_rank(call: Call) -> int:
    return len(call.shape) - 2 if call.shape else 1


def _first_shape(call: Call) -> tuple[int, ...]:
    first = next(iter(call.operands), None)
    return (first.shape if first is not None else None) or ()


def _convolution_module(call: Call) -> Attributes:
    module: Any = call.module
    rank = len(module.kernel_size)
    return {
        "in_channels": module.in_channels,
        "out_channels": module.out_channels,
        **{name: _listed(getattr(module, name), rank) for name in ("kernel_size", "stride", "padding", "dilation")},
        "groups": module.groups,
        "transposed": module.transposed,
    }


def _convolution(call: Call) -> Attributes:
    transposed = "transpose" in call.function
    weight = call.argument(1, "weight").shape
    groups = call.argument(6, "groups", 1)
    dilation_at = 7 if transposed else 5
    rank = len(weight) - 2
    return {
        "in_channels": weight[0] if transposed else weight[1] * groups,
        "out_channels": weight[1] * groups if transposed else weight[0],
        "kernel_size": list(weight[2:]),
        "stride": _listed(call.argument(3, "stride", 1), rank),
        "padding": _listed(call.argument(4, "padding", 0), rank),
        "dilation": _listed(call.argument(dilation_at, "dilation", 1), rank),
        "groups": groups if not transposed else call.argument(6, "groups", 1),
        "transposed": transposed,
    }


def _linear_module(call: Call) -> Attributes:
    module: Any = call.module
    return {"in_features": module.in_features, "out_features": module.out_features}


def _linear(call: Call) -> Attributes:
    weight = call.argument(1, "weight").shape
    return {"in_features": weight[1], "out_features": weight[0]}


def _pool(call: Call) -> Attributes:
    rank = _spatial_rank(call)
    get = _getter(call)
    kernel_size = get(1, "kernel_size")
    stride = get(2, "stride")
    name = call.function.lower()
    return {
        "pool": "max" if "max" in name else "avg",
        "kernel_size": _listed(kernel_size, rank),
        "stride": _listed(stride or kernel_size, rank),
        "padding": _listed(get(3, "padding", 0), rank),
    }


def _adaptive_pool(call: Call) -> Attributes:
    size = _getter(call)(1, "output_size")
    return {"pool": "max" if "max" in call.function.lower() else "avg", "output_size": _listed(size, _spatial_rank(call))}


def _getter(call: Call) -> Callable[..., Any]:
    """Reads an option from the module, or from the arguments of the function."""
    if call.module is None:
        return call.argument
    return lambda position, name, default=None: getattr(call.module, name, default)


def _attention_module(call: Call) -> Attributes:
    module: Any = call.module
    return {"num_heads": module.num_heads, "embed_dim": module.embed_dim}


def _attention(call: Call) -> Attributes:
    query = _first_shape(call)
    return {"num_heads": query[-3], "embed_dim": query[-3] * query[-1]} if len(query) >= 4 else {}


def _window_attention(call: Call) -> Attributes:
    return {
        "num_heads": call.argument(5, "num_heads"),
        "embed_dim": _first_shape(call)[-1],
        "window_size": _listed(call.argument(4, "window_size"), 2),
        "shift_size": _listed(call.argument(6, "shift_size"), 2),
    }


def _arithmetic(call: Call) -> Attributes:
    left, right = call.argument(0, "input"), call.argument(1, "other")
    number, is_first = (right, call.is_reversed) if isinstance(right, (int, float)) else (left, True)
    out: Attributes = {"scalar": float(number)} if isinstance(number, (int, float)) else {}
    if out and is_first and call.function not in ("add", "mul"):
        out["scalar_first"] = True
    alpha = call.kwargs.get("alpha", 1)
    return out if alpha == 1 else out | {"alpha": _number(alpha)}


def _dimension(position: int, *, of_module: bool = False) -> Callable[[Call], Attributes]:
    def describer(call: Call) -> Attributes:
        dim = call.argument(position, "dim", call.kwargs.get("axis")) if call.module is None else call.module.dim
        if isinstance(dim, (tuple, list)):
            return {"dim": [_number(item) for item in dim]}
        return {} if dim is None or isinstance(dim, Operand) else {"dim": _number(dim)}

    return describer


def _cat(call: Call) -> Attributes:
    return {"dim": _number(call.argument(1, "dim", call.kwargs.get("axis", 0)))}


def _permutation(call: Call) -> Attributes:
    dims = call.args[1:] if len(call.args) > 1 else (call.kwargs.get("dims", ()),)
    dims = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return {"dims": [_number(dim) for dim in dims]}


def _split(call: Call) -> Attributes:
    names = {"chunk": "chunks", "split": "split_size_or_sections"}
    parts = call.argument(1, names.get(call.function, "sections"))
    dim = call.argument(1 if call.function == "unbind" else 2, "dim", 0)
    sizes = {} if call.function == "unbind" or parts is None else {"parts": _listed(parts, 0)}
    return {"dim": _number(dim), **sizes}


def _element(call: Call) -> Attributes:
    item = call.argument(1, "item")
    items = item if isinstance(item, tuple) else (item,)
    rank = len(_first_shape(call))
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
    return {Ellipsis: "…"}.get(item, "tensor" if isinstance(item, Operand) else str(item)) if not isinstance(item, tuple) else "…"


def _interpolate(call: Call) -> Attributes:
    before, after = _first_shape(call), call.shape or ()
    scale = {"scale": _number(round(after[-1] / before[-1], 6))} if before and after and before[-1] else {}
    return {**scale, "mode": _getter(call)(3, "mode", "nearest")}


def _padding(call: Call) -> Attributes:
    padding = call.argument(1, "pad") if call.module is None else getattr(call.module, "padding", None)
    return {"padding": _listed(padding, 0)}


def _dropout(call: Call) -> Attributes:
    return {"p": _getter(call)(1, "p", 0.5)} if call.module is None or hasattr(call.module, "p") else {}


def _drop_path(call: Call) -> Attributes:
    module: Any = call.module
    return {"p": float(getattr(module, "drop_prob", None) or getattr(module, "p", 0.0) or 0.0)}


def _einsum(call: Call) -> Attributes:
    return {"equation": call.args[0]} if isinstance(call.args[0], str) else {}


def _groups(call: Call) -> Attributes:
    return {"num_groups": _getter(call)(1, "num_groups")}


def _recurrent(call: Call) -> Attributes:
    module: Any = call.module
    names = ("input_size", "hidden_size", "num_layers", "bidirectional")
    return {name: getattr(module, name) for name in names if hasattr(module, name)}


def _for_each(names: str, describer: Callable[[Call], Attributes]) -> dict[str, Callable[[Call], Attributes]]:
    return dict.fromkeys(names.split(), describer)


_DESCRIBERS: dict[str, Callable[[Call], Attributes]] = {
    "_ConvNd": _convolution_module,
    "Linear": _linear_module,
    "linear": _linear,
    **_for_each("conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d", _convolution),
    **_for_each("_AvgPoolNd _MaxPoolNd avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d", _pool),
    **_for_each("_AdaptiveAvgPoolNd _AdaptiveMaxPoolNd", _adaptive_pool),
    **_for_each("adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d", _adaptive_pool),
    "MultiheadAttention": _attention_module,
    "scaled_dot_product_attention": _attention,
    "shifted_window_attention": _window_attention,
    **_for_each("add sub mul div pow", _arithmetic),
    **_for_each("cat stack", _cat),
    **_for_each("softmax log_softmax mean sum amax amin max min argmax var std norm cumsum", _dimension(1)),
    **_for_each("Softmax LogSoftmax", _dimension(1, of_module=True)),
    **_for_each("permute transpose", _permutation),
    **dict.fromkeys(SPLIT_FUNCTIONS, _split),
    "getitem": _element,
    **_for_each("interpolate upsample Upsample", _interpolate),
    **_for_each("pad _ConstantPadNd _ReflectionPadNd _ReplicationPadNd _CircularPadNd", _padding),
    **_for_each("dropout dropout2d _DropoutNd", _dropout),
    **_for_each("DropPath StochasticDepth", _drop_path),
    "einsum": _einsum,
    **_for_each("GroupNorm group_norm", _groups),
    **_for_each("RNNBase RNNCellBase", _recurrent),
}
