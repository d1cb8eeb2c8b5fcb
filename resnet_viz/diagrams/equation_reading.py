r"""What a block computes, as terms: a walk over its graph from its output back to what enters it.

Sums, activations and norms after a sum, factors, gates and concatenations of sums are read one by one. What else lies
between two of them, with its convolutions, is one function \mathcal F of where it starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property, partial

from resnet_viz.diagrams import equation_operations as operation
from resnet_viz.diagrams.equation_operations import Factor
from resnet_viz.diagrams.equation_scope import Scope
from resnet_viz.diagrams.equation_terms import Beside, Function, Gated, Piece, Scaled, Symbol, Term, Total, Wrapped
from resnet_viz.graph.fold import Block, FoldedGraph
from resnet_viz.graph.network_graph import Junction
from resnet_viz.surgery.plan import Surgery

BRANCH, PROJECTION, CARRY_GATE, BRANCH_GATE = r"\mathcal F", "W_s", "C", "T"
Read = Callable[[int], Term]


class Reading:
    """The terms of one block, each made once: what is read twice is one object."""

    def __init__(self, folded: FoldedGraph, block: Block, surgery: Surgery) -> None:
        self.scope, self.folded, self.surgery = Scope(folded, block), folded, surgery
        self._made: dict[int, Term] = {}

    @cached_property
    def output(self) -> Term:
        """What leaves the block."""
        return self._value(self.folded.drawn(self.scope.block.output), is_last=True)

    def _once(self, op: int, read: Read) -> Term:
        if op not in self._made:
            junction = self.scope.junctions.get(op)
            is_inside = op in self.scope.inside
            self._made[op] = self._outside(op) if not is_inside else self._meeting(junction) if junction else read(op)
        return self._made[op]

    def _outside(self, op: int) -> Term:
        """What enters, or a part of it."""
        entering, part = self.scope.entering, operation.part(self.folded, op)
        if op in entering or part is None or part[0] not in entering:
            return entering.get(op) or next(iter(entering.values()))
        return Piece(op=op, inner=entering[part[0]], number=part[1], channels=part[2])

    # ---- as a value, as a term beside the shortcut, as the shortcut

    def _value(self, op: int, is_last: bool = False) -> Term:
        """With the activations and norms that follow a sum, or what enters; over a function only the block's last."""
        return self._once(op, partial(self._read_value, is_last=is_last))

    def _read_value(self, op: int, is_last: bool) -> Term:
        role, sources = self.folded.words[op].role, self.folded.inputs[op]
        if role == "cat" and not self.scope.junctions.keys().isdisjoint(sources):
            return Beside(op=op, terms=tuple(map(self._value, sources)))
        value = partial(self._value, is_last=is_last)
        if found := self._peeled(op, value):
            return found
        if len(sources) != 1 or role not in ("act", "norm", "pool", "shape", "drop"):
            return self._function(op)
        inner = value(sources[0])
        if _is_function(inner) and not (is_last and role == "act"):
            return self._function(op)
        return self._wrapped(op, inner)

    def _branch(self, op: int) -> Term:
        """A function, behind its factors, its gate and its bias; or a sum."""
        return self._once(op, self._read_branch)

    def _read_branch(self, op: int) -> Term:
        if found := self._peeled(op, self._branch):
            return found
        if self.folded.words[op].role in ("act", "norm", "shape") and len(self.folded.inputs[op]) == 1:
            inner = self._branch(self.folded.inputs[op][0])
            return self._wrapped(op, inner) if _is_sum(inner) else self._function(op)
        return self._function(op)

    def _carried(self, op: int, junction: Junction) -> Term:
        """What a shortcut makes of its source: W_s of a run with weights, else each of its operations by its name."""
        if op == self.scope.start(junction):
            return self._value(op)
        return self._once(op, partial(self._read_carried, junction=junction))

    def _read_carried(self, op: int, junction: Junction) -> Term:
        carried = partial(self._carried, junction=junction)
        sources = self.folded.inputs[op]
        if operation.is_product(self.folded, op):
            kept = next((s for s in sources if s in junction.chain or s == junction.source), sources[0])
            gate = sources[1 - sources.index(kept)]
            return Gated(op=op, inner=carried(kept), gate=self._gate(gate, CARRY_GATE, ()))
        if found := self._peeled(op, carried):
            return found
        if len(sources) != 1:
            return self._function(op)
        run = list(self._run(op, junction))
        inner = carried(self.folded.inputs[run[-1]][0])
        if any(self.folded.graph.ops[passed].kind == "weighted" for passed in run):
            return Function(op=op, symbol=PROJECTION, arguments=(inner,))
        for passed in reversed(run):
            inner = self._wrapped(passed, inner)
        return inner

    def _run(self, op: int, junction: Junction) -> Iterator[int]:
        """The operations on a shortcut from this one back to the next factor, gate or the source."""
        yield op
        (before,) = self.folded.inputs[op]
        while before in self.scope.inside and before != self.scope.start(junction):
            is_factor = operation.factor(self.folded, before) or operation.part(self.folded, before)
            if is_factor or len(self.folded.inputs[before]) != 1:
                return
            yield before
            (before,) = self.folded.inputs[before]

    # ---- one operation at a time

    def _peeled(self, op: int, read: Read) -> Term | None:
        """The operation, if it is a factor, a part, a gate, or a bias after one of them."""
        factor, part = operation.factor(self.folded, op), operation.part(self.folded, op)
        if factor:
            return Scaled.of(op, factor, read(self.folded.inputs[op][0]))
        if part:
            return Piece(op=op, inner=read(part[0]), number=part[1], channels=part[2])
        if operation.is_bias(self.folded, op):
            inner = read(self.folded.inputs[op][0])
            bias = Symbol(op=op, text="b", is_learned=True)
            return None if isinstance(inner, Function) else Total(op=op, terms=(inner, bias))
        return self._gated(op, read) if operation.is_product(self.folded, op) else None

    def _gated(self, op: int, read: Read) -> Term | None:
        sources = self.folded.inputs[op]
        gate = next((s for s in reversed(sources) if operation.is_gate(self.folded, s)), None)
        if gate is None:
            return None
        kept = sources[1 - sources.index(gate)]
        inner = read(kept)  # before the gate, which may look at it
        return Gated(op=op, inner=inner, gate=self._gate(gate, BRANCH_GATE, (kept,)))

    def _gate(self, op: int, symbol: str, stops: tuple[int, ...]) -> Term:
        return self._once(op, partial(self._read_gate, symbol=symbol, stops=stops))

    def _read_gate(self, op: int, symbol: str, stops: tuple[int, ...]) -> Term:
        before = partial(self._gate, self.folded.inputs[op][0], symbol, stops)
        first, factor = operation.minuend(self.folded, op), operation.factor(self.folded, op)
        if first is not None:
            return Total(op=op, terms=(Symbol(text=f"{first:.3g}"), Scaled(by=Factor(-1), inner=before())))
        if factor:
            return Scaled.of(op, factor, before())
        return before() if self.folded.words[op].role == "shape" else self._function(op, symbol, stops)

    def _wrapped(self, op: int, inner: Term) -> Term:
        names = operation.functions(self.folded, op)
        if isinstance(inner, Wrapped) and [inner.name] == names == [operation.RESIZED]:
            return replace(inner, op=op)
        for n, name in enumerate(names, 1):
            inner = Wrapped(op=op if n == len(names) else None, name=name, inner=inner)
        return inner

    def _function(self, op: int, symbol: str = BRANCH, stops: tuple[int, ...] = ()) -> Function:
        """All that lies between an operation and where it starts; x_l is its first argument."""
        starts: set[int] = set()
        waiting, seen = list(self.folded.inputs[op]), set(self.folded.inputs[op])
        while waiting:
            before = waiting.pop()
            if before in stops or self.scope.is_stop(before):
                starts.add(before)
            else:
                further = set(self.folded.inputs[before]) - seen
                seen |= further
                waiting += further
        arguments = dict.fromkeys(map(self._value, self._whole(starts)))
        main = next(iter(self.scope.entering.values()))
        return Function(op=op, symbol=symbol, arguments=tuple(sorted(arguments, key=lambda term: term is not main)))

    def _whole(self, starts: Iterable[int]) -> list[int]:
        """What several parts are taken of stands for them."""
        wholes = {op: part[0] for op in starts if (part := operation.part(self.folded, op))}
        several = {whole for whole, number in Counter(wholes.values()).items() if number > 1}
        return sorted({wholes[op] if wholes.get(op) in several else op for op in starts})

    # ---- junctions

    def _meeting(self, junction: Junction) -> Term:
        """The sum or concatenation at a junction, with the factors that surgery gives a sum; x goes before F."""
        if not junction.is_additive:
            return Beside(op=junction.op, terms=tuple(self._side_by_side(junction)))
        carries, branches = self.surgery.factors(junction.name)
        read: list[tuple[bool, float, Term]] = []
        for position, op in enumerate(map(self.folded.drawn, junction.terms)):
            is_shortcut = position == junction.shortcut
            term = self._carried(op, junction) if is_shortcut else self._branch(op)
            comes_first = not _is_function(term) and (is_shortcut or not isinstance(term, Total))
            read.append((comes_first, carries if is_shortcut else branches, term))
        kept = [(s, term) for _, s, term in sorted(read, key=lambda one: not one[0]) if s]
        return Total(op=junction.op, terms=tuple(t if s == 1 else Scaled(by=Factor(s), inner=t) for s, t in kept))

    def _side_by_side(self, junction: Junction) -> Iterator[Term]:
        shortcut = self.folded.drawn(junction.source if junction.grows else junction.terms[junction.shortcut])
        for term in self.folded.inputs[junction.op]:
            yield self._carried(term, junction) if term == shortcut else self._value(term)


def _is_sum(term: Term) -> bool:
    """Whether it is a sum, or one behind factors and activations."""
    while isinstance(term, (Scaled, Wrapped)):
        term = term.inner
    return isinstance(term, Total)


def _is_function(term: Term) -> bool:
    r"""Whether it is an \mathcal F, or one behind factors, gates and activations."""
    while isinstance(term, (Scaled, Gated, Wrapped, Piece)):
        term = term.inner
    return isinstance(term, Function) and term.symbol == BRANCH
