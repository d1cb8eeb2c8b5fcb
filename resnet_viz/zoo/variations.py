"""A network for every value of one of its choices: what is laid side by side."""

from __future__ import annotations

from resnet_viz.text import _
from resnet_viz.zoo.specs import NetworkSpec, SpecField

# What makes a family what it is; laid side by side before choices that many families have.
_TELLING = (
    "arrangement", "form", "wiring", "method", "kind", "carry", "scaling", "block_type", "channel_rule",
)  # fmt: skip
_NOT_DRAWN = ("depth", "init")  # these change how many blocks there are, or numbers only


def fields(spec: NetworkSpec) -> list[SpecField]:
    """The choices of a network that change what its blocks look like, the most telling one first."""
    drawn = [field for field in spec.fields() if field.kind in ("choice", "switch") and field.name not in _NOT_DRAWN]
    return sorted(drawn, key=lambda field: field.name not in _TELLING)


def field(spec: NetworkSpec, name: str) -> SpecField:
    """The choice of that name; ValueError with one sentence where there is none."""
    known = {field.name: field for field in fields(spec)}
    if name not in known:
        raise ValueError(
            _(
                "{network} has no choice {name} to lay side by side: it has {known}",
                network=spec.name, name=repr(name[:40]), known=", ".join(known) or _("none"),
            )
        )  # fmt: skip
    return known[name]


def along(spec: NetworkSpec, field: SpecField) -> dict[str, NetworkSpec]:
    """The network with each value of the choice, by the value's words; values that others forbid are left out."""
    found = {}
    for value in field.choices if field.kind == "choice" else (True, False):
        try:
            found[_words(field, value)] = spec.replace(**{field.name: value})
        except ValueError:
            continue
    return found


def _words(field: SpecField, value: object) -> str:
    if field.kind == "switch":
        return f"{_(field.label)}: {_('on') if value else _('off')}"
    return field.words(value)  # type: ignore[arg-type]
