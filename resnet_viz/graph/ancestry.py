"""Who descends from whom among operations. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence

from resnet_viz.graph.network_graph import Op


class Ancestry:
    """Operations with their live operands, readers and ancestors (bit sets)."""

    def __init__(self, ops: Sequence[Op]) -> None:
        self.ops = ops
        self.live = [tuple(i for i in op.inputs if ops[i].is_live) for op in ops]
        self.users: list[list[int]] = [[] for _ in ops]
        self._ancestors = [0] * len(ops)
        self._weighted = sum(1 << op.index for op in ops if op.kind == "weighted")
        for op in ops:
            bits = 0
            for i in op.inputs:
                self.users[i].append(op.index)
            for i in self.live[op.index]:
                bits |= self._ancestors[i] | 1 << i
            self._ancestors[op.index] = bits

    def descends(self, op: int, ancestor: int) -> bool:
        """Whether data flows from `ancestor` to `op`; an operation is no ancestor of itself."""
        return bool(self._ancestors[op] >> ancestor & 1)

    def between(self, source: int, ends: Sequence[int]) -> frozenset[int]:
        """Operations after `source` on some path to one of `ends`, the ends included."""
        seen: set[int] = set()
        waiting = [end for end in ends if self.descends(end, source)]
        while waiting:
            i = waiting.pop()
            if i in seen:
                continue
            seen.add(i)
            waiting += [j for j in self.live[i] if j != source and self.descends(j, source)]
        return frozenset(seen)

    def is_passed_by(self, source: int, ends: Sequence[int]) -> bool:
        """Whether something weighted reaches one of `ends` that neither descends from `source` nor leads to it."""
        bits = 0
        for end in ends:
            bits |= self._ancestors[end] | 1 << end
        bits &= self._weighted & ~self._ancestors[source]
        while bits:
            op = bits.bit_length() - 1
            if op != source and not self.descends(op, source):
                return True
            bits ^= 1 << op
        return False

    def num_weighted(self, indices: frozenset[int]) -> int:
        """How many of these operations are weighted."""
        return sum(self.ops[i].kind == "weighted" for i in indices)

    def has_norm(self, indices: Sequence[int] | frozenset[int]) -> bool:
        """Whether one of these operations is a normalisation."""
        return any("norm" in self.ops[i].attributes for i in indices)

    def example_shape(self, index: int) -> tuple[int, ...] | None:
        """The shape without the batch dimension."""
        shape = self.ops[index].shape
        return None if shape is None else shape[1:]
