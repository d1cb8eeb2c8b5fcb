"""The frame around every page: language, presentation mode, menu, title line, and the controls that all pages share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from resnet_viz import assets, text
from resnet_viz.text import _
from resnet_viz.theme import Theme
from resnet_viz.ui import ask, choices, link, messages

_LANGUAGES = {"en": "English", "zh": "中文"}
Function = TypeVar("Function", bound=Callable[..., object])


def prepare() -> None:
    """Before anything is drawn: page settings, the address, and the language of this run."""
    st.set_page_config(
        page_title="ResNet Viz", page_icon=str(assets.path("mark.svg")), layout="wide", initial_sidebar_state=252
    )
    messages.begin()
    link.arrive()
    _speak()


def begin() -> None:
    """First line of every page.

    On a cold server Streamlit takes a pages/ folder for its old multipage convention until `st.navigation` has run
    once, so that a link straight to a page would skip app.py and its frame; this sends such a run through app.py.
    """
    from streamlit.runtime.pages_manager import PagesManager

    if getattr(PagesManager, "uses_pages_directory", False):  # not a public name: a test opens a cold link
        PagesManager.uses_pages_directory = False
        st.rerun()


def run(pages: Mapping[str, Sequence[StreamlitPage]]) -> None:
    """Draw the menu and the page. Links of the menu carry the whole address, so a network follows from page to page."""
    page = st.navigation(dict(pages), position="hidden")
    presenting = is_presenting()
    st.html(f"<style>{assets.path('page.css').read_text()}{_PRESENTATION if presenting else ''}</style>")
    if presenting:
        _presentation_bar(pages, page)
    else:
        _menu(pages)
    page.run()
    ask.warm_up()  # after the page: the first picture waits for no torch, the first question for less of it


def is_presenting() -> bool:
    """Whether the page is shown to a class: no menu, large type."""
    return link.read("present") == "true"


def theme() -> Theme:
    """The visitor's theme, for figures that bring their own colours."""
    return "dark" if st.context.theme.type == "dark" else "light"


def head(title: str, sentence: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Title and one sentence at the left; at the right "What this shows" and Export, whose containers are returned."""
    left, right = st.columns([3, 1.3], vertical_alignment="bottom")
    left.markdown(f"## {title}\n{sentence}")
    with right.container(horizontal=True, horizontal_alignment="right"):
        about = st.popover(_("What this shows"), icon=":material/help:", type="tertiary")
        export = st.popover(_("Export"), icon=":material/download:")
    messages.gather_in(st.empty())
    return about, export


def fragment(function: Function) -> Function:
    """`st.fragment` that speaks the visitor's language: a fragment reruns in a thread that never saw `prepare`."""

    @wraps(function)
    def speaking(*arguments: object, **keywords: object) -> object:
        _speak()
        return function(*arguments, **keywords)

    return st.fragment(speaking)  # type: ignore[return-value]


def _speak() -> None:
    text.use(link.read("lang") or "en")


def _menu(pages: Mapping[str, Sequence[StreamlitPage]]) -> None:
    with st.sidebar:
        st.markdown("**ResNet Viz**")
        for section, members in pages.items():
            st.caption(section)
            for page in members:
                st.page_link(page, query_params=link.current(), width="stretch")
        st.divider()
        choices.switch(_("Presentation"), "present")
        choices.segments(_("Language"), "lang", _LANGUAGES, "en", label_visibility="collapsed")


def _presentation_bar(pages: Mapping[str, Sequence[StreamlitPage]], shown: StreamlitPage) -> None:
    """Instead of the menu one quiet line: the other pages, and the way out (also by Esc)."""
    with st.container(
        horizontal=True, horizontal_alignment="right", gap="small", vertical_alignment="center", key="presentation-bar"
    ):
        for page in (page for members in pages.values() for page in members):
            if page is not shown:
                st.page_link(page, query_params=link.current())
        st.button(
            ":material/close_fullscreen:", key="leave", help=_("Leave the presentation (Esc)"), type="tertiary",
            shortcut="Escape", on_click=lambda: link.go(present=None),
        )  # fmt: skip


_PRESENTATION = (
    "html{font-size:20px!important}section[data-testid=stSidebar],[data-testid=stExpandSidebarButton],header{display:none!important}"
    "[data-testid=stMainBlockContainer]{max-width:none;padding:1rem 2rem 2rem}"
)
