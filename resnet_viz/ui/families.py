"""The gallery of the page Architecture: one card a family, drawn from the graph of its first entry."""

from __future__ import annotations

import streamlit as st

from resnet_viz import diagrams, text
from resnet_viz.diagrams.sheets import Card, gallery
from resnet_viz.graph.shipped import shipped
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

    st.caption(_("Pick a family; each card shows one of its blocks."))
    diagram(
        _gallery(spec.family, text.language()), key="families", view=f"families/{text.language()}", on_event=clicked
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
