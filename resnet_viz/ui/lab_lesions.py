"""The study Lesions of the page Shortcut lab: blocks deleted and swapped, without training again."""

from __future__ import annotations

from dataclasses import fields, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_viz.figures import lab_reading
from resnet_viz.figures.depth import Part
from resnet_viz.figures.lesion_lanes import LesionLane
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import estimate, lesion_plan
from resnet_viz.probes.questions import INITIAL, MAX_DRAWS, TRAINED, EffectQuestion, LesionQuestion
from resnet_viz.text import _
from resnet_viz.training.plan import TrainingPlan
from resnet_viz.ui import choices, lab_exports, link, shell
from resnet_viz.ui.ask import ask, go_ahead, known
from resnet_viz.ui.messages import complain

MEASURE = "resnet_viz.probes.lesions:measure"
_PICTURES = 256
_FORWARD_ALONE, _HALF = 1 / 3, 1 / 2  # of a forward and backward pass; of a forward pass


def show(asked: EffectQuestion, graph: NetworkGraph, export: DeltaGenerator) -> None:
    """The chart of one study, residual beside plain, and what it says."""
    words = {"single": _("Each block alone"), "random": _("Blocks at random"), "order": _("Their order")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        study = choices.segments(_("Deleted or swapped"), "lesions", words, "single")
        draws = 5
        if study != "single":
            draws = choices.number(_("Draws"), "draws", 1, MAX_DRAWS, 5, width=120)
    try:
        if asked.weights in (INITIAL, TRAINED):  # what cannot be trained is not offered, nor asked about for nothing
            estimate.refuse_training(TrainingPlan.quick(asked.network, asked.seed, asked.image_size), graph)
    except ValueError as error:
        complain(str(error))
        return
    if asked.weights == INITIAL:
        st.info(_("A network at the start guesses; what a deleted block costs shows in a trained one."))
        st.button(_("Train it on the digits"), type="primary", on_click=lambda: link.go(weights=TRAINED))
        return
    lanes = _lanes(_question(asked, study, draws), graph)
    if lanes is None:
        return
    from resnet_viz.figures.lesions import lesion_chart  # Plotly takes a while to load

    left, right = st.columns([2.3, 1])
    with left.container(border=True):
        st.plotly_chart(lesion_chart(lanes, shell.theme()), key="lesions-chart", config={"displaylogo": False})
        st.caption(
            _(
                "Error on {count} digits that were not trained on, in evaluation mode, without training again. A "
                "block is deleted by dropping its residual branch while its shortcut stays; in a plain network, by "
                "passing on its input where the shape allows it.",
                count=lanes[0].first.num_images,
            )
        )
    with right.container(border=True, height="stretch"):
        st.markdown(f"##### {_('Reading')}")
        for sentence in lab_reading.lesion_reading(lanes):
            st.markdown(sentence)
    with export:
        lab_exports.files([lane.first for lane in lanes], f"lesions-{study}")


def _question(asked: EffectQuestion, study: str, draws: int) -> LesionQuestion:
    shared = {field.name: getattr(asked, field.name) for field in fields(EffectQuestion)}
    return LesionQuestion(**{**shared, "batch_size": _PICTURES, "study": study, "draws": draws})


def _seconds(asked: LesionQuestion, graph: NetworkGraph) -> float:
    """About how long: forward passes alone, of which a shared beginning saves half."""
    count = len(graph.blocks)
    variants = count if asked.study == "single" else len(lesion_plan.amounts(count)) * asked.draws
    return estimate.seconds(asked, graph) * variants * _FORWARD_ALONE * _HALF


def _lanes(asked: LesionQuestion, graph: NetworkGraph) -> list[LesionLane] | None:
    twin = asked.network.without_shortcuts() if not asked.weights.startswith("checkpoint:") else None
    questions = [asked]
    if twin is not None and twin != asked.network:
        questions.append(replace(asked, network=twin, surgery=type(asked.surgery)()))
    fresh = [question for question in questions if not known(MEASURE, question)]
    if not go_ahead(sum(_seconds(question, graph) for question in fresh)):
        return None
    answers = ask(MEASURE, questions)
    if answers is None:
        return None
    parts: tuple[Part, ...] = ("plain",) if asked.network.is_plain else ("residual", "plain")
    names = [question.network.label for question in questions]
    if asked.surgery:
        parts, names[0] = ("operated", "plain"), f"{names[0]}, {_('operated')}"
    return [LesionLane(part, name, (answer,)) for part, name, answer in zip(parts, names, answers, strict=False)]
