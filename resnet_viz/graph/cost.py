"""Multiply-adds and receptive field of every operation, from shapes and attributes alone. Torch-free.

A multiply-add counts once, and costs are those of one example: the total over the example batch, divided by its size.
Counted are convolutions, linear maps, matrix products, attention and recurrent layers; norms, activations, sums, pools
and resizes count 0, as in the papers' tables. What does not depend on the input (a position bias made from parameters)
counts 0 too. The receptive field is the extent of the input, in pixels along one side, that one element of the result
can depend on; it is `math.inf` once something reads all positions (global pooling, a linear map over positions,
attention), also through a gate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from resnet_viz.graph.network_graph import Op
from resnet_viz.graph.reach import Reach, reach_after

Operands = Sequence[Op]


def costed(ops: Sequence[Op]) -> Iterator[tuple[Op, int, float]]:
    """(operation, multiply-adds of one example, receptive field) for every operation, in order."""
    batch = next((op.shape[0] for op in ops if op.kind == "input" and op.shape), 1) or 1
    reaches: list[Reach] = []
    for op in ops:
        operands = [ops[i] for i in op.inputs]
        macs = macs_of(op, operands) // batch if op.is_live else 0
        reaches.append(reach_after(op, [reaches[i] for i in op.inputs if ops[i].is_live]))
        yield op, macs, reaches[-1].field


def macs_of(op: Op, operands: Operands) -> int:
    """Multiply-adds of one call, over the whole batch; 0 for everything that is not in the table."""
    count = _COUNTS.get(_family(op))
    return count(op, operands) if count is not None else 0


def _family(op: Op) -> str:
    """What a library's own class of convolution or linear map is counted as: its attributes tell."""
    if "in_channels" in op.attributes:
        return "convolution"
    return "linear" if "in_features" in op.attributes else op.function


def _size(shape: Sequence[int] | None) -> int:
    return math.prod(shape or (0,))


def _convolution(op: Op, operands: Operands) -> int:
    a = op.attributes
    kernel = math.prod(a["kernel_size"])
    if a["transposed"]:
        return _size(operands[0].shape) * a["out_channels"] // a["groups"] * kernel
    return _size(op.shape) * (a["in_channels"] // a["groups"]) * kernel


def _linear(op: Op, operands: Operands) -> int:
    return _size(op.shape) * op.attributes["in_features"]


def _matrix_product(op: Op, operands: Operands) -> int:
    return _size(op.shape) * (operands[0].shape or (0,))[-1]


def _added_matrix_product(op: Op, operands: Operands) -> int:
    return _size(op.shape) * (operands[1].shape or (0,))[-1]


def _einsum(op: Op, operands: Operands) -> int:
    """The product of all index sizes, as if the sum were done in one go."""
    terms = op.attributes.get("equation", "").replace(" ", "").split("->")[0].split(",")
    sizes: dict[str, int] = {}
    for letters, operand in zip(terms, operands, strict=False):
        if "..." not in letters:
            sizes |= dict(zip(letters, operand.shape or (), strict=False))
    return math.prod(sizes.values()) if sizes else 0


def _dot_product_attention(op: Op, operands: Operands) -> int:
    query, key, value = (operand.shape or (0, 0) for operand in operands[:3])
    return _size(query) * key[-2] + _size(query[:-1]) * key[-2] * value[-1]


def _multihead_attention(op: Op, operands: Operands) -> int:
    """Projections of query, key and value, the two products, and the projection of the result."""
    query, key = operands[0].shape or (0, 0, 0), operands[min(1, len(operands) - 1)].shape or (0, 0, 0)
    width, length = op.attributes["embed_dim"], key[-2]
    return 2 * _size(query) * width + 2 * _size(key) * width + 2 * _size(query[:-1]) * length * width


def _window_attention(op: Op, operands: Operands) -> int:
    """The same within windows of a grid of positions (batch, height, width, channels), padded to whole windows."""
    batch, height, width, channels = operands[0].shape or (0, 0, 0, 0)
    window = op.attributes["window_size"]
    positions = batch * math.ceil(height / window[0]) * math.ceil(width / window[1]) * math.prod(window)
    return positions * channels * (4 * channels + 2 * math.prod(window))


def _recurrent(op: Op, operands: Operands) -> int:
    """Gates of every layer, direction and time step; a projection of the state is not counted."""
    a = op.attributes
    gates = {"LSTM": 4, "GRU": 3, "LSTMCell": 4, "GRUCell": 3}.get(op.function, 1)
    hidden, directions = a["hidden_size"], 2 if a.get("bidirectional") else 1
    first = a["input_size"] + hidden
    further = (directions * hidden + hidden) * (a.get("num_layers", 1) - 1)
    steps = _size((operands[0].shape or (0,))[:-1])
    return steps * directions * gates * hidden * (first + further)


def _for_each(names: str, count: Callable[[Op, Operands], int]) -> dict[str, Callable[[Op, Operands], int]]:
    return dict.fromkeys(names.split(), count)


_COUNTS: dict[str, Callable[[Op, Operands], int]] = {
    "convolution": _convolution,
    "linear": _linear,
    **_for_each("matmul mm bmm", _matrix_product),
    **_for_each("addmm baddbmm", _added_matrix_product),
    "einsum": _einsum,
    "scaled_dot_product_attention": _dot_product_attention,
    "MultiheadAttention": _multihead_attention,
    "shifted_window_attention": _window_attention,
    **_for_each("RNN LSTM GRU RNNCell LSTMCell GRUCell", _recurrent),
}
