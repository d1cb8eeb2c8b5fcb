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

from resnet_viz.graph import describe_layers as layer
from resnet_viz.graph import describe_tensors as tensor
from resnet_viz.graph.calls import Call
from resnet_viz.graph.classify import NORMS, SPLIT_FUNCTIONS

Attributes = dict[str, Any]
Describer = Callable[[Call], Attributes]


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


def _for_each(names: str, describer: Describer) -> dict[str, Describer]:
    return dict.fromkeys(names.split(), describer)


_DESCRIBERS: dict[str, Describer] = {
    "_ConvNd": layer.convolution_module,
    "Linear": layer.linear_module,
    "linear": layer.linear,
    **_for_each("conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d", layer.convolution),
    **_for_each("_AvgPoolNd _MaxPoolNd avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d", layer.pool),
    **_for_each("_AdaptiveAvgPoolNd _AdaptiveMaxPoolNd", layer.adaptive_pool),
    **_for_each("adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d", layer.adaptive_pool),
    "MultiheadAttention": layer.attention_module,
    "scaled_dot_product_attention": layer.attention,
    "shifted_window_attention": layer.window_attention,
    **_for_each("add sub mul div pow", tensor.arithmetic),
    **_for_each("cat stack", tensor.cat),
    **_for_each("softmax log_softmax mean sum amax amin max min argmax var std norm cumsum", tensor.dimension),
    **_for_each("Softmax LogSoftmax", tensor.dimension),
    **_for_each("permute transpose", tensor.permutation),
    **dict.fromkeys(SPLIT_FUNCTIONS, tensor.split),
    "getitem": tensor.element,
    **_for_each("interpolate upsample Upsample", layer.interpolate),
    **_for_each("pad _ConstantPadNd _ReflectionPadNd _ReplicationPadNd _CircularPadNd", layer.padding),
    **_for_each("dropout dropout2d _DropoutNd", layer.dropout),
    **_for_each("DropPath StochasticDepth", layer.drop_path),
    "einsum": tensor.einsum,
    **_for_each("GroupNorm group_norm", layer.groups),
    **_for_each("RNNBase RNNCellBase", layer.recurrent),
}
