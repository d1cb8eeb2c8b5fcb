"""The address of a view: every choice of every page lives in the URL, and nowhere else.

Widgets are drawn from the URL and write to it when a person changes them (`choices`); one change is one entry of the
browser's history, so that Back and Forward work, and a copied address opens the same view on a cold server. Values are
ids, never translated labels. A default is not written, so `v=` says which defaults a link was made with.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

VERSION = "1"  # raise it when a default changes, and teach `read` what the old default was
# What the pages themselves write; every other parameter is a field of the network.
PARAMETERS = frozenset(
    (
        "v", "lang", "present", "net", "view", "stage", "block", "by", "paper", "measured",
        "cut", "drop", "scale", "branch", "images", "size", "batch", "bn_mode", "seed", "seeds",
        "weights", "study", "lesions", "draws", "paths", "samples", "blocks", "kinds",
    )
)  # fmt: skip
_NOW, _WENT, _PAST, _FUTURE = "link-now", "link-went", "link-past", "link-future"
_REMEMBERED = 200  # views that undo can go back
_LONGEST = 4000  # characters of one value: a longer one is nobody's link


def arrive() -> None:
    """At the start of every run: the address is the browser's, unless a change of this run has just replaced it.

    A browser sends its address along with each click, and with two quick clicks the second comes with the address from
    before the first. So changes are made to the address that this session knows (`_NOW`), not to the one that came.
    """
    if not st.session_state.pop(_WENT, False):
        st.session_state[_NOW] = st.query_params.to_dict()


def current() -> dict[str, str]:
    """Every parameter of the address, for links to other pages; values too long to be ours are left out."""
    known = st.session_state.get(_NOW)
    address = st.query_params.to_dict() if known is None else known
    return {name: value for name, value in address.items() if value and len(value) <= _LONGEST}


def read(name: str) -> str | None:
    """The value of a parameter, None when it is absent."""
    return current().get(name)


def go(**changes: str | None) -> None:
    """Change the address; None takes a parameter out. The view before can be had back with `undo`."""
    before = current()
    after = {name: value for name, value in {**before, **changes}.items() if value is not None}
    if after.keys() - {"v"} and "v" not in after:
        after["v"] = VERSION
    if after == before:
        return
    st.session_state[_PAST] = [*st.session_state.get(_PAST, []), before][-_REMEMBERED:]
    st.session_state[_FUTURE] = []
    _show(after)


def undo() -> None:
    """Back to the view before the last change."""
    _step(_PAST, _FUTURE)


def redo() -> None:
    """Forward to the view that `undo` left."""
    _step(_FUTURE, _PAST)


def can_undo() -> bool:
    return bool(st.session_state.get(_PAST))


def can_redo() -> bool:
    return bool(st.session_state.get(_FUTURE))


def _step(source: str, target: str) -> None:
    if st.session_state.get(source):
        st.session_state.setdefault(target, []).append(current())
        _show(st.session_state[source].pop())


def _show(parameters: Mapping[str, str]) -> None:
    st.session_state[_NOW], st.session_state[_WENT] = dict(parameters), True
    # one message to the browser is one entry of its history, so all parameters are set at once
    st.query_params.from_dict(dict(parameters))
