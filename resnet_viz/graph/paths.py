"""How many paths lead through a network, by the number of residual branches they take. Exact integers; torch-free.

Veit et al. 2016 ("Residual Networks Behave Like Ensembles of Relatively Shallow Networks") unravel n residual blocks
into 2^n paths, of which binomial(n, k) take exactly k residual branches. What is counted here is that, for any graph:

A path is a sequence of junctions from the input to the output, each entered either by its shortcut or by its residual
branch. Two routes through the operations that enter the same junctions in the same way are one path. So an operation
with several operands that is no junction (a gate's product, an exchange between resolutions, a plain concatenation)
splits nothing by itself, all terms of a residual branch x + f(x) + g(x) are one branch, and what is nested inside the
residual branch of a sum is not multiplied out. A concatenation is a choice as a sum is (DenseNet); a context vector
(GCNet) is none. A network without junctions has one path, of length 0. `meaning` says this to a reader, as far as it
matters for a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from resnet_viz.graph.network_graph import Junction, NetworkGraph
from resnet_viz.text import _

# Inputs and junctions (by operation) that are met last before a place, with no junction between.
Places = frozenset[int]
Names = AbstractSet[str]
NONE: Names = frozenset()


def path_lengths(graph: NetworkGraph, cut: Names = NONE, dropped: Names = NONE) -> tuple[int, ...]:
    """How many paths take exactly k residual branches, for k = 0, 1, ...; never empty, no zeros at the end.

    Without the paths that enter a junction of `cut` by its shortcut or one of `dropped` by its residual branch; names
    of no junction mean nothing here. All coefficients of the generating polynomial are kept in one integer, in fields
    wide enough for the sum of them all. 600 junctions in series take about 20 ms.
    """
    total = num_paths(graph, cut, dropped)
    width = total.bit_length() // 8 + 1  # bytes of a field
    packed = _count(graph, cut, dropped, lambda paths: paths << 8 * width)
    digits = packed.to_bytes(packed.bit_length() // 8 + 1, "little")
    lengths = [int.from_bytes(digits[at : at + width], "little") for at in range(0, len(digits), width)]
    while len(lengths) > 1 and not lengths[-1]:
        lengths.pop()
    return tuple(lengths)


def num_paths(graph: NetworkGraph, cut: Names = NONE, dropped: Names = NONE) -> int:
    """How many paths lead from the input to the output, without these shortcuts and residual branches."""
    return _count(graph, cut, dropped, lambda paths: paths)


def counted_junctions(graph: NetworkGraph) -> tuple[Junction, ...]:
    """The junctions at which paths part: not context vectors, and not what is nested in the branch of a sum."""
    return tuple(
        junction for junction in graph.junctions if junction.kind != "context" and not _is_nested(graph, junction)
    )


def meaning(graph: NetworkGraph) -> tuple[str, ...]:
    """What a path is in this network, a sentence for each kind of junction that it has."""
    counted = counted_junctions(graph)
    said = [
        (
            counted,
            _("A path enters every junction by its shortcut or by its residual branch; its length counts branches."),
        ),
        (
            any(junction.kind == "gated" for junction in counted),
            _("A gate splits no path: the product that scales a shortcut belongs to that shortcut."),
        ),
        (
            any(junction.is_additive and len(junction.terms) > 2 for junction in counted),
            _("All terms of a sum but the shortcut are one residual branch."),
        ),
        (
            any(_is_nested(graph, junction) for junction in graph.junctions),
            _("What is nested inside a residual branch is part of it and not multiplied out."),
        ),
        (
            any(not junction.is_additive for junction in counted),
            _("A concatenation is a choice too: what is kept is the shortcut, what is added beside it the branch."),
        ),
        (
            any(junction.kind == "context" for junction in graph.junctions),
            _("A context vector, the same at every position, is no choice."),
        ),
    ]
    return tuple(sentence for holds, sentence in said if holds)


def waists(graph: NetworkGraph) -> frozenset[int]:
    """The operations that every way from the input to the output passes: no other operation reaches past them."""
    leading = set(graph.outputs)
    for op in reversed(graph.ops):
        if op.index in leading:
            leading.update(operand.index for operand in graph.live_inputs(op))
    found, farthest = set(), 0
    for index in sorted(leading):
        if farthest <= index:
            found.add(index)
        ends = [len(graph.ops)] if index in graph.outputs else []
        farthest = max([farthest, *ends, *leading.intersection(graph.users[index])])
    return frozenset(found)


def _is_nested(graph: NetworkGraph, junction: Junction) -> bool:
    parent = graph.junction[junction.parent] if junction.parent is not None else None
    return parent is not None and (parent.is_additive or _is_nested(graph, parent))


def _count(graph: NetworkGraph, cut: Names, dropped: Names, through_branch: Callable[[int], int]) -> int:
    """Paths to the output, where entering a junction by its branch is marked by `through_branch`."""
    junction_at = {junction.op: junction for junction in graph.junctions if junction.kind != "context"}
    parting = {junction.op for junction in counted_junctions(graph)}
    last_met: list[Places] = []
    paths: dict[int, int] = {}

    def paths_to(places: Places) -> int:
        return sum(paths[place] for place in places)

    for op in graph.ops:
        here = frozenset((op.index,))
        junction = junction_at.get(op.index)
        if op.kind == "input":
            paths[op.index] = 1
            last_met.append(here)
        elif junction is None:
            last_met.append(_union(last_met[i] for i in op.inputs if graph.ops[i].is_live))
        else:
            by_shortcut, by_branch = _entries(junction)
            shortcut = Places() if junction.name in cut else last_met[by_shortcut]
            branch = Places() if junction.name in dropped else _union(last_met[i] for i in by_branch)
            if op.index in parting:
                paths[op.index] = paths_to(shortcut) + through_branch(paths_to(branch))
            last_met.append(here if op.index in parting else shortcut | branch)
    return paths_to(_union(last_met[i] for i in graph.outputs))


def _entries(junction: Junction) -> tuple[int, tuple[int, ...]]:
    """(operation whose result enters by the shortcut, those that enter by the branch)."""
    if junction.grows:
        return junction.source, junction.terms[-1:]
    others = tuple(term for k, term in enumerate(junction.terms) if k != junction.shortcut)
    return junction.terms[junction.shortcut], others


def _union(sets: Iterable[Places]) -> Places:
    return frozenset().union(*sets)
