"""Junctions that are sums; the rules are in `graph.junctions`. Torch-free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from resnet_viz.graph.ancestry import Ancestry
from resnet_viz.graph.classify import TRANSPARENT
from resnet_viz.graph.network_graph import Junction, JunctionKind, Op

MAX_WEIGHTED_ON_SHORTCUT = 3


@dataclass(frozen=True, slots=True)
class _Sum:
    op: Op
    terms: tuple[int, ...]
    adds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """A place on the way back from an operand: what was passed to get there."""

    op: int
    num_weighted: int = 0
    num_products: int = 0
    passed: tuple[int, ...] = ()
    sliced: int | None = None  # the tensor that the shortcut takes a slice of


def _sums(network: Ancestry) -> list[_Sum]:
    absorbed: set[int] = set()
    sums = []
    for op in reversed(network.ops):
        if op.kind == "add" and op.index not in absorbed:
            terms, adds = _flattened(network, op)
            absorbed.update(adds)
            sums.append(_Sum(op, terms, adds))
    return sums[::-1]


def _flattened(network: Ancestry, op: Op) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(operands, additions) of a sum, looking through additions of the same module that only this sum reads.

    Only a spine ((p + q) + r) + s is unrolled, so that a left fold of the terms gives the original bits.
    """
    adds = [op.index]
    later: list[int] = []
    while True:
        left, right = network.live[op.index]
        inner = [i for i in (left, right) if _is_inner_sum(network, i, op)]
        if len(inner) != 1:
            return (left, right, *reversed(later)), tuple(reversed(adds))
        later.append(right if inner[0] == left else left)
        op = network.ops[inner[0]]
        adds.append(op.index)


def _is_inner_sum(network: Ancestry, index: int, outer: Op) -> bool:
    op = network.ops[index]
    return (
        op.kind == "add"
        and len(network.users[index]) == 1
        and op.module_path == outer.module_path
        and op.shape == outer.shape
    )


def additive_junctions(network: Ancestry) -> Iterator[Junction]:
    """The sums that are junctions, each in its cheapest reading, without names and nesting."""
    for total in _sums(network):
        readings = [reading for k in range(len(total.terms)) if (reading := _reading(network, total, k))]
        if readings:
            yield min(readings, key=lambda pair: pair[0])[1]


def _reading(network: Ancestry, total: _Sum, k: int) -> tuple[tuple[int, ...], Junction] | None:
    """(cost, junction) if term k can be the shortcut of this sum."""
    term, others = total.terms[k], total.terms[:k] + total.terms[k + 1 :]
    if network.example_shape(term) != total.op.shape[1:]:  # type: ignore[index]
        return None
    step = _step_to_source(network, term, others)
    if step is None or step.op in others:  # x + x is no junction
        return None
    if step.sliced is not None and not _is_read_whole(network, step.sliced, others):
        return None
    branch = network.between(step.op, others)
    weight = network.num_weighted(branch)
    if not _is_residual(network, step, branch, weight) or _is_mirrored(network, step, branch, len(others)):
        return None
    junction = Junction(
        name="",
        kind=_kind(network, total, k, step),
        op=total.op.index,
        source=step.op,
        terms=total.terms,
        shortcut=k,
        chain=tuple(sorted(step.passed)),
        branch=tuple(sorted(branch)),
        adds=total.adds,
        module_path=total.op.module_path,
    )
    num_apart = sum(not _is_ancestor(network, step.op, (other,)) for other in others)
    return (step.num_weighted, step.num_products, num_apart, len(step.passed), -weight), junction


def _step_to_source(network: Ancestry, term: int, others: Sequence[int]) -> _Step | None:
    """The nearest source; but a farther one that all of the branch comes from, if the nearest is passed by a part."""
    nearest: _Step | None = None
    for step in _way_back(network, term):
        if _is_source(network, step, others):
            if not _before(network, step) or not network.is_passed_by(step.op, others):
                return step
            nearest = nearest or step
    return nearest


def _is_source(network: Ancestry, step: _Step, others: Sequence[int]) -> bool:
    """Whether another operand descends from it. Where 1 − g and g gate the two operands, g alone is no source."""
    if not _is_ancestor(network, step.op, others):
        return False
    return not step.num_products or network.num_weighted(network.between(step.op, others)) > 0


def _is_ancestor(network: Ancestry, op: int, others: Sequence[int]) -> bool:
    return any(op == other or network.descends(other, op) for other in others)


def _is_read_whole(network: Ancestry, sliced: int, others: Sequence[int]) -> bool:
    """Whether another operand descends from the whole tensor, not only from further slices of it."""
    waiting = [sliced]
    while waiting:
        for user in network.users[waiting.pop()]:
            if network.ops[user].kind == "passive":
                waiting.append(user)
            elif network.ops[user].kind != "part" and _is_ancestor(network, user, others):
                return True
    return not _is_ancestor(network, sliced, others)


def _way_back(network: Ancestry, term: int) -> Iterator[_Step]:
    """The term and its ancestors through operations that a shortcut may hold, nearest first."""
    waiting, seen = [_Step(term)], set()
    while waiting:
        step = waiting.pop(0)
        if (step.op, step.num_products > 0) in seen:
            continue
        seen.add((step.op, step.num_products > 0))
        yield step
        waiting += _before(network, step)


def _before(network: Ancestry, step: _Step) -> list[_Step]:
    op, operands = network.ops[step.op], network.live[step.op]
    passed = (*step.passed, op.index)
    if op.kind == "passive" and len(operands) == 1:
        return [_Step(operands[0], step.num_weighted, step.num_products, passed, step.sliced)]
    if op.kind == "part" and len(operands) == 1 and step.sliced is None and network.ops[operands[0]].shape is not None:
        return [_Step(operands[0], step.num_weighted, step.num_products, passed, operands[0])]
    if op.kind == "weighted" and len(operands) == 1 and not step.num_products:
        num_weighted = step.num_weighted + 1
        is_light = num_weighted <= MAX_WEIGHTED_ON_SHORTCUT
        return [_Step(operands[0], num_weighted, 0, passed, step.sliced)] if is_light else []
    if op.function == "mul" and len(set(operands)) == 2 and not step.num_weighted and not step.num_products:
        full_size = [i for i in operands if network.example_shape(i) == network.example_shape(op.index)]
        return [_Step(factor, 0, 1, passed, step.sliced) for factor in full_size]
    return []


def _is_residual(network: Ancestry, step: _Step, branch: frozenset[int], weight: int) -> bool:
    if step.num_weighted >= 2 and weight <= step.num_weighted:
        return False
    is_bare = not step.num_weighted and not step.num_products and not network.has_norm(step.passed)
    return weight > 0 or (is_bare and network.has_norm(branch))


def _is_mirrored(network: Ancestry, step: _Step, branch: frozenset[int], num_others: int) -> bool:
    """Whether all terms do the same operations with weights, as two heads that are averaged: none is a shortcut."""

    def done(indices: Iterable[int]) -> list[str]:
        return sorted(f"{network.ops[i].function} {dict(network.ops[i].attributes)}" for i in indices)

    if not step.num_weighted or len(step.passed) * num_others != len(branch):
        return False
    return sorted(done(step.passed) * num_others) == done(branch)


def _kind(network: Ancestry, total: _Sum, k: int, step: _Step) -> JunctionKind:
    others = total.terms[:k] + total.terms[k + 1 :]
    if step.num_products:
        return "gated"
    if all(network.ops[i].shape and network.example_shape(i) != total.op.shape[1:] for i in others):  # type: ignore[index]
        return "context"
    if all(network.ops[i].function in TRANSPARENT for i in step.passed):
        return "identity"
    if step.num_weighted:
        return "projection"
    return "resize" if network.ops[total.terms[k]].shape != network.ops[step.op].shape else "scaled"
