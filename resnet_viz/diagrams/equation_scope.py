r"""Where the equation of a block begins and pauses: the sums it shows, what shortcuts start from, what enters."""

from __future__ import annotations

from functools import cached_property

from resnet_viz.diagrams import equation_operations as operation
from resnet_viz.diagrams.equation_terms import Symbol
from resnet_viz.graph.fold import Block, FoldedGraph
from resnet_viz.graph.network_graph import Junction

MOST_SUMS = 12  # of a block with more those inside its branches belong to what these compute


class Scope:
    """A block of a folded network."""

    def __init__(self, folded: FoldedGraph, block: Block) -> None:
        self.folded, self.block = folded, block
        self.inside = frozenset(block.ops)

    @cached_property
    def junctions(self) -> dict[int, Junction]:
        """Those that are read term by term, by the operations that they end in.

        The block's own; and of the sums inside a branch those that start where an outer one does, as in a Runge-Kutta
        step, or that nothing but factors parts from the outer sum. Others belong to what their branch computes.
        """
        graph = self.folded.graph
        own = [graph.junction[name] for name in self.block.junctions]
        ends = {self._last_meeting, *map(self.start, own)}
        own = [j for j in own if j.is_additive or j.op in ends]  # more concatenations belong to a branch as well
        nested = [j for j in graph.junctions if j.is_additive and j.op in self.inside and j not in own]
        found = list(own)
        for outer in found:  # grows meanwhile
            met = {self._below_factors(self.folded.drawn(term)) for term in outer.terms} | {j.source for j in found}
            inner = [j for j in nested if j.parent == outer.name and not met.isdisjoint((j.op, j.source))]
            found += [j for j in inner if j not in found]
        return {junction.op: junction for junction in (found if len(found) <= MOST_SUMS else own)}

    @property
    def _last_meeting(self) -> int:
        """The last operation that reads several others, if no weights follow it."""
        op = self.folded.drawn(self.block.output)
        while op in self.inside and len(self.folded.inputs[op]) == 1 and not self.folded.words[op].weighted:
            op = self.folded.inputs[op][0]
        return op

    def _below_factors(self, op: int) -> int:
        while op in self.inside and operation.factor(self.folded, op):
            op = self.folded.inputs[op][0]
        return op

    def start(self, junction: Junction) -> int:
        """What the shortcut carries; where that is a part, what was split."""
        source = self.folded.drawn(junction.source)
        is_split = self.folded.graph.ops[source].kind == "split" and source in self.folded.inputs
        return self.folded.inputs[source][0] if is_split else source

    @cached_property
    def stops(self) -> frozenset[int]:
        """Operations that no function reaches past: sums, and what shortcuts start from."""
        return frozenset(self.junctions) | {self.start(junction) for junction in self.junctions.values()}

    def is_stop(self, op: int) -> bool:
        """Whether a function ends here: at a stop, at a part of one, or outside the block."""
        part = operation.part(self.folded, op)
        return op not in self.inside or op in self.stops or (part is not None and self._is_start(part[0]))

    def _is_start(self, op: int) -> bool:
        return op in self.stops or op not in self.inside

    @cached_property
    def entering(self) -> dict[int, Symbol]:
        """x_l first, then z_l for whatever else the block reads from outside."""
        starts = [self.start(junction) for junction in self.junctions.values()]
        read = {s for op in self.inside for s in self.folded.inputs[op]} - self.inside
        parts = {op: part[0] for op in read if (part := operation.part(self.folded, op)) and part[0] in starts}
        read = {parts.get(op, op) for op in read}
        main = next((op for op in starts if op in read), max(read, default=-1))
        others = sorted(read - {main})
        texts = ["z_l"] if len(others) == 1 else [f"z_{{l,{n}}}" for n in range(1, len(others) + 1)]
        return {op: Symbol(op=op, text=text) for op, text in zip([main, *others], ["x_l", *texts], strict=True)}
