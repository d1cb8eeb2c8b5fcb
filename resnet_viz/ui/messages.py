"""One clear sentence when something cannot be done; what a person or a link wrote is never read as markup."""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def plain(text: str, longest: int = 500) -> str:
    """`text` so that Markdown shows it letter by letter, cut off when it is endless."""
    text = text if len(text) <= longest else text[:longest] + "…"
    return _MARKUP.sub(r"\\\1", text.replace("\n", " "))


@dataclass
class _Gathered:
    """The place for the sentences of a run, and those that stand there: one box, however many there are."""

    place: DeltaGenerator
    sentences: list[str] = field(default_factory=list)


_LEFT = "messages-left"
_gathered: ContextVar[_Gathered | None] = ContextVar("gathered", default=None)


def begin() -> None:
    """At the start of every run: the place of the run before, in the same thread, is gone."""
    _gathered.set(None)


def gather_in(place: DeltaGenerator) -> None:
    """Show the sentences of this run in one place (an `st.empty`), wherever they come up; first those left for it."""
    _gathered.set(_Gathered(place))
    for sentence in st.session_state.pop(_LEFT, ()):
        complain(sentence)


def leave(sentence: str) -> None:
    """Complain in the run that follows: for callbacks, which run before there is a page."""
    st.session_state[_LEFT] = [*st.session_state.get(_LEFT, ()), sentence]


def complain(sentence: str) -> None:
    """Show that something in the question cannot be: the rest of the page stays."""
    gathered = _gathered.get()
    if gathered is None:
        st.warning(plain(sentence), icon=":material/error:")
        return
    gathered.sentences.append(plain(sentence))
    gathered.place.warning("\n\n".join(gathered.sentences), icon=":material/error:")
