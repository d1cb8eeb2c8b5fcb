"""The surgery of a page, read from the address and written to it.

As in `cut=layer1.*`, `drop=layer2.0`, `scale=layer3.1@0.5` (a shortcut), `branch=layer3.2@2` (a residual branch).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery, compact, expand
from resnet_viz.text import _
from resnet_viz.ui import link
from resnet_viz.ui.messages import complain

PARAMETERS = ("cut", "drop", "scale", "branch")
_SCALED = re.compile(r"(.+)@(-?\d+(?:\.\d+)?)")


def read(graph: NetworkGraph) -> Surgery:
    """The surgery that the address asks of this network; parts that it cannot have are one sentence each."""
    surgery, problems = _parsed(graph)
    for problem in problems:
        complain(problem)
    return surgery


def toggle(graph: NetworkGraph, name: str) -> None:
    """Cut this shortcut in the address, or make it whole."""
    surgery, _problems = _parsed(graph)  # the page has said them already
    write(graph, surgery.toggled(name))


def toggle_branches(graph: NetworkGraph, names: Iterable[str]) -> None:
    """Drop these residual branches in the address, or make them whole where none of them is."""
    surgery, _problems = _parsed(graph)
    wanted = list(names)
    factor = 0.0 if any(surgery.factors(name)[1] == 1 for name in wanted) else 1.0
    for name in wanted:
        surgery = surgery.with_branch(name, factor)
    write(graph, surgery)


def scale(graph: NetworkGraph, names: Iterable[str], factor: float, *, is_shortcut: bool) -> None:
    """Put this factor on these shortcuts in the address, or on these residual branches; all others keep theirs."""
    surgery, _problems = _parsed(graph)
    for name in names:
        surgery = surgery.with_shortcut(name, factor) if is_shortcut else surgery.with_branch(name, factor)
    write(graph, surgery)


def _parsed(graph: NetworkGraph) -> tuple[Surgery, list[str]]:
    names = graph.gate_names
    problems: list[str] = []
    surgery = Surgery.of(
        cut=_named("cut", names, problems),
        drop=_named("drop", names, problems),
        shortcuts=dict(_scaled("scale", names, problems)),
        branches=dict(_scaled("branch", names, problems)),
    )
    return surgery, problems


def write(graph: NetworkGraph, surgery: Surgery) -> None:
    """Put this surgery into the address."""
    names = graph.gate_names
    link.go(
        cut=compact(surgery.cut, names) or None,
        drop=compact(surgery.dropped, names) or None,
        scale=_factors(surgery.shortcuts),
        branch=_factors(surgery.branches),
    )


def edit_buttons() -> None:
    """Undo (Alt+Z) and redo (Alt+Y) of any choice, and "Restore all": every shortcut and every branch whole again."""
    changed = any(link.read(name) for name in PARAMETERS)
    with st.container(horizontal=True, gap="xsmall", width="content"):
        _icon("undo", _("Undo (Alt+Z)"), link.undo, link.can_undo(), "Alt+Z")
        _icon("redo", _("Redo (Alt+Y)"), link.redo, link.can_redo(), "Alt+Y")
        _icon("restart_alt", _("Restore all"), lambda: link.go(**dict.fromkeys(PARAMETERS)), changed)


def _icon(icon: str, words: str, action: Callable[[], None], possible: bool, shortcut: str | None = None) -> None:
    st.button(
        f":material/{icon}:", key=f"edit-{icon}", help=words, type="tertiary", shortcut=shortcut,
        on_click=action, disabled=not possible,
    )  # fmt: skip


def summary(graph: NetworkGraph, surgery: Surgery) -> str:
    """What is changed, in a few words: "cut layer3.1-2 · dropped layer2.0"; empty when nothing is."""
    names = graph.gate_names
    scaled = [f"{name} × {factor:g}" for name, factor in surgery.shortcuts + surgery.branches if factor != 0]
    parts = [
        _("cut {names}", names=compact(surgery.cut, names)) if surgery.cut else "",
        _("dropped {names}", names=compact(surgery.dropped, names)) if surgery.dropped else "",
        _("scaled {names}", names=", ".join(scaled)) if scaled else "",
    ]
    return " · ".join(filter(None, parts))


def factor_inputs(graph: NetworkGraph, surgery: Surgery, junctions: Iterable[str]) -> None:
    """For each junction two fields: the factor on its shortcut and on its residual branch (0 cuts, 1 is whole)."""
    for name in junctions:
        if not graph.junction[name].is_additive:
            continue
        shortcut, branch = surgery.factors(name)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _factor_input(graph, surgery, name, shortcut, is_shortcut=True)
            _factor_input(graph, surgery, name, branch, is_shortcut=False)


def _factor_input(graph: NetworkGraph, surgery: Surgery, name: str, value: float, *, is_shortcut: bool) -> None:
    key = f"factor-{'shortcut' if is_shortcut else 'branch'}-{name}"
    st.session_state[key] = value

    def changed() -> None:
        factor = float(st.session_state[key] if st.session_state[key] is not None else 1.0)
        write(graph, surgery.with_shortcut(name, factor) if is_shortcut else surgery.with_branch(name, factor))

    label = _("shortcut ×") if is_shortcut else _("residual branch ×")
    st.number_input(
        label, min_value=-10.0, max_value=10.0, step=0.25, format="%.2f", key=key, on_change=changed, width=150
    )


def _named(parameter: str, names: Sequence[str], problems: list[str]) -> frozenset[str]:
    try:
        return expand(link.read(parameter) or "", names)
    except ValueError as error:
        problems.append(str(error))
        return frozenset()


def _scaled(parameter: str, names: Sequence[str], problems: list[str]) -> Iterable[tuple[str, float]]:
    for part in (link.read(parameter) or "").split(","):
        match = _SCALED.fullmatch(part)
        if match and match[1] in names and abs(float(match[2])) <= 10:
            yield match[1], float(match[2])
        elif part:
            allowed = _("{part} in the address is no scaled junction: allowed is name@factor, a factor from -10 to 10")
            problems.append(allowed.format(part=part))


def _factors(factors: Iterable[tuple[str, float]]) -> str | None:
    return ",".join(f"{name}@{factor:g}" for name, factor in factors if factor != 0) or None
