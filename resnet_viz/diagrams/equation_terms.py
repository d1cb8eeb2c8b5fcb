r"""The terms of a block's equation and how each is written in LaTeX.

A term knows the operation whose value it is. `Names` says which operations have a name of their own, and which number
a letter carries where there are several of it: \mathcal F_{1}, \mathcal F_{2}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from resnet_viz.diagrams.equation_operations import LEARNED_NUMBERS, Factor


@dataclass(frozen=True)
class Names:
    """How values and letters are called, by the operations that they stand for."""

    values: Mapping[int, str]
    letters: Mapping[tuple[str, int], str]

    def of_value(self, term: Term) -> str | None:
        """The name of a term's value, if it has one."""
        return None if term.op is None else self.values.get(term.op)

    def of_letter(self, letter: str, term: Term) -> str:
        """A letter, with its number where there are several."""
        return letter if term.op is None else self.letters.get((letter, term.op), letter)


@dataclass(frozen=True, eq=False, kw_only=True)
class Term:
    """The value of an operation; `op` is None where no single operation has it."""

    op: int | None = None

    @property
    def parts(self) -> Sequence[Term]:
        """The terms that it is made of."""
        return ()

    @property
    def letter(self) -> str | None:
        """What it is called by, where that may need a number."""
        return None

    def body(self, names: Names) -> str:
        """What it is, written out."""
        raise NotImplementedError

    def write(self, names: Names) -> str:
        """Its name, or what it is."""
        return names.of_value(self) or self.body(names)

    def factor(self, names: Names) -> str:
        """As a factor of a product: in parentheses where it needs them."""
        return self.write(names)


@dataclass(frozen=True, eq=False, kw_only=True)
class Symbol(Term):
    """What enters the block, a number, or a learned bias."""

    text: str
    is_learned: bool = False

    @property
    def letter(self) -> str | None:
        return self.text if self.is_learned else None

    def body(self, names: Names) -> str:
        return names.of_letter(self.text, self) if self.is_learned else self.text


@dataclass(frozen=True, eq=False, kw_only=True)
class Function(Term):
    r"""Whatever is between a value and its arguments: a residual branch \mathcal F, a gate, a projection W_s."""

    symbol: str
    arguments: tuple[Term, ...]

    @property
    def parts(self) -> Sequence[Term]:
        return self.arguments

    @property
    def letter(self) -> str:
        return self.symbol

    def body(self, names: Names) -> str:
        letter = names.of_letter(self.symbol, self)
        if self.symbol.startswith("W"):
            return rf"{letter}\,{self.arguments[0].factor(names)}"
        return letter + self.applied(names)

    def applied(self, names: Names) -> str:
        """Its arguments in parentheses."""
        return parenthesized(", ".join(argument.write(names) for argument in self.arguments))


@dataclass(frozen=True, eq=False, kw_only=True)
class Wrapped(Term):
    """A function that all know by its name: ReLU, BN, pad."""

    name: str
    inner: Term

    @property
    def parts(self) -> Sequence[Term]:
        return (self.inner,)

    def body(self, names: Names) -> str:
        return self.name + parenthesized(self.inner.write(names))


@dataclass(frozen=True, eq=False, kw_only=True)
class Scaled(Term):
    """A number, or a learned or random one, times a term."""

    by: Factor
    inner: Term

    @classmethod
    def of(cls, op: int, by: Factor, inner: Term) -> Term:
        """Numbers that follow each other are one: 2 and then a third are 2/3. One is none."""
        if not by.symbol and isinstance(inner, Scaled) and not inner.by.symbol:
            by = Factor(by.numerator * inner.by.numerator, by.divisor * inner.by.divisor)
            inner = inner.inner
        return inner if by.is_one else cls(op=op, by=by, inner=inner)

    @property
    def parts(self) -> Sequence[Term]:
        return (self.inner,)

    @property
    def letter(self) -> str | None:
        return self.by.symbol or None

    @property
    def is_negative(self) -> bool:
        return not self.by.symbol and self.by.numerator < 0

    def body(self, names: Names) -> str:
        return ("-" if self.is_negative else "") + self.size(names)

    def factor(self, names: Names) -> str:
        text = self.write(names)
        return parenthesized(text) if text.startswith("-") else text

    def size(self, names: Names) -> str:
        """Without its sign."""
        inner = self.inner.factor(names)
        factor = names.of_letter(self.by.symbol, self) if self.by.symbol else self.by.size
        if not factor:
            return inner
        dot = r" \odot " if self.by.symbol == LEARNED_NUMBERS else r" \cdot " if inner[0].isdigit() else r"\,"
        return factor + dot + inner


@dataclass(frozen=True, eq=False, kw_only=True)
class Gated(Term):
    """A gate's value times a term, number by number."""

    gate: Term
    inner: Term

    @property
    def parts(self) -> Sequence[Term]:
        return self.gate, self.inner

    def body(self, names: Names) -> str:
        return rf"{self.gate.factor(names)} \odot {self.inner.factor(names)}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Total(Term):
    """A sum, 0 where nothing is left of it; one minus a gate is a sum as well."""

    terms: tuple[Term, ...]

    @property
    def parts(self) -> Sequence[Term]:
        return self.terms

    def body(self, names: Names) -> str:
        out = ""
        for term in self.terms:
            if out and isinstance(term, Scaled) and term.is_negative and not names.of_value(term):
                out += " - " + term.size(names)
            else:
                out += (" + " if out else "") + term.write(names)
        return out or "0"

    def factor(self, names: Names) -> str:
        text = self.write(names)
        return text if names.of_value(self) or len(self.terms) < 2 else parenthesized(text)


@dataclass(frozen=True, eq=False, kw_only=True)
class Beside(Term):
    """A concatenation of channels."""

    terms: tuple[Term, ...]

    @property
    def parts(self) -> Sequence[Term]:
        return self.terms

    def body(self, names: Names) -> str:
        inner = r",\ ".join(term.write(names) for term in self.terms)
        return rf"\big[{inner}\big]" if "(" in inner else f"[{inner}]"


@dataclass(frozen=True, eq=False, kw_only=True)
class Piece(Term):
    """A part of a split (its number), or a range of channels, of a term."""

    inner: Term
    number: int = 0
    channels: str = ""

    @property
    def parts(self) -> Sequence[Term]:
        return (self.inner,)

    def body(self, names: Names) -> str:
        inner, mark = self.inner, rf"_{{{self.channels}}}" if self.channels else rf"^{{({self.number})}}"
        is_named = names.of_value(inner) is not None
        if isinstance(inner, Function) and not is_named and inner.body(names).startswith(inner.symbol + "("):
            return inner.symbol + mark + inner.applied(names)
        text = inner.write(names)
        return (f"{{{text}}}" if is_named or isinstance(inner, Symbol) else parenthesized(text)) + mark


def parenthesized(text: str) -> str:
    """In parentheses, which are large around what is more than a name."""
    is_small = "(" not in text and " + " not in text and " - " not in text
    return f"({text})" if is_small else rf"\big({text}\big)"


def everything(*roots: Term) -> Iterator[tuple[Term | None, Term]]:
    """Every term below these with the one that holds it, each pair once."""
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Term | None, Term]] = [(None, root) for root in reversed(roots)]
    while waiting:
        holder, term = waiting.pop()
        if (id(holder), id(term)) not in seen:
            seen.add((id(holder), id(term)))
            yield holder, term
            waiting += [(term, part) for part in reversed(term.parts)]
