"""Widgets that show a parameter of the address and write it when a person changes it.

The value always comes from the address (`link`); a widget only proposes a change. So Back, undo, a copied link and a
click are one mechanism, and a nonsense value in a link is one sentence while the rest of the page stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from resnet_viz.text import _
from resnet_viz.ui import link
from resnet_viz.ui.messages import complain


def value_of(name: str, options: Sequence[str], default: str) -> str:
    """The option that the address names, else the default (with a sentence when the address names nonsense)."""
    wanted = link.read(name)
    if wanted is None or wanted in options:
        return wanted or default
    complain(
        _(
            "{name}={value} in the address is not known; allowed are: {allowed}.",
            name=name,
            value=wanted,
            allowed=", ".join(options),
        )
    )
    return default


def whole_number(name: str, low: int, high: int, default: int) -> int:
    """The whole number that the address gives, else the default (with a sentence when it is out of range)."""
    wanted = link.read(name)
    if wanted is None:
        return default
    if wanted.isascii() and wanted.isdigit() and low <= int(wanted) <= high:
        return int(wanted)
    complain(
        _(
            "{name}={value} in the address is not a whole number from {low} to {high}.",
            name=name,
            value=wanted,
            low=low,
            high=high,
        )
    )
    return default


def segments(
    label: str, name: str, options: Mapping[str, str], default: str, value: str | None = None, **widget: Any
) -> str:
    """A row of buttons for a few options (id -> words); the id chosen. Here and below `value`, where a page knows it
    already, is shown instead of reading (and complaining about) the address again."""
    value = value_of(name, list(options), default) if value is None else value
    words: dict[str, Any] = {"format_func": options.__getitem__, "required": True}
    return _controlled(st.segmented_control, label, name, list(options), value, default, **words, **widget)


def drop_down(label: str, name: str, options: Mapping[str, str], default: str, **widget: Any) -> str:
    """A list with search (id -> words); the id chosen."""
    value = value_of(name, list(options), default)
    return _controlled(
        st.selectbox, label, name, list(options), value, default, format_func=options.__getitem__, **widget
    )


def switch(label: str, name: str, default: bool = False, **widget: Any) -> bool:
    """An on/off switch; "true" or "false" in the address."""
    value = value_of(name, ("true", "false"), str(default).lower()) == "true"
    return _controlled(st.toggle, label, name, None, value, default, write=lambda on: str(on).lower(), **widget)


def number(
    label: str, name: str, low: int, high: int, default: int, step: int = 1, value: int | None = None, **widget: Any
) -> int:
    """A whole number with - and + buttons."""
    value = whole_number(name, low, high, default) if value is None else value
    limits: dict[str, Any] = {"min_value": low, "max_value": high, "step": step}
    return _controlled(st.number_input, label, name, None, value, default, **limits, **widget)


def _controlled(
    widget: Callable[..., Any],
    label: str,
    name: str,
    options: Sequence[str] | None,
    value: Any,
    default: Any,
    write: Callable[[Any], str] = str,
    **rest: Any,
) -> Any:
    key = f"choice-{name}"
    st.session_state[key] = value
    arguments = [label] if options is None else [label, options]

    def changed() -> None:
        chosen = st.session_state[key]
        link.go(**{name: None if chosen is None or chosen == default else write(chosen)})

    widget(*arguments, key=key, on_change=changed, **rest)
    return value
