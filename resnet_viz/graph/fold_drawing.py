"""Which operations are drawn, and what each of them reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from resnet_viz.graph.ancestry import Ancestry
from resnet_viz.graph.fold_values import Shape, Words
from resnet_viz.graph.fold_words import words
from resnet_viz.graph.fold_words_tensors import NOTHING
from resnet_viz.graph.network_graph import NetworkGraph, Op


@dataclass
class Drawing:
    """The drawn operations while the network is being folded; see `FoldedGraph` for the fields."""

    graph: NetworkGraph
    words: dict[int, Words] = field(default_factory=dict)
    inputs: dict[int, tuple[int, ...]] = field(default_factory=dict)
    aliases: dict[int, int] = field(default_factory=dict)

    @cached_property
    def users(self) -> dict[int, list[int]]:
        """For every drawn operation the drawn operations that read it."""
        users: dict[int, list[int]] = {op: [] for op in self.inputs}
        for op, sources in self.inputs.items():
            for source in sources:
                users[source].append(op)
        return users

    @cached_property
    def _ancestry(self) -> Ancestry:
        return Ancestry(self.graph.ops)

    def reaches(self, source: int, target: int) -> bool:
        """Whether data flows from one operation to the other."""
        return self._ancestry.descends(target, source)

    @cached_property
    def channels_last(self) -> bool:
        """Whether most images of the network have their channels in the last axis, judged by its sums (or by all)."""
        sums = [op for op in self.graph.ops if op.kind == "add" and op.is_live]
        votes = sum(_looks_channels_last(op.shape) for op in sums or self.graph.ops)
        return votes > 0


def _looks_channels_last(shape: Shape | None) -> int:
    """1 for (N, H, H, C), -1 for (N, C, H, H), 0 where the shape does not tell."""
    if shape is None or len(shape) != 4:
        return 0
    if shape[1] == shape[2] != shape[3]:
        return 1
    return -1 if shape[2] == shape[3] != shape[1] else 0


def drawing(graph: NetworkGraph) -> Drawing:
    """The operations that carry data of the input to an output, with their words.

    Sizes, parameters and dead ends are left out. A growing concatenation reads its source and its last term, so that a
    dense block is a chain; a concatenation of one is nothing.
    """
    found = Drawing(graph)
    carrying = _carrying(graph)
    grown_from = {junction.op: junction.source for junction in graph.junctions if junction.grows}
    for op in graph.ops:
        if op.index not in carrying:
            continue
        sources = [i for i in op.inputs if i in carrying]
        said = words(graph, op, sources)
        read = tuple(dict.fromkeys(found.aliases.get(i, i) for i in sources))
        if said.message == NOTHING:
            found.aliases[op.index] = read[0]
            continue
        if op.index in grown_from:
            read = (grown_from[op.index], read[-1])
        found.words[op.index], found.inputs[op.index] = said, read
    _drop_dead_ends(found)
    return found


def _carrying(graph: NetworkGraph) -> set[int]:
    """Operations whose value holds data of the input: tensors, and tuples of which a tensor is taken."""
    carrying: set[int] = set()
    for op in graph.ops:
        fed = op.kind == "input" or (op.is_live and any(i in carrying for i in op.inputs))
        if fed and (op.shape is not None or _holds_tensors(graph, op)):
            carrying.add(op.index)
    return carrying


def _holds_tensors(graph: NetworkGraph, op: Op) -> bool:
    """Whether a value without a shape is a tuple of tensors rather than a size or a Python number."""
    if op.kind == "split":
        return True
    taken = (graph.ops[user] for user in graph.users[op.index])
    return any(user.function == "getitem" and user.shape is not None and user.inputs[0] == op.index for user in taken)


def _drop_dead_ends(found: Drawing) -> None:
    outputs = {found.aliases.get(op, op) for op in found.graph.outputs}
    readers = dict.fromkeys(found.inputs, 0)
    for sources in found.inputs.values():
        for source in sources:
            readers[source] += 1
    for op in sorted(found.inputs, reverse=True):
        if not readers[op] and op not in outputs and len(found.inputs) > 1:
            for source in found.inputs.pop(op):
                readers[source] -= 1
            del found.words[op]
