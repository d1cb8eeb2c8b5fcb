"""Junctions: which sums and concatenations join a shortcut with a residual branch. Torch-free; a pure function.

A sum is a junction if one of its operands leads back, through operations a shortcut may hold, to a *source* from which
another operand descends through something that has weights. In detail:

- Sums are flattened along their spine: x + f + g is one junction with three terms.
- From each operand one walks back through passive operations (norm, pool, pad, resize, scale, strided slice), through
  at most three weighted ones, and through at most one product of two tensors (highway networks: Srivastava et al. 2015;
  exclusive and shortcut-only gating: He et al. 2016). The first operation that another operand descends from is the source.
- The residual branch is everything between source and the other operands. It must hold a weighted operation (more of
  them than the shortcut, if that has two or more); a norm is enough beside an otherwise empty shortcut (PoolFormer).
- Among several readings the cheapest shortcut wins: fewest weighted operations, fewest products, shortest, heaviest branch.
- The operand that is broadcast is never the shortcut; if all others are broadcast, the sum adds a context vector (GCNet).

Concatenations are junctions where an operand is untouched: it is an ancestor of all others (DenseNet), or one part of a
split (ShuffleNet, CSP). A concatenation that repeats an earlier one and appends to it takes that one as its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from resnet_viz.graph.classify import TRANSPARENT
from resnet_viz.graph.network_graph import Junction, JunctionKind, Op

MAX_WEIGHTED_ON_SHORTCUT = 3


def find_junctions(ops: Sequence[Op]) -> tuple[Junction, ...]:
    """Every junction in order of its operation, named, with the nesting of sums in `parent`."""
    network = _Ancestry(ops)
    found = [*_additive(network), *_concatenating(network)]
    return _nested(_named(sorted(found, key=lambda junction: junction.op)))


class _Ancestry:
    """Operations with their live operands, readers and ancestors (bit sets)."""

    def __init__(self, ops: Sequence[Op]) -> None:
        self.ops = ops
        self.live = [tuple(i for i in op.inputs if ops[i].is_live) for op in ops]
        self.num_users = [0] * len(ops)
        self._ancestors = [0] * len(ops)
        for op in ops:
            bits = 0
            for i in op.inputs:
                self.num_users[i] += 1
            for i in self.live[op.index]:
                bits |= self._ancestors[i] | 1 << i
            self._ancestors[op.index] = bits

    def descends(self, op: int, ancestor: int) -> bool:
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

    def num_weighted(self, indices: frozenset[int]) -> int:
        return sum(self.ops[i].kind == "weighted" for i in indices)

    def has_norm(self, indices: Sequence[int] | frozenset[int]) -> bool:
        return any("norm" in self.ops[i].attributes for i in indices)

    def example_shape(self, index: int) -> tuple[int, ...] | None:
        """The shape without the batch dimension."""
        shape = self.ops[index].shape
        return None if shape is None else shape[1:]


# ---- sums


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


def _sums(network: _Ancestry) -> list[_Sum]:
    absorbed: set[int] = set()
    sums = []
    for op in reversed(network.ops):
        if op.kind == "add" and op.index not in absorbed:
            terms, adds = _flattened(network, op)
            absorbed.update(adds)
            sums.append(_Sum(op, terms, adds))
    return sums[::-1]


def _flattened(network: _Ancestry, op: Op) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(operands, additions) of a sum, looking through additions of the same module that only this sum reads.

    Only a spine ((p + q) + r) + s is unrolled, so that a left fold of the terms gives the original bits.
    """
    adds, later = [op.index], []
    while True:
        left, right = network.live[op.index]
        inner = [i for i in (left, right) if _is_inner_sum(network, i, op)]
        if len(inner) != 1:
            return (left, right, *reversed(later)), tuple(reversed(adds))
        later.append(right if inner[0] == left else left)
        op = network.ops[inner[0]]
        adds.append(op.index)


def _is_inner_sum(network: _Ancestry, index: int, outer: Op) -> bool:
    op = network.ops[index]
    return (
        op.kind == "add"
        and network.num_users[index] == 1
        and op.module_path == outer.module_path
        and op.shape == outer.shape
    )


def _additive(network: _Ancestry) -> Iterator[Junction]:
    for total in _sums(network):
        readings = [reading for k in range(len(total.terms)) if (reading := _reading(network, total, k))]
        if readings:
            yield min(readings, key=lambda pair: pair[0])[1]


def _reading(network: _Ancestry, total: _Sum, k: int) -> tuple[tuple[int, int, int, int], Junction] | None:
    """(cost, junction) if term k can be the shortcut of this sum."""
    term, others = total.terms[k], total.terms[:k] + total.terms[k + 1 :]
    if network.example_shape(term) != total.op.shape[1:]:  # type: ignore[index]
        return None
    step = next((step for step in _way_back(network, term) if _is_ancestor(network, step.op, others)), None)
    if step is None or step.op in others:  # x + x is no junction
        return None
    branch = network.between(step.op, others)
    weight = network.num_weighted(branch)
    if not _is_residual(network, step, branch, weight):
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
    return (step.num_weighted, step.num_products, len(step.passed), -weight), junction


def _is_ancestor(network: _Ancestry, op: int, others: Sequence[int]) -> bool:
    return any(op == other or network.descends(other, op) for other in others)


def _way_back(network: _Ancestry, term: int) -> Iterator[_Step]:
    """The term and its ancestors through operations that a shortcut may hold, nearest first."""
    waiting, seen = [_Step(term)], set()
    while waiting:
        step = waiting.pop(0)
        if (step.op, step.num_products > 0) in seen:
            continue
        seen.add((step.op, step.num_products > 0))
        yield step
        waiting += _before(network, step)


def _before(network: _Ancestry, step: _Step) -> list[_Step]:
    op, operands = network.ops[step.op], network.live[step.op]
    passed = (*step.passed, op.index)
    if op.kind == "passive" and len(operands) == 1:
        return [_Step(operands[0], step.num_weighted, step.num_products, passed)]
    if op.kind == "weighted" and len(operands) == 1 and not step.num_products:
        num_weighted = step.num_weighted + 1
        return [_Step(operands[0], num_weighted, 0, passed)] if num_weighted <= MAX_WEIGHTED_ON_SHORTCUT else []
    if op.function == "mul" and len(set(operands)) == 2 and not step.num_weighted and not step.num_products:
        full_size = [i for i in operands if network.example_shape(i) == network.example_shape(op.index)]
        return [_Step(factor, 0, 1, passed) for factor in full_size]
    return []


def _is_residual(network: _Ancestry, step: _Step, branch: frozenset[int], weight: int) -> bool:
    if step.num_weighted >= 2 and weight <= step.num_weighted:
        return False
    is_bare = not step.num_weighted and not step.num_products and not network.has_norm(step.passed)
    return weight > 0 or (is_bare and network.has_norm(branch))


def _kind(network: _Ancestry, total: _Sum, k: int, step: _Step) -> JunctionKind:
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


# ---- concatenations


def _concatenating(network: _Ancestry) -> Iterator[Junction]:
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


def _growing(network: _Ancestry, op: Op, terms: tuple[int, ...], earlier: dict[tuple[int, ...], int]) -> Junction | None:
    """[a, b, c] after [a, b] is [(a, b), c]: DenseNet's layers become a chain."""
    *head, last = terms
    source = head[0] if len(head) == 1 else earlier.get(tuple(head))
    if source is None or (len(head) == 1 and not network.descends(last, source)):
        return None
    root = source if network.descends(last, source) else terms[0]
    branch = network.between(root, (last,))
    return _concatenation("concat", op, source, terms, 0, branch) if network.num_weighted(branch) else None


def _untouched(network: _Ancestry, op: Op, terms: tuple[int, ...]) -> Junction | None:
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


# ---- names and nesting


def _named(junctions: Sequence[Junction]) -> list[Junction]:
    """Named by module path; further ones of one module get ":2", ":3"; those of the network's own forward are "root"."""
    counts: dict[str, int] = {}
    out = []
    for junction in junctions:
        path = junction.module_path or "root"
        counts[path] = counts.get(path, 0) + 1
        out.append(replace(junction, name=path if counts[path] == 1 else f"{path}:{counts[path]}"))
    return out


def _nested(junctions: Sequence[Junction]) -> tuple[Junction, ...]:
    """With `parent`: the smallest junction whose branch holds this one's last operation; a concat never holds a sum."""
    holders: dict[int, list[Junction]] = {}
    wanted = {junction.op for junction in junctions}
    for junction in junctions:
        for i in junction.branch:
            if i in wanted:
                holders.setdefault(i, []).append(junction)
    out = []
    for junction in junctions:
        holding = [h for h in holders.get(junction.op, ()) if h.op != junction.op and _may_hold(h, junction)]
        parent = min(holding, key=lambda h: len(h.branch)).name if holding else None
        out.append(replace(junction, parent=parent))
    return tuple(out)


def _may_hold(outer: Junction, inner: Junction) -> bool:
    return not outer.kind.startswith("concat") or inner.kind.startswith("concat")
