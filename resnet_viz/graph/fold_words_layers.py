"""Words for layers: convolutions, linear maps, attention, norms, activations, pools and resizing.

Every function has the same form: (graph, op, name of its function, operands that carry data) -> words, or None.
"""

from __future__ import annotations

import math
from typing import Any

from resnet_viz.graph.fold_values import Shape, Words, fixed
from resnet_viz.graph.fold_vocabulary import ACTIVATIONS, NORMS
from resnet_viz.graph.network_graph import NetworkGraph, Op
from resnet_viz.text import N_

# ---------------------------------------------------------------------------------- operations with weights


def _times(sizes: Any) -> str:
    return "×".join(map(str, sizes)) if isinstance(sizes, (list, tuple)) else f"{sizes}×{sizes}"


def _largest(value: Any) -> int:
    return max(value, default=1) if isinstance(value, (list, tuple)) else int(value or 1)


def convolution(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """As in "3×3 conv, 64, /2", "3×3 dw conv, 96", "2×2 convᵀ, 64, ×2"."""
    a = op.attributes
    channels, groups, transposed = a["in_channels"], a.get("groups", 1), a.get("transposed", False)
    depthwise = groups == channels and groups > 1
    stride, dilation = _largest(a.get("stride", 1)), _largest(a.get("dilation", 1))
    suffix = f", {'×' if transposed else '/'}{stride}" if stride > 1 else ""
    suffix += f", g={groups}" if groups > 1 and not depthwise else ""
    suffix += f", d={dilation}" if dilation > 1 else ""
    if transposed:
        message = N_("{kernel} convᵀ, {channels}")
    else:
        message = N_("{kernel} dw conv, {channels}") if depthwise else N_("{kernel} conv, {channels}")
    values = (("kernel", _times(a["kernel_size"])), ("channels", a["out_channels"]))
    return Words("conv", message, values, suffix=suffix, weighted=True)


def linear(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """As in "FC 2048 → 1000"."""
    values = (("before", op.attributes["in_features"]), ("after", op.attributes["out_features"]))
    return Words("fc", N_("FC {before} → {after}"), values, brief=N_("FC {after}"), weighted=True)


def attention(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """As in "self-attention, 12 heads" or "7×7 window attention, shifted"."""
    a = op.attributes
    brief = N_("attention")
    if a.get("window_size"):
        shift = a.get("shift_size")
        moved = any(shift) if isinstance(shift, (list, tuple)) else bool(shift)
        message = N_("{window} window attention, shifted") if moved else N_("{window} window attention")
        values = (("window", _times(a["window_size"])),)
        return Words("mix", message, values, brief=N_("window attention"), weighted=True)
    if a.get("num_heads") and name != "scaled_dot_product_attention":
        return Words("mix", N_("self-attention, {heads} heads"), (("heads", a["num_heads"]),), brief, weighted=True)
    message = N_("attention(q, k, v)") if name == "scaled_dot_product_attention" else brief
    return Words("mix", message, brief=brief, weighted=True)


# ---------------------------------------------------------------------------------- norms, activations, pools


def norm(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words | None:
    """As in "BN" or "BN + ReLU"."""
    known = op.attributes.get("norm", name)
    short = next((short for part, short in NORMS if part in known), None)
    if short is None:
        return None
    inner = op.attributes.get("activation")
    return fixed("norm", f"{short} + {activation_name(inner)}" if inner and inner != "Identity" else short)


def act(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """As in "ReLU"."""
    return fixed("act", activation_name(op.function))


def pool(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words | None:
    """As in "3×3 max pool, /2" or "global avg pool"."""
    before = graph.ops[sources[0]].shape if sources else None
    size, kind = op.attributes.get("kernel_size"), op.attributes.get("pool", "max" if "max" in name else "avg")
    if size is None or "adaptive" in name:
        return _global_pool(op, before, kind)
    stride = _largest(op.attributes.get("stride") or size)
    message = N_("{kernel} max pool") if kind == "max" else N_("{kernel} avg pool")
    return Words("pool", message, (("kernel", _times(size)),), suffix=f", /{stride}" if stride > 1 else "")


def _global_pool(op: Op, before: Shape | None, kind: str) -> Words:
    after = op.shape
    keeps = after and before and len(after) == len(before) == 4 and after[2] * after[3] > 1
    if after and keeps and after[1:3] != (1, 1):
        message = N_("max pool → {height}×{width}") if kind == "max" else N_("avg pool → {height}×{width}")
        return Words("pool", message, (("height", after[2]), ("width", after[3])))
    return fixed("pool", N_("global max pool") if kind == "max" else N_("global avg pool"))


def mean(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words | None:
    """A pool, where the mean leaves less than it was taken of."""
    before = graph.ops[sources[0]].shape if sources else None
    if not op.shape or not before or math.prod(op.shape[1:]) >= math.prod(before[1:]):
        return None
    axes = op.attributes.get("dim")
    axes = axes if isinstance(axes, (list, tuple)) else [axes]
    if len(before) == 4 and axes in ([1], [-3]):
        return fixed("pool", N_("mean over channels"))
    return fixed("pool", N_("global avg pool"))


def resize(graph: NetworkGraph, op: Op, name: str, sources: list[int]) -> Words:
    """As in "upsample ×2"."""
    before = graph.ops[sources[0]].shape if sources else None
    if op.shape and before and op.shape[-1] > before[-1]:
        return Words("pool", N_("upsample ×{factor}"), (("factor", f"{op.shape[-1] / before[-1]:.3g}"),))
    if op.shape and before and op.shape[-1] < before[-1]:
        return Words("pool", N_("downsample /{factor}"), (("factor", f"{before[-1] / op.shape[-1]:.3g}"),))
    return fixed("pool", N_("resize"))


def activation_name(name: str) -> str:
    """Short name of an activation by its class or function name; its own name where there is none."""
    low = name.lower().strip("_")
    return ACTIVATIONS.get(low, name)
