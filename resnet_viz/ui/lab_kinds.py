"""The study Shortcut kinds of the page Shortcut lab: what each kind does to the signal at the start."""

from __future__ import annotations

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_viz.figures import numbers
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import shortcut_kinds
from resnet_viz.probes.questions import EffectQuestion
from resnet_viz.text import _
from resnet_viz.ui import choices
from resnet_viz.ui.ask import ask
from resnet_viz.zoo import NetworkSpec
from resnet_viz.zoo.specs import PreActSpec

MEASURE = "resnet_viz.probes.gradients:measure"
_DEPTH = 110  # of the paper's table, where the page shows another family


def show(asked: EffectQuestion, graph: NetworkGraph, export: DeltaGenerator) -> None:
    """One row a kind: activation and gradient from the first to the last block, and the published error."""
    sets = {"table1": _("Table 1 of He et al. 2016"), "own": _("Options of {network}", network=asked.network.name)}
    own = _own(asked.network)
    if not own:
        sets.pop("own")
    chosen = choices.segments(_("Shortcuts"), "kinds", sets, "table1")
    networks = own if chosen == "own" else _table_1(asked.network)
    small = {"image_size": asked.image_size} if asked.image_size == networks[0].image_size or chosen == "own" else {}
    answers = ask(MEASURE, shortcut_kinds.questions(networks, seed=asked.seed, **(small or {"image_size": 8})))
    if answers is None:
        return
    rows = shortcut_kinds.rows(answers)
    columns = {
        _("Shortcut"): [row.label for row in rows],
        _("Activation, first block"): [_number(row.activation_first) for row in rows],
        _("Activation, last block"): [_number(row.activation_last) for row in rows],
        _("Gradient, first over last"): [_number(row.gradient_first_to_last) for row in rows],
    }
    errors = [row.published.error_words(row.published.spec) if row.published else "" for row in rows]
    if any(errors):
        columns[_("Published error after training")] = errors
    st.dataframe(columns, hide_index=True, width="stretch", height="content")
    st.caption(
        _(
            "At initialisation, one forward and one backward pass: root mean square of the block outputs, and norm of "
            "the loss gradient at the first block over that at the last. Depth {depth}, seed {seed}. What comes over "
            "the shortcuts alone is multiplied by the product of their factors (He et al. 2016, eq. 6 to 8); what the "
            "whole network does, batch norm included, is measured here.",
            depth=networks[0].depth,
            seed=asked.seed,
        )
    )


def _table_1(network: NetworkSpec) -> list[NetworkSpec]:
    fits = isinstance(network, PreActSpec) and network.block == "basic"
    return shortcut_kinds.table_1((network.depth if fits else None) or _DEPTH)


def _own(network: NetworkSpec) -> list[NetworkSpec]:
    try:
        return shortcut_kinds.options(network)
    except ValueError:  # its family has no such choice
        return []


def _number(value: float) -> str:
    return "–" if math.isnan(value) else numbers.three_digits(value)
