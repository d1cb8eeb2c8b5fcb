"""What every network specification shares: fields that know their range, and one sentence for each thing wrong.

A specification is a frozen dataclass. The metadata of a field carries its kind, range, label and help; widgets, links,
`--set KEY=VALUE` and error sentences are made from it, so a new field of a family appears everywhere by itself.
"""

from __future__ import annotations

import dataclasses
import math
import re
from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal, Self, cast

from resnet_viz.text import N_, _
from resnet_viz.zoo.specs import naming

Value = str | int | float | bool
Kind = Literal["choice", "integer", "number", "switch"]

_WORDS = {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}
_SIDES = 8, 1024  # allowed sides of a usual input
_MOST_DROPOUT = 0.99  # at 1 nothing would be left
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


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
                    field=self.name, network=owner, value=_short(value), allowed=self.allowed_values,
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


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _parse_choice(field: SpecField, value: object) -> Value | None:
    wanted = str(value).lower()  # in a name too, capitals do not matter
    return next((choice for choice in field.choices if str(choice).lower() == wanted), None)


def _parse_switch(field: SpecField, value: object) -> Value | None:
    return value if isinstance(value, bool) else _WORDS.get(str(value).strip().lower())


def _parse_integer(field: SpecField, value: object) -> Value | None:
    if isinstance(value, bool) or not _INTEGER.fullmatch(str(value).strip()):
        return None
    number = int(str(value))
    fits = field.minimum <= number <= field.maximum and (number - field.minimum) % field.step == 0
    fits = fits and not 0 < number < field.beside_zero
    return number if fits else None


def _parse_number(field: SpecField, value: object) -> Value | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not field.minimum <= number <= field.maximum:  # NaN fails both comparisons
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


@dataclass(frozen=True, kw_only=True)
class NetworkSpec(ABC):
    """Everything needed to build one network, and nothing else: hashable, comparable, validated when made.

    Values may be given as text. A field that has no effect beside the others (`applies`) is put back to its default, so
    that equal networks are equal values. `NAME` is how networks of the family are called, with fields in braces: these
    fields make the catalog entry, all others are variations of it.
    """

    family: ClassVar[str]  # in English, marked for translation
    NAME: ClassVar[str] = ""
    RANK: ClassVar[int] = 2  # fields of a class with a higher rank stand later among a network's choices

    in_channels: int = integer(3, 1, 16, N_("Input channels"), N_("Channels of a picture: 3 for colour, 1 for grey"))
    num_classes: int = class_count(1000)
    image_size: int = image_side(224)

    @property
    def name(self) -> str:
        """The catalog entry that this network is, or is a variation of."""
        return self.NAME.format_map({field: getattr(self, field) for field in naming.named_fields(self.NAME)})

    def entry(self) -> NetworkSpec:
        """The network that `name` alone stands for."""
        return type(self)(**{field: getattr(self, field) for field in naming.named_fields(self.NAME)})

    @classmethod
    def from_name(cls, text: str) -> Self | None:
        """The network of this family that is called so, however it is typed; None where the text is another's name.

        Raises ValueError with one sentence for a name of the family with a value that is not allowed.
        """
        patterns = {field.name: field.pattern for field in all_fields(cls)}
        found = naming.read(cls.NAME, patterns, text) if cls.NAME else None
        return None if found is None else cls(**cast(dict[str, Any], found))

    @property
    def depth(self) -> int | None:
        """Layers with weights on the way from input to output, as papers count; None where nobody counts."""
        return None

    @property
    def num_shortcuts(self) -> int | None:
        """Shortcuts that the definition of the family gives the network, sums inside a residual branch not counted;
        None where there is no definition to count by."""
        return None

    @property
    def is_plain(self) -> bool:
        """Whether the network is built without shortcuts."""
        return False

    def without_shortcuts(self) -> NetworkSpec | None:
        """The plain twin, or None where there is none: then cut the shortcuts by surgery."""
        return None

    def with_shortcuts(self) -> NetworkSpec | None:
        """The residual twin, the network itself where it is residual; None where there is none."""
        return None

    def applies(self, name: str) -> bool:
        """Whether a field has an effect beside the other fields."""
        return True

    @classmethod
    def beside(cls, field: SpecField, values: Mapping[str, Any]) -> SpecField:
        """The field with what is allowed beside these values of all fields: what the family allows, or less of it."""
        return field

    @property
    def label(self) -> str:
        """Name and what was changed: unambiguous, and safe as part of a file name."""
        known = {field.name: field for field in all_fields(type(self))}
        changes = [f"{name}{known[name].format(value)}" for name, value in self.overrides().items()]
        return "-".join([self.name.replace(":", "-"), *changes])

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of the usual input; sides are 0 where only the library knows them.

        Where the network has a graph, the shape of its input is the answer.
        """
        return self.in_channels, self.image_size, self.image_size

    @property
    def is_tied_to_image_size(self) -> bool:
        """Whether its layers are made for pictures of `image_size`: for another size it is another network."""
        return False

    def overrides(self) -> dict[str, Value]:
        """The fields that differ from the catalog entry `name`, so that `zoo.spec(name, **overrides)` is this value."""
        values = {field.name: getattr(self, field.name) for field in self.fields()}
        return {field.name: values[field.name] for field in self.fields() if values[field.name] != field.default}

    def changes(self) -> list[str]:
        """How it differs from the catalog entry `name`, in words of the moment's language: "Batch norm: off"."""
        known = {field.name: field for field in self.fields()}
        return [f"{_(known[name].label)}: {known[name].words(value)}" for name, value in self.overrides().items()]

    def fields(self) -> list[SpecField]:
        """The choices that have an effect on this network; each default is the catalog entry's."""
        entry = self.entry()
        own = [self.beside(field, vars(self)) for field in all_fields(type(self)) if self.applies(field.name)]
        return [dataclasses.replace(field, default=getattr(entry, field.name)) for field in own]

    def replace(self, **changes: object) -> Self:
        """The same network with some fields changed, given as values or as text.

        What is not named stays, or goes to the nearest value that is allowed beside the changes: other blocks may want
        another depth. Raises ValueError with one sentence for a value that is not allowed and for a field that the
        network has not.
        """
        known = {field.name: field for field in all_fields(type(self))}
        for name in changes:
            if name not in known:
                raise ValueError(
                    _(
                        "{network} has no {field}: it has {known}",
                        network=self.name,
                        field=_short(name),
                        known=", ".join(known),
                    )
                )
        parsed: dict[str, Any] = {name: known[name].parse(value, self.name) for name, value in changes.items()}
        values = {**vars(self), **parsed}
        for name in known.keys() - changes.keys():
            if (narrowed := self.beside(known[name], values)) != known[name]:
                parsed[name] = narrowed.nearest(values[name])
        return dataclasses.replace(self, **parsed)

    def broken_rule(self) -> str | None:
        """One sentence about values that are allowed each but not together, where the one that `beside` makes does not
        say enough; None where all is well."""
        return None

    def __post_init__(self) -> None:
        fields = all_fields(type(self))
        for field in fields:
            object.__setattr__(self, field.name, field.parse(getattr(self, field.name), self.name))
        for field in fields:
            if not self.applies(field.name):
                object.__setattr__(self, field.name, field.default)
        if sentence := self.broken_rule():
            raise ValueError(sentence)
        for field in fields:
            self.beside(field, vars(self)).parse(getattr(self, field.name), self.name)


@cache
def all_fields(family: type[NetworkSpec]) -> tuple[SpecField, ...]:
    """The choices that a family offers, whether or not each has an effect: its own first, the last about the input."""

    def rank(name: str) -> int:
        return max(c.RANK for c in family.__mro__ if issubclass(c, NetworkSpec) and name in c.__annotations__)

    known = sorted((f for f in dataclasses.fields(family) if f.metadata), key=lambda f: rank(f.name))
    return tuple(SpecField(name=f.name, default=cast(Value, f.default), **f.metadata) for f in known)
