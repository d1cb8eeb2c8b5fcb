"""The study Paths of the page Shortcut lab: the gradient, split by the number of residual branches on the way."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_viz.diagrams.unravelled import unravelled
from resnet_viz.figures import lab_reading
from resnet_viz.figures.depth import Floats
from resnet_viz.graph import paths
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import data, estimate
from resnet_viz.probes.questions import INITIAL, EffectQuestion, PathQuestion
from resnet_viz.text import _
from resnet_viz.ui import choices, lab_exports, shell
from resnet_viz.ui.ask import ask, go_ahead, known
from resnet_viz.ui.components import diagram

MEASURE = "resnet_viz.probes.paths:measure"
_LENGTHS_A_PASS = 16  # lengths that go back in about the time of one backward pass
_SAMPLES = 8  # draws a length, where sampling is asked for


def show(asked: EffectQuestion, graph: NetworkGraph, export: DeltaGenerator) -> None:
    """The shares of the path lengths in the gradient, beside the number of paths; what it says; the unravelled view."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        views = {"shares": _("Shares"), "curves": _("All curves")}
        view = choices.segments(_("Chart"), "paths", views, "shares")
        sampling = choices.switch(_("Sample as Veit et al."), "samples", help=_("For comparison; takes a while."))
    shared = {field.name: getattr(asked, field.name) for field in fields(EffectQuestion)}
    question = PathQuestion(**{**shared, "samples": _SAMPLES if sampling else 0})
    wanted = known(MEASURE, question) or go_ahead(_seconds(question, graph))
    answers = ask(MEASURE, [question]) if wanted else None
    if answers is not None:
        from resnet_viz.figures import path_lengths  # Plotly takes a while to load

        expected, mean = _theory(answers[0].question)
        left, right = st.columns([2.3, 1])
        with left.container(border=True):
            if view == "shares":
                figure = path_lengths.energy_chart(answers, shell.theme(), theory=expected)
            else:
                figure = path_lengths.curves(answers, shell.theme())
            st.plotly_chart(figure, key="paths-chart", config={"displaylogo": False})
            st.caption(
                _(
                    "The gradient at the input of the first block is a sum over all paths; its part over paths of each "
                    "length is computed exactly, with the statistics of batch norm as constants. Shares are of the "
                    "squared norms."
                )
            )
        with right.container(border=True, height="stretch"):
            st.markdown(f"##### {_('Reading')}")
            for sentence in lab_reading.path_reading(answers, mean):
                st.markdown(sentence)
            st.caption(" ".join(paths.meaning(graph)))
        with export:
            lab_exports.files(answers, "paths")
    _unravelled()


def _seconds(asked: PathQuestion, graph: NetworkGraph) -> float:
    """About how long: each leg of the way back carries its lengths, a sampled path is a backward pass of its own."""
    passes = 1 + len(graph.shortcuts) / _LENGTHS_A_PASS + asked.samples * len(graph.shortcuts)
    return estimate.seconds(asked, graph) * passes


def _theory(asked: PathQuestion) -> tuple[Floats | None, float | None]:
    """Expected share of each length, and their mean, where a theory speaks of this network: untrained, unchanged."""
    from resnet_viz.theory import path_lengths  # scipy takes a while to load, and memory

    if asked.weights != INITIAL or asked.surgery:
        return None, None
    factors = path_lengths.branch_factors(asked.network, data.batch(asked).images.astype(np.float64))
    if factors is None:
        return None, None
    return path_lengths.poisson_binomial(path_lengths.chances(factors)), path_lengths.mean_length(factors)


def _unravelled() -> None:
    with st.container(border=True):
        st.markdown(f"##### {_('Unravelled')}")
        number = int(choices.segments(_("Blocks"), "blocks", {str(n): str(n) for n in range(1, 5)}, "3"))
        words = _("{count} paths through {blocks} blocks (Veit et al. 2016, Figure 1).", count=2**number, blocks=number)
        scene = unravelled(number)
        diagram(scene.to_svg(interactive=True), key="unravelled", view=f"unravelled/{number}", caption=words)
