"""One clear sentence when something cannot be done; what a person or a link wrote is never read as markup."""

from __future__ import annotations

import re

import streamlit as st

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def plain(text: str, longest: int = 500) -> str:
    """`text` so that Markdown shows it letter by letter, cut off when it is endless."""
    text = text if len(text) <= longest else text[:longest] + "…"
    return _MARKUP.sub(r"\\\1", text.replace("\n", " "))


def complain(sentence: str) -> None:
    """Show that something in the question cannot be: the rest of the page stays."""
    st.warning(plain(sentence), icon=":material/error:")
