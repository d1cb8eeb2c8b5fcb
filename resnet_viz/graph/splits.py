"""What the splits of a block see: the receptive field of each, measured in the block's input. Torch-free.

A block may part its channels, treat the parts apart (or add each to what came of the part before it, as Res2Net does)
and concatenate what they give. One block then holds several receptive fields side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from resnet_viz.graph.fold_values import Block
from resnet_viz.graph.network_graph import NetworkGraph, Op
from resnet_viz.graph.reach import Reach, reach_after

Treatment = Literal["untouched", "pooled", "convolved"]


@dataclass(frozen=True, slots=True)
class Split:
    """One split of a block's channels, as it enters the concatenation."""

    number: int  # from 1, in the order of the concatenation
    receptive_field: float  # pixels of the block's input along one side
    treatment: Treatment  # pooled: something without weights was done to it


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of an operation inside the block."""

    reach: Reach
    parted: int | None = None  # the operation whose parts, and nothing else, it comes from
    treatment: Treatment = "untouched"


def splits(graph: NetworkGraph, block: Block) -> tuple[Split, ...]:
    """The splits of a block in the order in which they are concatenated; () where a block has none.

    Where several tensors of a block are split, the first that is put together again counts.
    """
    seen: dict[int, _Seen] = {}
    for op in (graph.ops[index] for index in sorted(block.ops)):
        before = [seen.get(source.index) or _entering(source) for source in graph.live_inputs(op)]
        seen[op.index] = _after(op, before)
        if op.kind == "cat" and len(before) > 1 and seen[op.index].parted is not None:
            return tuple(Split(n, s.reach.field, s.treatment) for n, s in enumerate(before, start=1))
    return ()


def _entering(op: Op) -> _Seen:
    """An operation outside the block: its result is what receptive fields are measured in."""
    return _Seen(reach_after(op, ()))


def _after(op: Op, before: Sequence[_Seen]) -> _Seen:
    reach = reach_after(op, [seen.reach for seen in before])
    if op.kind == "part":
        return _Seen(reach, op.inputs[0])
    origins = {seen.parted for seen in before}
    convolved = op.kind == "weighted" or any(seen.treatment == "convolved" for seen in before)
    return _Seen(reach, origins.pop() if len(origins) == 1 else None, "convolved" if convolved else "pooled")
