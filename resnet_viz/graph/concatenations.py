"""Junctions that are concatenations; the rules are in `graph.junctions`. Torch-free."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_viz.graph.ancestry import Ancestry
from resnet_viz.graph.network_graph import Junction, JunctionKind, Op


def concatenating_junctions(network: Ancestry) -> Iterator[Junction]:
    """The concatenations that are junctions, in order of execution, without names and nesting."""
    earlier: dict[tuple[int, ...], int] = {}  # operands -> the concatenation of them
    for op in network.ops:
        if op.kind != "cat":
            continue
        terms = tuple(dict.fromkeys(network.live[op.index]))
        if len(terms) < 2:
            continue
        junction = _growing(network, op, terms, earlier) or _untouched(network, op, terms)
        earlier[terms] = op.index
        if junction is not None:
            yield junction


def _growing(network: Ancestry, op: Op, terms: tuple[int, ...], earlier: dict[tuple[int, ...], int]) -> Junction | None:
    """[a, b, c] after [a, b] is [(a, b), c]: DenseNet's layers become a chain."""
    *head, last = terms
    source = head[0] if len(head) == 1 else earlier.get(tuple(head))
    if source is None or (len(head) == 1 and not network.descends(last, source)):
        return None
    root = source if network.descends(last, source) else terms[0]
    branch = network.between(root, (last,))
    return _concatenation("concat", op, source, terms, 0, branch) if network.num_weighted(branch) else None


def _untouched(network: Ancestry, op: Op, terms: tuple[int, ...]) -> Junction | None:
    """An operand that all others descend from, or a part of a split that others descend from."""
    for k, term in enumerate(terms):
        others = terms[:k] + terms[k + 1 :]
        if all(network.descends(other, term) for other in others):
            branch = network.between(term, others)
            if network.num_weighted(branch):
                return _concatenation("concat", op, term, terms, k, branch)
        if network.ops[term].kind == "part":
            root = network.live[term][0]
            branch = network.between(root, others)
            if network.num_weighted(branch):
                return _concatenation("concat-split", op, root, terms, k, branch)
    return None


def _concatenation(
    kind: JunctionKind, op: Op, source: int, terms: tuple[int, ...], shortcut: int, branch: frozenset[int]
) -> Junction:
    chain = (terms[shortcut],) if kind == "concat-split" else ()
    return Junction(
        "", kind, op.index, source, terms, shortcut, chain, tuple(sorted(branch)), (op.index,), op.module_path
    )
