"""What both components need: their files joined into one script and one style, and events that arrive exactly once.

Streamlit may fold quick triggers of one component into the last, so the script sends, each time, everything that has
not been acknowledged, with numbers; `deliver` hands over what is new and remembers how far it came, and
`acknowledgement` goes back with the next data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from resnet_viz import assets, theme


class Event(NamedTuple):
    """What a visitor did: "select" or "toggle", and the id of what was pressed."""

    action: str
    id: str


OnEvent = Callable[[Event], None]


def register(name: str, *scripts: str) -> ComponentRenderer:
    """The component made of these scripts of assets/components, in this order, and of the last one's style."""
    colours = f".rv{{{theme.css_variables('light')}}}.rv[data-theme=dark]{{{theme.css_variables('dark')}}}"
    css = colours + _joined(".css", "common", scripts[-1])
    return st.components.v2.component(f"resnet_viz_{name}", css=css, js=_joined(".js", *scripts))


def _joined(ending: str, *names: str) -> str:
    return "\n".join(assets.path(f"components/{name}{ending}").read_text(encoding="utf-8") for name in names)


def delivering(key: str, on_event: OnEvent | None) -> Callable[[], None]:
    """The callback for Streamlit that gives `on_event` each new event of the component with this key."""
    return partial(deliver, key, on_event or (lambda event: None))


def deliver(key: str, on_event: OnEvent) -> None:
    """Call `on_event` for every event of the component that was not handed over before, oldest first."""
    message = (st.session_state.get(key) or {}).get("events")
    for mount, number, event in _events(message):
        handled = st.session_state.get(_handled(key))
        if handled and handled["mount"] == mount and number <= handled["number"]:
            continue
        # Before the call: an event that fails is not tried again with the next one.
        st.session_state[_handled(key)] = {"mount": mount, "number": number}
        on_event(event)


def acknowledgement(key: str) -> dict[str, Any] | None:
    """How far the events of this component have been handled, for the script; None before the first."""
    return st.session_state.get(_handled(key))


def _handled(key: str) -> str:
    return f"{key}:handled"


def _events(message: object) -> Iterator[tuple[str, int, Event]]:
    """The well-formed events of a message: it comes from a browser and may be anything."""
    if not isinstance(message, dict) or not isinstance(message.get("events"), list):
        return
    for entry in message["events"]:
        match entry:
            case {"number": int(number), "action": "select" | "toggle" as action, "id": str(id)}:
                yield str(message.get("mount")), number, Event(action, id)
