r"""What is called what in a block's equation: names for values that are read more than once, numbers for letters."""

from __future__ import annotations

from collections import Counter, defaultdict

from resnet_viz.diagrams.equation_operations import RESIZED, SURVIVAL
from resnet_viz.diagrams.equation_reading import BRANCH, BRANCH_GATE, CARRY_GATE, PROJECTION, Reading
from resnet_viz.diagrams.equation_terms import Function, Names, Piece, Scaled, Symbol, Term, Total, Wrapped, everything

# Kinds of names: a sum on the way, a shortcut that several sums read, an activation that shortcut and branch share,
# another value, a stage of a Runge-Kutta step, a gate that sees more than what enters.
STEP, CARRIED, ACTIVATED, VALUE, STAGE, GATE = "x'_l", r"\bar x_l", "a_l", "u_l", "k", "s"
_LINES = (STEP, CARRIED, ACTIVATED, VALUE, STAGE, GATE)  # names of one kind stand on one line
_NUMBERED = {SURVIVAL: "b_{{l,{n}}}", PROJECTION: "W_{{s,{n}}}"}


def names_of(reading: Reading) -> Names:
    """Names for the terms of an intact block: a change of it keeps them."""
    terms = [term for _, term in everything(reading.output)]
    return Names(_values(reading, terms), _letters(terms))


def line_of(name: str) -> int:
    """On which line of definitions a name stands; 0 for a sum on the way, which has a line of its own."""
    return next(n for n, kind in enumerate(_LINES) if kind.lstrip("\\")[0] == name.lstrip("\\")[0])


def _is_gate(term: Term | None) -> bool:
    return isinstance(term, Function) and term.symbol in (CARRY_GATE, BRANCH_GATE)


def _values(reading: Reading, terms: list[Term]) -> dict[int, str]:
    shared = _shared(reading.output)
    own = reading.scope.block.junctions
    inner_sums = {op for op, junction in reading.scope.junctions.items() if junction.name not in own}
    functions = {t.op: t for t in terms if isinstance(t, Function) and t.symbol == BRANCH and t.op is not None}
    nests = any(argument.op in inner_sums for function in functions.values() for argument in function.arguments)
    named: dict[int, Term] = {**shared, **(functions if nests else {})}
    kinds: dict[str, list[int]] = defaultdict(list)
    for op in sorted(named):
        kinds[_kind(named[op], nests)].append(op)
    for op in sorted({t.op for t in terms if _is_gate(t) and t.op is not None and not _is_plain(t, named)}):
        kinds[GATE].append(op)
    return {op: _name(kind, n, len(ops)) for kind, ops in kinds.items() for n, op in enumerate(ops, 1)}


def _is_plain(gate: Term, named: dict[int, Term]) -> bool:
    """Whether a gate sees nothing but what has a name."""
    return all(isinstance(seen, Symbol) or seen.op in named for seen in gate.parts)


def _shared(output: Term) -> dict[int, Term]:
    """Terms that several others read; a gate that looks at the branch it gates does not count, nor do two ranges."""
    readers: Counter[int] = Counter()
    found: dict[int, Term] = {}
    for holder, term in everything(output):
        is_aside = isinstance(term, Function) and (_is_gate(holder) or (isinstance(holder, Piece) and holder.channels))
        if holder is None or term.op is None or is_aside or isinstance(term, (Symbol, Piece)) or _is_gate(term):
            continue
        readers[term.op] += 1
        found[term.op] = term
    return {op: term for op, term in found.items() if readers[op] > 1}


def _kind(term: Term, nests: bool) -> str:
    if isinstance(term, Function):
        return CARRIED if term.symbol == PROJECTION else STAGE if nests else VALUE
    if any(isinstance(part, Total) for _, part in everything(term)):
        return STEP
    while isinstance(term, Scaled):
        term = term.inner
    if isinstance(term, Wrapped):
        return CARRIED if term.name == RESIZED else ACTIVATED
    return VALUE


def _name(kind: str, number: int, total: int) -> str:
    if kind == STEP:
        return STEP if number == 1 else f"x^{{({number})}}_l"
    if kind != STAGE and total == 1:
        return kind
    return f"{kind[:-2]}_{{l,{number}}}" if kind.endswith("_l") else f"{kind}_{{{number}}}"


def _letters(terms: list[Term]) -> dict[tuple[str, int], str]:
    """Letters with their numbers. A gate is g; where shortcut and branch have one each, C and T."""
    used = {(term.letter, term.op) for term in terms if term.letter is not None and term.op is not None}
    merges = len({letter for letter, _ in used} & {CARRY_GATE, BRANCH_GATE}) == 1
    ops: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for letter, op in sorted(used, key=lambda pair: pair[1]):
        ops["g" if merges and letter in (CARRY_GATE, BRANCH_GATE) else letter].append((letter, op))
    return {
        key: letter if len(keys) == 1 else _NUMBERED.get(letter, letter + "_{{{n}}}").format(n=n)
        for letter, keys in ops.items()
        for n, key in enumerate(keys, 1)
    }
