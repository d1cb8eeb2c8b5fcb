"""What is to be changed at the junctions of a network: a value without torch, for links and stored runs."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from resnet_viz.text import _

_DIGITS = "0123456789"
_NUMBER = re.compile(r"([0-9]+)")
_SPAN = re.compile(r"(?<![0-9])([0-9]{1,18})-([0-9]{1,18})$")


@dataclass(frozen=True)
class Surgery:
    """Factors at junctions, y = s * shortcut + b * branch; a junction that is not named keeps s = b = 1.

    A factor of 0 cuts the shortcut, or drops the residual branch (a lesion). Both tuples are sorted by name and hold
    no factor of 1, so that equal changes are equal values. Make one with `Surgery.of`, change it with the methods.
    """

    shortcuts: tuple[tuple[str, float], ...] = ()
    branches: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for label, factors in (("shortcut", self.shortcuts), ("branch", self.branches)):
            for name, factor in factors:
                if not isinstance(name, str) or not isinstance(factor, (int, float)) or not math.isfinite(factor):
                    raise ValueError(f"{label} factor of {name!r} is {factor!r}: a finite number is wanted")
        object.__setattr__(self, "shortcuts", _canonical(dict(self.shortcuts)))
        object.__setattr__(self, "branches", _canonical(dict(self.branches)))

    @classmethod
    def of(
        cls,
        *,
        cut: Iterable[str] = (),
        drop: Iterable[str] = (),
        shortcuts: Mapping[str, float] | None = None,
        branches: Mapping[str, float] | None = None,
    ) -> Surgery:
        """Cut these shortcuts, drop these residual branches, scale those."""
        return cls(
            tuple({**dict.fromkeys(cut, 0.0), **(shortcuts or {})}.items()),
            tuple({**dict.fromkeys(drop, 0.0), **(branches or {})}.items()),
        )

    def __bool__(self) -> bool:
        return bool(self.shortcuts or self.branches)

    @property
    def cut(self) -> frozenset[str]:
        """Junctions whose shortcut is cut."""
        return frozenset(name for name, factor in self.shortcuts if factor == 0)

    @property
    def dropped(self) -> frozenset[str]:
        """Junctions whose residual branch is dropped."""
        return frozenset(name for name, factor in self.branches if factor == 0)

    def factors(self, name: str) -> tuple[float, float]:
        """(shortcut factor, branch factor) at a junction."""
        return dict(self.shortcuts).get(name, 1.0), dict(self.branches).get(name, 1.0)

    def with_shortcut(self, name: str, factor: float) -> Surgery:
        """The same with this factor on the shortcut of a junction."""
        return Surgery(tuple({**dict(self.shortcuts), name: factor}.items()), self.branches)

    def with_branch(self, name: str, factor: float) -> Surgery:
        """The same with this factor on the residual branch of a junction."""
        return Surgery(self.shortcuts, tuple({**dict(self.branches), name: factor}.items()))

    def toggled(self, name: str) -> Surgery:
        """The same with this shortcut cut if it was whole, whole if it was cut or scaled."""
        return self.with_shortcut(name, 0.0 if self.factors(name)[0] == 1 else 1.0)

    def names(self) -> frozenset[str]:
        """Every junction that is changed."""
        return frozenset(name for name, _ in self.shortcuts + self.branches)

    def check(self, known: Iterable[str]) -> None:
        """Raise ValueError if a junction is named that the network does not have."""
        allowed = list(known)
        for name in sorted(self.names() - set(allowed), key=natural_key):
            raise _unknown(name, allowed)


def _unknown(name: str, known: Iterable[str]) -> ValueError:
    names = list(known)
    there = compact(names, names) or _("none")
    return ValueError(_("there is no junction {name}: this network has {names}", name=repr(name), names=there))


def _canonical(factors: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    kept = {name: float(factor) for name, factor in factors.items() if factor != 1}
    return tuple(sorted(kept.items(), key=lambda item: natural_key(item[0])))


def natural_key(name: str) -> tuple[object, ...]:
    """Sort key that puts layer2.10 after layer2.9; different names never have equal keys."""
    return tuple(int(part) if n % 2 else part for n, part in enumerate(_NUMBER.split(name))), name


def compact(names: Iterable[str], known: Iterable[str]) -> str:
    """Names as a short list for links: "layer1.*,layer3.0-35"; `expand` reads it back.

    `prefix*` stands for every known name that is the prefix and at most a number, `prefix3-7` for a run of numbers
    without leading zeros.
    """
    wanted, allowed = set(names), set(known)
    out: list[str] = []
    for prefix, members in _families(allowed).items():
        chosen = [member for member in members if member.name in wanted]
        if len(chosen) == len(members) > 1 and f"{prefix}*" not in allowed:
            out.append(f"{prefix}*")
        else:
            out += [part for run in _runs(chosen) for part in _short(prefix, run, allowed)]
    return ",".join(out)


def expand(text: str, known: Iterable[str]) -> frozenset[str]:
    """The names that a short list stands for; ValueError names the first part that matches nothing.

    What a part costs depends on how many names are known, not on how wide a span it asks for.
    """
    names, out = set(known), set()
    families = _families(names)
    for part in filter(None, (p.strip() for p in text.split(","))):
        found = {part} & names or _meant(part, families)
        if not found:
            raise _unknown(part, names)
        out |= found
    return frozenset(out)


class _Member(NamedTuple):
    """A name among those that differ in their last number only."""

    name: str
    number: int | None  # what it ends in; None where that is no number, or one with leading zeros


def _families(names: Iterable[str]) -> dict[str, list[_Member]]:
    """Names in natural order by what stands before the number they end in."""
    families: dict[str, list[_Member]] = {}
    for name in sorted(names, key=natural_key):
        prefix = name.rstrip(_DIGITS)
        digits = name[len(prefix) :]
        number = int(digits) if digits and digits == str(int(digits)) else None
        families.setdefault(prefix, []).append(_Member(name, number))
    return families


def _runs(members: Iterable[_Member]) -> list[list[_Member]]:
    """Members in runs of numbers that follow each other."""
    runs: list[list[_Member]] = []
    for member in members:
        before = runs[-1][-1].number if runs else None
        if before is not None and member.number == before + 1:
            runs[-1].append(member)
        else:
            runs.append([member])
    return runs


def _short(prefix: str, run: Sequence[_Member], known: Container[str]) -> list[str]:
    """A run in a word, unless a name reads like that word."""
    span = f"{prefix}{run[0].number}-{run[-1].number}"
    return [span] if len(run) > 1 and span not in known else [member.name for member in run]


def _meant(part: str, families: Mapping[str, Sequence[_Member]]) -> set[str]:
    """What a part with a star or a span stands for."""
    if part.endswith("*"):
        return {member.name for member in families.get(part[:-1], ())}
    span = _SPAN.search(part)
    if span is None:
        return set()
    first, last = int(span[1]), int(span[2])
    members = families.get(part[: span.start()], ())
    return {member.name for member in members if member.number is not None and first <= member.number <= last}
