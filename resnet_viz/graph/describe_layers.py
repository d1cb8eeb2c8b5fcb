"""Attributes of layers, as modules or as functions: convolutions, linear maps, pools, attention, resizing."""

from __future__ import annotations

from typing import Any

from resnet_viz.graph.call_reading import first_shape, getter, listed, number, spatial_rank
from resnet_viz.graph.calls import Call

Attributes = dict[str, Any]


def convolution_module(call: Call) -> Attributes:
    module: Any = call.module
    rank = len(module.kernel_size)
    return {
        "in_channels": module.in_channels,
        "out_channels": module.out_channels,
        **{name: listed(getattr(module, name), rank) for name in ("kernel_size", "stride", "padding", "dilation")},
        "groups": module.groups,
        "transposed": module.transposed,
    }


def convolution(call: Call) -> Attributes:
    """Channels, kernel, stride, padding, dilation and groups of a functional convolution, as its module has them."""
    transposed = "transpose" in call.function
    weight = call.argument(1, "weight").shape
    groups = call.argument(6, "groups", 1)
    dilation_at = 7 if transposed else 5
    rank = len(weight) - 2
    return {
        "in_channels": weight[0] if transposed else weight[1] * groups,
        "out_channels": weight[1] * groups if transposed else weight[0],
        "kernel_size": list(weight[2:]),
        "stride": listed(call.argument(3, "stride", 1), rank),
        "padding": listed(call.argument(4, "padding", 0), rank),
        "dilation": listed(call.argument(dilation_at, "dilation", 1), rank),
        "groups": groups,
        "transposed": transposed,
    }


def linear_module(call: Call) -> Attributes:
    module: Any = call.module
    return {"in_features": module.in_features, "out_features": module.out_features}


def linear(call: Call) -> Attributes:
    weight = call.argument(1, "weight").shape
    return {"in_features": weight[1], "out_features": weight[0]}


def pool(call: Call) -> Attributes:
    rank = spatial_rank(call)
    get = getter(call)
    kernel_size = get(1, "kernel_size")
    stride = get(2, "stride")
    name = call.function.lower()
    return {
        "pool": "max" if "max" in name else "avg",
        "kernel_size": listed(kernel_size, rank),
        "stride": listed(stride or kernel_size, rank),
        "padding": listed(get(3, "padding", 0), rank),
    }


def adaptive_pool(call: Call) -> Attributes:
    size = getter(call)(1, "output_size")
    return {"pool": "max" if "max" in call.function.lower() else "avg", "output_size": listed(size, spatial_rank(call))}


def attention_module(call: Call) -> Attributes:
    module: Any = call.module
    return {"num_heads": module.num_heads, "embed_dim": module.embed_dim}


def attention(call: Call) -> Attributes:
    query = first_shape(call)
    return {"num_heads": query[-3], "embed_dim": query[-3] * query[-1]} if len(query) >= 4 else {}


def window_attention(call: Call) -> Attributes:
    return {
        "num_heads": call.argument(5, "num_heads"),
        "embed_dim": first_shape(call)[-1],
        "window_size": listed(call.argument(4, "window_size"), 2),
        "shift_size": listed(call.argument(6, "shift_size"), 2),
    }


def interpolate(call: Call) -> Attributes:
    before, after = first_shape(call), call.shape or ()
    scale = {"scale": number(round(after[-1] / before[-1], 6))} if before and after and before[-1] else {}
    return {**scale, "mode": getter(call)(3, "mode", "nearest")}


def padding(call: Call) -> Attributes:
    padding = call.argument(1, "pad") if call.module is None else getattr(call.module, "padding", None)
    return {"padding": listed(padding, 0)}


def dropout(call: Call) -> Attributes:
    return {"p": getter(call)(1, "p", 0.5)} if call.module is None or hasattr(call.module, "p") else {}


def drop_path(call: Call) -> Attributes:
    module: Any = call.module
    return {"p": float(getattr(module, "drop_prob", None) or getattr(module, "p", 0.0) or 0.0)}


def groups(call: Call) -> Attributes:
    return {"num_groups": getter(call)(1, "num_groups")}


def recurrent(call: Call) -> Attributes:
    module: Any = call.module
    names = ("input_size", "hidden_size", "num_layers", "bidirectional")
    return {name: getattr(module, name) for name in names if hasattr(module, name)}
