"""Events from the browser: each is handed over once, in order, whatever arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import streamlit as st

from resnet_viz.ui.components.parts import Event, acknowledgement, deliver

Send = Callable[[object], list[Event]]


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Iterator[Send]:
    """Let the browser send a message; gives the events handed over because of it."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)

    def sending(message: object) -> list[Event]:
        heard: list[Event] = []
        state["diagram"] = {"events": message}
        deliver("diagram", heard.append)
        return heard

    yield sending


def message(*numbers: int, mount: str = "a") -> dict[str, object]:
    return {"mount": mount, "events": [{"number": n, "action": "toggle", "id": f"shortcut:{n}"} for n in numbers]}


def ids(events: list[Event]) -> list[str]:
    return [event.id for event in events]


def test_what_was_not_acknowledged_in_time_is_not_handed_over_again(send: Send) -> None:
    assert ids(send(message(1))) == ["shortcut:1"]
    assert ids(send(message(1, 2, 3))) == ["shortcut:2", "shortcut:3"]
    assert send(message(1, 2, 3)) == []
    assert acknowledgement("diagram") == {"mount": "a", "number": 3}


def test_a_diagram_shown_anew_counts_from_one_again(send: Send) -> None:
    send(message(1, 2))
    assert ids(send(message(1, mount="b"))) == ["shortcut:1"]


def test_an_event_that_fails_is_not_tried_again(send: Send) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError

    st.session_state["diagram"] = {"events": message(1)}
    with pytest.raises(RuntimeError):
        deliver("diagram", fail)
    assert ids(send(message(1, 2))) == ["shortcut:2"]


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        "toggle",
        {"mount": "a"},
        {"mount": "a", "events": 3},
        {"mount": "a", "events": [None, {"number": "1", "action": "toggle", "id": "x"}]},
        {"mount": "a", "events": [{"number": 1, "action": "erase", "id": "x"}]},
        {"mount": "a", "events": [{"number": 1, "action": "select", "id": ["x"]}]},
    ],
)
def test_messages_that_are_no_events_are_dropped(send: Send, nonsense: object) -> None:
    assert send(nonsense) == []
