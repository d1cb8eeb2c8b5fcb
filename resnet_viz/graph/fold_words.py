"""Words for one operation, from its function's name, its attributes and its shapes.

Nothing is dropped for being unknown: the fallback is the function's own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from resnet_viz.graph import fold_words_layers as layer
from resnet_viz.graph import fold_words_tensors as tensor
from resnet_viz.graph.fold_values import Words, fixed
from resnet_viz.graph.fold_vocabulary import (
    ACTIVATIONS,
    ATTENTION,
    CONCATENATIONS,
    DIFFERENCES,
    DROPOUTS,
    DROPS,
    MATRIX_PRODUCTS,
    PADS,
    PRODUCTS,
    QUOTIENTS,
    RESIZES,
    SHAPES,
    SPLITS,
    SUMS,
)
from resnet_viz.graph.network_graph import NetworkGraph, Op
from resnet_viz.text import N_

Say: TypeAlias = Callable[[NetworkGraph, Op, str, list[int]], Words | None]


def words(graph: NetworkGraph, op: Op, sources: list[int]) -> Words:
    """What to call `op`; `sources` are its operands, with repetitions, that carry data of the network's input."""
    if op.kind == "input":
        return fixed("input", N_("input"))
    name = op.function.lower().strip("_")
    say = _rule(name, op.attributes) or _BY_KIND.get(op.kind)
    if say and (found := say(graph, op, name, sources)):
        return found
    weighted = op.kind == "weighted" or op.num_parameters > 0
    return Words("fc" if weighted else "other", op.function.strip("_").replace("_", " "), weighted=weighted)


def _rule(name: str, attributes: Mapping[str, Any]) -> Say | None:
    """Who finds the words: the attributes say what an operation is where they can, else its name does."""
    if "in_channels" in attributes and "kernel_size" in attributes:
        return layer.convolution
    if "in_features" in attributes:
        return layer.linear
    if "num_heads" in attributes or "window_size" in attributes:
        return layer.attention
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "pool" in attributes or "pool" in name:
        return layer.pool
    if "norm" in attributes or "norm" in name or "localresponse" in name:
        return layer.norm
    return tensor.shape if "permute" in name else None


_BY_NAME: dict[str, Say] = {
    **dict.fromkeys(ACTIVATIONS, layer.act),
    **dict.fromkeys(SHAPES, tensor.shape),
    **dict.fromkeys(DROPS, tensor.drop),
    **dict.fromkeys(DROPOUTS, tensor.drop),
    **dict.fromkeys(SUMS, tensor.total),
    **dict.fromkeys(PRODUCTS, tensor.product),
    **dict.fromkeys(DIFFERENCES, tensor.difference),
    **dict.fromkeys(QUOTIENTS, tensor.quotient),
    **dict.fromkeys(MATRIX_PRODUCTS, tensor.matrix_product),
    **dict.fromkeys(ATTENTION, layer.attention),
    **dict.fromkeys(CONCATENATIONS, tensor.join),
    **dict.fromkeys(SPLITS, tensor.split),
    **dict.fromkeys(RESIZES, layer.resize),
    **dict.fromkeys(PADS, tensor.pad),
    **dict.fromkeys(("pow", "square"), tensor.power),
    "getitem": tensor.part,
    "mean": layer.mean,
    "neg": tensor.negative,
}
_BY_KIND: dict[str, Say] = {"add": tensor.total, "cat": tensor.join, "split": tensor.split, "part": tensor.part}
