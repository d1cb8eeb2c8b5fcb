"""The study Effect of the page Shortcut lab: the intact network beside the operated one."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_viz.figures import effect_chart, lab_reading, numbers
from resnet_viz.figures.effect_chart import EffectLane
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes.questions import EffectQuestion
from resnet_viz.probes.study_answers import EffectComparison, compare
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _
from resnet_viz.ui import operations
from resnet_viz.ui.ask import ask
from resnet_viz.ui.components import depth_chart

MEASURE = "resnet_viz.probes.effect:measure"
_WIDTHS = (1, 1, 1.5, 1.3, 1, 1)  # of the tiles: two of them show two numbers


def show(asked: EffectQuestion, graph: NetworkGraph, export: DeltaGenerator) -> None:
    """Figures, two charts by depth, and what they say. Where nothing is changed yet, all shortcuts are cut for once."""
    example = not asked.surgery
    if example and graph.shortcuts:
        asked = replace(asked, surgery=Surgery.of(cut=[junction.name for junction in graph.shortcuts]))
    first = ask(MEASURE, [replace(asked, surgery=Surgery())])  # alone: two workers would train the same network at once
    second = ask(MEASURE, [asked]) if first else None
    if first is None or second is None:
        return
    [intact], [operated] = first, second
    label = operations.summary(graph, asked.surgery)
    lanes = [EffectLane("residual", _("intact"), (intact,))]
    if asked.surgery:
        lanes.append(EffectLane("operated", label if len(label) <= 26 else _("operated"), (operated,)))
    found = compare(intact, operated)
    if example and asked.surgery:
        st.caption(_("Nothing is changed yet. For a start: what cutting all shortcuts does."))
    _tiles(found)
    stages = [stage.title for stage in graph.stages]
    left, right = st.columns([2.3, 1])
    with left.container(border=True):
        depth_chart(effect_chart.gradient_chart(lanes, stages), key="gradient-by-depth", height=250)
        depth_chart(effect_chart.correlation_chart(lanes, stages), key="correlation-by-depth", height=210)
        st.caption(_how(asked))
    with right.container(border=True, height="stretch"):
        st.markdown(f"##### {_('Reading')}")
        for sentence in lab_reading.effect_reading(intact, operated):
            st.markdown(sentence)
    with export:
        st.caption(_("The charts have buttons for SVG and CSV."))


def _tiles(found: EffectComparison) -> None:
    tiles = (
        (
            _("Output change"),
            f"{100 * found.output_change:.3g} %",
            _("‖change of the scores‖ / ‖scores‖, all pictures."),
        ),
        (_("Predictions"), f"{100 * found.predictions_changed:.3g} %", _("Share of the predictions that change.")),
        (_("Loss"), _arrow(*(f"{loss:.2g}" for loss in found.loss)), _("Cross-entropy, intact → operated.")),
        (_("Error"), _arrow(*(f"{100 * error:.3g}" for error in found.error)) + " %", _("Intact → operated.")),
        (
            _("First gradient"),
            f"× {numbers.three_digits(found.first_gradient_ratio)}",
            _("Norm of the loss gradient at the first block, operated over intact."),
        ),
        (
            _("Out of reach"),
            numbers.short(found.parameters_lost),
            _("Parameters that had a gradient and have none now."),
        ),
    )
    for column, (label, value, explanation) in zip(st.columns(_WIDTHS), tiles, strict=True):
        column.metric(label, value, border=True, help=explanation)


def _arrow(before: str, after: str) -> str:
    return f"{before} → {after}"


def _how(asked: EffectQuestion) -> str:
    return _(
        "norm of ∂L/∂(block output) over the batch, and mean correlation of two pictures' gradients there · a batch of "
        "{count} digits, {side}×{side} · batch norm with frozen statistics · seed {seed} · same weights and pictures "
        "for both",
        count=asked.batch_size,
        side=asked.image_size,
        seed=asked.seed,
    )
