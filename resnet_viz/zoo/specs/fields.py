"""The choices that specifications offer: each knows its range, its words, and one sentence for a value that is wrong.

The metadata of a dataclass field carries its kind, range, label and help; widgets, links, `--set KEY=VALUE` and error
sentences are made from it, so a new field of a family appears everywhere by itself.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from resnet_viz.text import N_, _

Value = str | int | float | bool
Number = TypeVar("Number", int, float)
Kind = Literal["choice", "integer", "number", "switch"]

_WORDS = {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}
_SIDES = 8, 1024  # allowed sides of a usual input
_MOST_DROPOUT = 0.99  # at 1 nothing would be left
_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SpecField:
    """A choice that a specification offers. `label`, `help` and `choice_labels` are English, marked for translation."""

    name: str
    kind: Kind
    default: Value
    label: str
    help: str
    choices: tuple[Value, ...] = ()
    choice_labels: tuple[str, ...] = ()  # what each choice means, in the order of `choices`
    minimum: float = -math.inf
    maximum: float = math.inf
    beside_zero: int = 0  # where 0 has a meaning of its own, the smallest of the other values
    step: int = 1
    allowed: str = ""  # in words, where the range alone does not say it

    @property
    def allowed_values(self) -> str:
        """What is allowed, in the language of the moment: "A, B, C, none", "6n+2 from 8 to 1202"."""
        if self.allowed:
            return _(self.allowed)
        if self.kind == "choice":
            return ", ".join(map(str, self.choices))
        if self.kind == "switch":
            return _("on, off")
        if self.minimum == self.maximum:
            return f"{self.minimum:g}"
        if self.kind == "integer":
            return _("whole numbers from {low} to {high}", low=f"{self.minimum:g}", high=f"{self.maximum:g}")
        return _("numbers from {low} to {high}", low=f"{self.minimum:g}", high=f"{self.maximum:g}")

    def parse(self, value: object, owner: str) -> Value:
        """The value that `value` (itself, or its text from a link or a command line) stands for.

        Raises ValueError with one sentence that names the bad value, the network `owner`, and what is allowed.
        """
        parsed = _PARSERS[self.kind](self, value)
        if parsed is None:
            raise ValueError(
                _(
                    "{field} of {network} is {value}: allowed are {allowed}",
                    field=self.name, network=owner, value=short(value), allowed=self.allowed_values,
                )
            )  # fmt: skip
        return parsed

    def words(self, value: Value) -> str:
        """What a value means in the language of the moment, else its text."""
        meanings = dict(zip(self.choices, self.choice_labels, strict=False))
        return _(meanings[value]) if value in meanings else self.format(value)

    @property
    def pattern(self) -> str:
        """A regular expression for the texts of values in a name."""
        return "|".join(re.escape(str(c)) for c in self.choices) or r"[0-9]{1,9}(?:\.[0-9]{1,9})?"

    def nearest(self, value: int) -> int:
        """The allowed whole number closest to another one."""
        low, high = int(self.minimum), int(self.maximum)
        return min(max(low + self.step * round((value - low) / self.step), low), high)

    def format(self, value: Value) -> str:
        """The text of a value in a link, a label or a command line; `parse` reads it back."""
        if self.kind == "switch":
            return "on" if value else "off"
        return repr(value) if self.kind == "number" else str(value)


def short(value: object) -> str:
    """The text of a value, cut where it is long: what a sentence can hold."""
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _parse_choice(field: SpecField, value: object) -> Value | None:
    if value is None:  # which is no word "none"
        return None
    wanted = str(value).lower()  # in a name too, capitals do not matter
    return next((choice for choice in field.choices if str(choice).lower() == wanted), None)


def _parse_switch(field: SpecField, value: object) -> Value | None:
    return value if isinstance(value, bool) else _WORDS.get(str(value).strip().lower())


def _read_number(kind: type[Number], value: object) -> Number | None:
    """The number that plain digits stand for, as one types them; None for any other text and for True and False."""
    text = str(value).strip()
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        return None
    try:
        return kind(text)
    except ValueError:  # 2.5 is no whole number
        return None


def _parse_integer(field: SpecField, value: object) -> Value | None:
    number = _read_number(int, value)
    if number is None:
        return None
    fits = field.minimum <= number <= field.maximum and (number - field.minimum) % field.step == 0
    fits = fits and not 0 < number < field.beside_zero
    return number if fits else None


def _parse_number(field: SpecField, value: object) -> Value | None:
    number = _read_number(float, value)
    if number is None or not field.minimum <= number <= field.maximum:
        return None
    return number + 0.0  # -0.0 becomes 0.0: equal values have one text


_PARSERS = {"choice": _parse_choice, "switch": _parse_switch, "integer": _parse_integer, "number": _parse_number}


def choice(default: Value, choices: Mapping[Any, str] | Sequence[Value], label: str, help: str) -> Any:
    """A dataclass field with a few allowed values; a mapping gives each its meaning in words."""
    words = tuple(choices.values()) if isinstance(choices, Mapping) else ()
    return _field("choice", default, label, help, choices=tuple(choices), choice_labels=words)


def integer(default: int, low: int, high: int, label: str, help: str, step: int = 1, allowed: str = "") -> Any:
    """A dataclass field for low, low + step, … high."""
    return _field("integer", default, label, help, minimum=low, maximum=high, step=step, allowed=allowed)


def number(default: float, low: float, high: float, label: str, help: str) -> Any:
    """A dataclass field for a finite number of a range."""
    return _field("number", default, label, help, minimum=low, maximum=high)


def switch(default: bool, label: str, help: str) -> Any:
    """A dataclass field that is on or off."""
    return _field("switch", default, label, help)


def class_count(default: int) -> Any:
    """The field `num_classes` with a family's default."""
    return integer(default, 1, 100_000, N_("Classes"), N_("Numbers that the last layer gives"))


def dropout_share(default: float, help: str) -> Any:
    """The field `dropout`: the probability that a number becomes 0 in training."""
    return number(default, 0.0, _MOST_DROPOUT, N_("Dropout"), help)


def image_side(default: int) -> Any:
    """The field `image_size` with a family's default."""
    return integer(default, *_SIDES, N_("Image size"), N_("Side of the usual input in pixels"))


def own_image_side() -> Any:
    """The field `image_size` of networks that bring a size of their own, which 0 stands for."""
    low, high = _SIDES
    return _field(
        "integer",
        0,
        N_("Image size (0: its own)"),
        N_("Side of the usual input in pixels; 0 is the size that the network was made for"),
        minimum=0,
        beside_zero=low,
        maximum=high,
        allowed=N_("0 for its own size, and whole numbers from 8 to 1024"),
    )


def _field(kind: Kind, default: Value, label: str, help: str, **more: object) -> Any:
    return dataclasses.field(default=default, metadata={"kind": kind, "label": label, "help": help, **more})
