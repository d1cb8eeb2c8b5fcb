"""Receptive fields: how far into the input one element of a result can look. Torch-free.

The extent grows by (kernel - 1) * dilation * jump at a convolution or pool, where jump is the distance in the input
between neighbouring elements (Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks"); down
and across apart, because a 1x7 kernel is often followed by a 7x1. To tell a linear map over channels (a 1x1
convolution) from one over positions (a mixer), the axes that hold positions are followed through transpositions and
reshapes; where that is not certain, the field counts as global, math.inf.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resnet_viz.graph.classify import words
from resnet_viz.graph.network_graph import Op


@dataclass(frozen=True, slots=True)
class Reach:
    """What one element sees of the input, how far apart neighbours are there, and which axes hold positions.

    Field and jump are in input pixels, down and across.
    """

    fields: tuple[float, float]
    jumps: tuple[float, float]
    positions: frozenset[int]
    shape: tuple[int, ...] | None

    @property
    def field(self) -> float:
        """The receptive field along the longer side."""
        return max(self.fields)


_ALONG_AXES = words("mean sum amax amin max min norm std var cumsum softmax log_softmax Softmax LogSoftmax")
_GLOBAL = words(
    """matmul mm bmm MultiheadAttention scaled_dot_product_attention multi_head_attention_forward
    TransformerEncoderLayer TransformerDecoderLayer TransformerEncoder TransformerDecoder Transformer RNN
    LSTM GRU einsum roll"""
)
_RESIZING = {"nearest": 1}  # elements that a resized one is made of, without an entry two a side
_RESHAPES = words("reshape view flatten unflatten Flatten Unflatten squeeze unsqueeze repeat expand getitem")


def reach_after(op: Op, operands: Sequence[Reach]) -> Reach:
    """The reach of an operation's result from those of its live operands."""
    if not operands:
        shape = op.shape or ()
        return Reach((1, 1), (1, 1), frozenset(range(2, len(shape))), op.shape)
    widest = max(operands, key=lambda reach: (len(reach.shape or ()), reach.field))
    if len(operands) > 1:
        fields = _larger(reach.fields for reach in operands)
        widest = Reach(fields, _larger(reach.jumps for reach in operands), widest.positions, widest.shape)
    if _reads_all_positions(op, widest):
        fields, jumps = (math.inf, math.inf), widest.jumps
    else:
        down, across = (_extent(op, side, widest.fields[side], widest.jumps[side]) for side in (0, 1))
        fields, jumps = (down[0], across[0]), (down[1], across[1])
    return Reach(fields, jumps, _positions_after(op, widest), op.shape or widest.shape)


def _larger(pairs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    down, across = zip(*pairs, strict=True)
    return max(down), max(across)


def _extent(op: Op, side: int, field: float, jump: float) -> tuple[float, float]:
    """(receptive field, jump) after an operation, down (side 0) or across (side 1)."""
    a = op.attributes
    if a.get("transposed") or "scale" in a:
        return _upsampled(a, side, field, jump)
    if a.get("kernel_size"):
        reached = (_along(a["kernel_size"], side) - 1) * _along(a.get("dilation") or [1], side)
        return field + reached * jump, jump * _along(a["stride"], side)
    if a.get("window_size"):
        return field + (_along(a["window_size"], side) - 1) * jump, jump
    return field, jump * max(a.get("step", [1]))


def _along(sizes: Sequence[int], side: int) -> int:
    """The last two of an operation's sizes are those down and across; a single one holds for both."""
    return sizes[side - 2] if len(sizes) > 1 else sizes[0]


def _upsampled(a: Mapping[str, Any], side: int, field: float, jump: float) -> tuple[float, float]:
    """Neighbours come closer; a kernel of k then spans (k - 1) / stride of the coarser elements, rounded up."""
    factor = _along(a["stride"], side) if a.get("transposed") else a["scale"] or 1
    kernel = _along(a["kernel_size"], side) if a.get("transposed") else _RESIZING.get(a.get("mode", ""), 2 * factor)
    reached = max(math.ceil(kernel / factor) - 1, 0)
    return field + reached * jump, jump / factor


def _reads_all_positions(op: Op, before: Reach) -> bool:
    if "output_size" in op.attributes:
        return op.shape is not None and op.shape != before.shape
    shape = before.shape or ()
    many = {axis for axis in before.positions if axis < len(shape) and shape[axis] > 1}
    if "in_features" in op.attributes:
        return len(shape) - 1 in many
    if op.function in _ALONG_AXES:
        dims = op.attributes.get("dim")
        wanted = range(len(shape)) if dims is None else [d % max(len(shape), 1) for d in _listed(dims)]
        return bool(many & set(wanted))
    return op.function in _GLOBAL and bool(many)


def _listed(value: int | list[int]) -> list[int]:
    return value if isinstance(value, list) else [value]


def _positions_after(op: Op, before: Reach) -> frozenset[int]:
    """Axes of the result that hold positions."""
    if op.shape is None or before.shape is None:
        return before.positions
    dims = op.attributes.get("dims")
    rank = len(before.shape)
    if dims is not None and op.function == "permute" and len(dims) == rank:
        return frozenset(to for to, source in enumerate(dims) if source % rank in before.positions)
    if dims is not None and op.function == "transpose" and len(dims) == 2:
        first, second = (dim % rank for dim in dims)
        swap = {first: second, second: first}
        return frozenset(swap.get(axis, axis) for axis in before.positions)
    if op.function in _RESHAPES or len(op.shape) != rank:
        return _regrouped(before.shape, op.shape, before.positions)
    return before.positions


def _regrouped(before: tuple[int, ...], after: tuple[int, ...], positions: frozenset[int]) -> frozenset[int]:
    """Axes that hold positions after a reshape: runs of axes of equal total size correspond; the rest may hold some."""
    out: set[int] = set()
    i = j = 0
    while j < len(after):
        start_i, start_j = i, j
        size_i = before[i] if i < len(before) else 1
        size_j = after[j]
        i, j = i + 1, j + 1
        while size_i != size_j and (i < len(before) or j < len(after)):
            if (size_i < size_j and i < len(before)) or j >= len(after):
                size_i, i = size_i * before[i], i + 1
            else:
                size_j, j = size_j * after[j], j + 1
        if size_i != size_j or positions & set(range(start_i, i)):
            out |= set(range(start_j, j))
    return frozenset(out)
