"""One clear sentence when something cannot be done; what a person or a link wrote is never read as markup."""

from __future__ import annotations

import re
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def plain(text: str, longest: int = 500) -> str:
    """`text` so that Markdown shows it letter by letter, cut off when it is endless."""
    text = text if len(text) <= longest else text[:longest] + "…"
    return _MARKUP.sub(r"\\\1", text.replace("\n", " "))


_LEFT = "messages-left"
_place: ContextVar[DeltaGenerator | None] = ContextVar("place", default=None)


def gather_in(container: DeltaGenerator) -> None:
    """Show the sentences of this run in one place, wherever in the page they come up; first those left for it."""
    _place.set(container)
    for sentence in st.session_state.pop(_LEFT, ()):
        complain(sentence)


def leave(sentence: str) -> None:
    """Complain in the run that follows: for callbacks, which run before there is a page."""
    st.session_state[_LEFT] = [*st.session_state.get(_LEFT, ()), sentence]


def complain(sentence: str) -> None:
    """Show that something in the question cannot be: the rest of the page stays."""
    place = _place.get()
    (st if place is None else place).warning(plain(sentence), icon=":material/error:")
