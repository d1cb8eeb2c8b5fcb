"""The view Families of the page Architecture: one card a family, and a table of all networks."""

from __future__ import annotations

import streamlit as st

from resnet_viz import diagrams, text
from resnet_viz.diagrams.sheets import Card, gallery
from resnet_viz.graph.shipped import facts, shipped
from resnet_viz.text import _
from resnet_viz.ui import networks
from resnet_viz.ui.components import Event, diagram
from resnet_viz.zoo import NetworkSpec, catalog


def show(spec: NetworkSpec) -> None:
    """The cards; a click on one shows the first network of the family."""

    def clicked(event: Event) -> None:
        family = event.id.removeprefix("family:")
        if family in catalog.families():
            networks.show(catalog.usual(family).spec, spec, view=None)

    diagram(
        _gallery(spec.family, text.language()),
        key="families",
        view=f"families/{text.language()}",
        on_event=clicked,
        caption=_("Pick a family by its card, or a network by a click in the table below."),
    )
    _table(spec)


def _table(spec: NetworkSpec) -> None:
    """Every network of the catalog with what it costs; a click on it shows it."""
    entries = list(catalog.VARIANTS)

    def clicked() -> None:
        cells = st.session_state["all-networks"].selection.cells
        if cells:
            networks.show(entries[cells[0][0]].spec, spec, view=None)

    costs = [facts()[entry.name] for entry in entries]
    digits = st.column_config.NumberColumn(format="%.3g")
    st.dataframe(
        {
            _("Network"): [entry.name for entry in entries],
            _("Family"): [_(entry.spec.family) for entry in entries],
            _("Year"): [entry.paper.year for entry in entries],
            _("Depth"): [entry.spec.depth for entry in entries],
            _("Shortcuts"): [cost.num_shortcuts for cost in costs],
            _("Parameters (M)"): [cost.num_parameters / 1e6 for cost in costs],
            _("Multiply–adds (G)"): [cost.macs / 1e9 for cost in costs],
        },
        key="all-networks",
        hide_index=True,
        width="stretch",
        height=390,
        on_select=clicked,
        selection_mode="single-cell",
        column_config={
            _("Year"): st.column_config.NumberColumn(format="%d"),
            _("Parameters (M)"): digits,
            _("Multiply–adds (G)"): digits,
        },
    )


@st.cache_data(show_spinner=False, max_entries=60)
def _gallery(selected: str, language: str) -> str:
    cards = []
    for family, members in catalog.families().items():
        variant = catalog.usual(family)
        graph = shipped(variant.name)
        if graph is not None:
            paper = variant.paper
            line = f"{paper.authors.split(',')[0]} {paper.year} · {_count(len(members))}"
            cards.append(Card(f"family:{family}", _(family), line, diagrams.thumbnail(graph)))
    return gallery(cards, f"family:{selected}").to_svg(interactive=True)


def _count(number: int) -> str:
    return _("1 network") if number == 1 else _("{number} networks", number=number)
