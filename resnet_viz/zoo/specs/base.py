"""What every network specification shares: a frozen dataclass of choices, validated when it is made."""

from __future__ import annotations

import dataclasses
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self, cast

from resnet_viz.text import N_, _
from resnet_viz.zoo.specs import naming
from resnet_viz.zoo.specs.fields import SpecField, Value, class_count, image_side, integer, short


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
    NARROWED: ClassVar[tuple[str, ...]] = ()  # fields of which the values of others allow only a part

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
        """The field with what is allowed beside these values of the others: what the family allows, or less of it."""
        return cls.narrowed(field, values) if field.name in cls.NARROWED else field

    @classmethod
    def narrowed(cls, field: SpecField, values: Mapping[str, Any]) -> SpecField:
        """What `beside` gives for a field of NARROWED."""
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
                        field=short(name),
                        known=", ".join(known),
                    )
                )
        late = {name: value for name, value in changes.items() if name in self.NARROWED}
        if 0 < len(late) < len(changes):  # first what narrows: a sentence then names the network that it is about
            return self.replace(**{name: changes[name] for name in changes if name not in late}).replace(**late)
        parsed: dict[str, Any] = {}
        for name, value in changes.items():
            parsed[name] = self.beside(known[name], vars(self)).parse(value, self.name)
        for name in set(self.NARROWED) - changes.keys():
            parsed[name] = self.narrowed(known[name], {**vars(self), **parsed}).nearest(getattr(self, name))
        return dataclasses.replace(self, **parsed)

    def __post_init__(self) -> None:
        fields = sorted(all_fields(type(self)), key=lambda field: field.name in self.NARROWED)
        for field in fields:  # the name is asked before all values are known to be right: as text they do no harm
            value = getattr(self, field.name)
            object.__setattr__(self, field.name, value if isinstance(value, Value | None) else str(value))
        for field in fields:
            value = self.beside(field, vars(self)).parse(getattr(self, field.name), self.name)
            object.__setattr__(self, field.name, value)
        for field in fields:
            if not self.applies(field.name):
                object.__setattr__(self, field.name, field.default)


@cache
def all_fields(family: type[NetworkSpec]) -> tuple[SpecField, ...]:
    """The choices that a family offers, whether or not each has an effect: its own first, the last about the input."""

    def rank(name: str) -> int:
        return max(c.RANK for c in family.__mro__ if issubclass(c, NetworkSpec) and name in c.__annotations__)

    known = sorted((f for f in dataclasses.fields(family) if f.metadata), key=lambda f: rank(f.name))
    return tuple(SpecField(name=f.name, default=cast(Value, f.default), **f.metadata) for f in known)
