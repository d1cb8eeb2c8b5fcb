"""What is to be changed at the junctions of a network: a value without torch, for links and stored runs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resnet_viz.text import _

_NUMBER = re.compile(r"(\d+)")


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
        return Surgery(tuple({**dict(self.shortcuts), name: factor}.items()), self.branches)

    def with_branch(self, name: str, factor: float) -> Surgery:
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
    """Sort key that puts layer2.10 after layer2.9."""
    return tuple(int(part) if part.isdigit() else part for part in _NUMBER.split(name))


def _split(name: str) -> tuple[str, int] | None:
    """("layer3.", 12) for "layer3.12"; None when the name does not end in a number."""
    match = re.fullmatch(r"(.*?)(\d+)", name)
    return (match[1], int(match[2])) if match else None


def compact(names: Iterable[str], known: Iterable[str]) -> str:
    """Names as a short list for links: "layer1.*,layer3.0-35"; `expand` reads it back.

    `prefix*` stands for every known name that begins with the prefix and ends in a number, `prefix3-7` for a run.
    """
    wanted = set(names)
    groups: dict[str, list[tuple[int | None, str]]] = {}
    for name in sorted(set(known), key=natural_key):
        parts = _split(name)
        groups.setdefault(parts[0] if parts else name, []).append((parts[1] if parts else None, name))
    out: list[str] = []
    for prefix, members in groups.items():
        chosen = [(number, name) for number, name in members if name in wanted]
        if len(chosen) == len(members) > 1:
            out.append(f"{prefix}*")
            continue
        run: list[int] = []
        for number, name in chosen:
            if number is None:
                out.append(name)
            elif run and number == run[-1] + 1:
                run.append(number)
            else:
                out += _run(prefix, run)
                run = [number]
        out += _run(prefix, run)
    return ",".join(out)


def _run(prefix: str, run: list[int]) -> list[str]:
    if not run:
        return []
    return [f"{prefix}{run[0]}-{run[-1]}" if len(run) > 1 else f"{prefix}{run[0]}"]


def expand(text: str, known: Iterable[str]) -> frozenset[str]:
    """The names that a short list stands for; ValueError names the first part that matches nothing."""
    names, out = set(known), set()
    for part in filter(None, (p.strip() for p in text.split(","))):
        span = re.fullmatch(r"(.*?)(\d+)-(\d+)", part)
        if part in names:
            found = {part}
        elif part.endswith("*"):
            found = {n for n in names if (split := _split(n)) and split[0] == part[:-1]}
        elif span and int(span[3]) - int(span[2]) < 100_000:
            found = {f"{span[1]}{i}" for i in range(int(span[2]), int(span[3]) + 1)} & names
        else:
            found = set()
        if not found:
            raise _unknown(part, names)
        out |= found
    return frozenset(out)
