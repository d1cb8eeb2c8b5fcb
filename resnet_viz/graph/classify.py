"""Which kind of operation a function or a leaf module is: tables, read by `kind_of`. Torch-free.

A class is looked up by its own name and those of its bases, so that a library's subclass of BatchNorm2d is a norm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from resnet_viz.graph.network_graph import OpKind


def words(text: str) -> frozenset[str]:
    """The words of a text as a set: how the longer tables of names are written."""
    return frozenset(text.split())


# One live operand, no mixing by weights: what a shortcut may hold beside at most a few weighted operations.
PASSIVE_FUNCTIONS = words(
    """pad avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d adaptive_avg_pool1d
    adaptive_avg_pool2d adaptive_max_pool2d interpolate upsample pixel_shuffle pixel_unshuffle dropout
    dropout2d alpha_dropout contiguous permute transpose movedim t reshape view flatten unflatten unsqueeze
    squeeze expand expand_as reshape_as view_as repeat to type type_as float half double bfloat16 mul div
    neg add sub layer_norm batch_norm group_norm instance_norm rms_norm local_response_norm roll flip
    stochastic_depth drop_path clone detach identity constant_pad_nd patch_merging_pad channel_shuffle
    native_channel_shuffle"""
)

WEIGHTED_FUNCTIONS = words(
    """conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear bilinear matmul mm bmm
    baddbmm addmm einsum tensordot scaled_dot_product_attention multi_head_attention_forward
    shifted_window_attention embedding"""
)

SPLIT_FUNCTIONS = words("chunk split unbind tensor_split split_with_sizes unsafe_chunk unsafe_split")
CAT_FUNCTIONS = frozenset(("cat",))

_KINDS_OF_FUNCTIONS: dict[str, OpKind] = {
    **dict.fromkeys(WEIGHTED_FUNCTIONS, "weighted"),
    **dict.fromkeys(SPLIT_FUNCTIONS, "split"),
    **dict.fromkeys(CAT_FUNCTIONS, "cat"),
}

_PASSIVE_CLASSES = words(
    """Identity _NormBase LayerNorm GroupNorm RMSNorm LocalResponseNorm _AvgPoolNd _MaxPoolNd _AdaptiveAvgPoolNd
    _AdaptiveMaxPoolNd _LPPoolNd _DropoutNd Upsample PixelShuffle PixelUnshuffle ChannelShuffle
    _ConstantPadNd _ReflectionPadNd _ReplicationPadNd _CircularPadNd Flatten Unflatten DropPath
    StochasticDepth DropBlock2d LayerScale LayerScale2d BlurPool2d Affine"""
)
_WEIGHTED_CLASSES = words(
    """_ConvNd Linear Bilinear MultiheadAttention RNNBase RNNCellBase TransformerEncoderLayer
    TransformerDecoderLayer TransformerEncoder TransformerDecoder Transformer Embedding"""
)

_KINDS_OF_CLASSES: dict[str, OpKind] = {
    **dict.fromkeys(_PASSIVE_CLASSES, "passive"),
    **dict.fromkeys(_WEIGHTED_CLASSES, "weighted"),
    "PReLU": "other",  # has a parameter, but is an activation
}

# Norms, and what they take their statistics over.
NORMS = {
    "MeanOnlyBatchNorm1d": "mean-only batch",
    "_BatchNorm": "batch",
    "_InstanceNorm": "instance",
    "LayerNorm": "layer",
    "GroupNorm": "group",
    "RMSNorm": "rms",
    "batch_norm": "batch",
    "instance_norm": "instance",
    "layer_norm": "layer",
    "group_norm": "group",
    "rms_norm": "rms",
}

# What leaves the values of a shortcut as they are, apart from chance during training.
TRANSPARENT = words(
    """Identity DropPath StochasticDepth Dropout Dropout1d Dropout2d Dropout3d AlphaDropout dropout dropout2d
    drop_path stochastic_depth clone contiguous identity"""
)


def kind_of_function(function: str, live_operands: int, attributes: dict[str, Any], is_tensor: bool) -> OpKind:
    """The kind of a function call with this many operands that depend on the network's input."""
    if live_operands == 0:
        return "parameter"
    if function == "add" and live_operands == 2 and is_tensor and "alpha" not in attributes:
        return "add"
    if function == "getitem":
        return "passive" if "step" in attributes else "part"
    if function in _KINDS_OF_FUNCTIONS:
        return _KINDS_OF_FUNCTIONS[function]
    return "passive" if function in PASSIVE_FUNCTIONS and live_operands == 1 else "other"


def kind_of_module(classes: Sequence[str], live_operands: int, has_parameters: bool, has_activation: bool) -> OpKind:
    """The kind of a leaf module with these class names, its own first, then those of its bases."""
    if live_operands == 0:
        return "parameter"
    if has_activation:
        return "other"
    known = next((_KINDS_OF_CLASSES[name] for name in classes if name in _KINDS_OF_CLASSES), None)
    return known or ("weighted" if has_parameters else "other")
