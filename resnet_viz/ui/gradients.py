"""The pieces of the page Gradient flow: which networks are compared, on which pictures, and what came out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from resnet_viz.figures import depth, reading
from resnet_viz.figures.depth import Lane
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import estimate
from resnet_viz.probes.questions import (
    BATCH_NORM_MODES,
    DIGITS,
    MAX_BATCH,
    MAX_SEED,
    MAX_SIDE,
    MIN_SIDE,
    NOISE,
    GradientQuestion,
)
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _
from resnet_viz.ui import choices, link, networks, operations, shell, uploads
from resnet_viz.ui.ask import ask, known
from resnet_viz.ui.components import depth_chart
from resnet_viz.ui.messages import complain, plain
from resnet_viz.zoo import NetworkSpec

MEASURE = "resnet_viz.probes.gradients:measure"
OPTIONS = ("init", "init_std", "batch_norm", "activation", "shortcut", "stride_in")
_RESIDUAL_GRADIENT = (
    r"\frac{\partial\mathcal L}{\partial x_l}=\frac{\partial\mathcal L}{\partial x_L}"
    r"\Big(1+\frac{\partial}{\partial x_l}\sum_{i=l}^{L-1}\mathcal F(x_i)\Big)"
)
_ASK_FIRST = 15.0  # seconds of estimated work above which the visitor starts the measurement


def explanation() -> str:
    """What the page shows, for its popover."""
    return _(
        "One forward and one backward pass, no training. The chart shows the norm of the gradient of the "
        "loss at the output of every block; the loss is at the right, so read a curve "
        "**from right to left**.\n\n"
        "It is often said that gradients *vanish* in deep plain networks. With batch norm they do the "
        "opposite at initialisation: they **explode** toward the input, by a nearly constant factor per "
        "layer. They vanish without batch norm when the weights start too small, down to an exact 0 in "
        "float32. He et al. 2015 (arXiv:1512.03385, section 4.1) checked that their plain networks have "
        "healthy gradients in training and judged vanishing gradients an unlikely cause of degradation."
    )


def question(spec: NetworkSpec, graph: NetworkGraph, surgery: Surgery) -> GradientQuestion:
    """The question of the address; its controls are drawn by `data_controls`."""
    usual = GradientQuestion.defaults(spec, graph)
    return replace(
        usual,
        surgery=surgery,
        images=_images(),
        image_size=choices.whole_number("size", MIN_SIDE, MAX_SIDE, usual.image_size),
        batch_size=choices.whole_number("batch", 1, MAX_BATCH, usual.batch_size),
        batch_norm_mode=choices.value_of("bn_mode", BATCH_NORM_MODES, usual.batch_norm_mode),  # type: ignore[arg-type]
        seed=choices.whole_number("seed", 0, MAX_SEED, 0),
    )


def _images() -> str:
    wanted = link.read("images") or DIGITS
    if wanted in (DIGITS, NOISE) or uploads.is_stored(wanted):
        return wanted
    complain(
        _("The pictures of this link ({name}) are not on this machine; the digits are shown instead.", name=wanted[:24])
    )
    return DIGITS


def data_controls(asked: GradientQuestion, graph: NetworkGraph) -> None:
    """Pictures, their size and number, the mode of batch norm."""
    usual = GradientQuestion.defaults(asked.network, graph)
    kinds = {DIGITS: _("digits"), NOISE: _("pink noise")}
    if asked.upload_digest:
        kinds[asked.images] = _("your pictures")
    choices.segments(_("Images"), "images", kinds, DIGITS, asked.images)
    choices.number(_("Image size"), "size", MIN_SIDE, MAX_SIDE, usual.image_size, step=8, value=asked.image_size)
    choices.number(_("Batch size"), "batch", 1, MAX_BATCH, usual.batch_size, value=asked.batch_size)
    modes = {"train": _("train"), "frozen": _("frozen")}
    choices.segments(
        _("Batch norm mode"),
        "bn_mode",
        modes,
        usual.batch_norm_mode,
        asked.batch_norm_mode,
        help=_("Train: gradients flow through the batch statistics. Frozen: the statistics are constants."),
    )
    uploads.uploader()


def seed_controls(asked: GradientQuestion) -> int:
    """Seed, "New seed", one seed or five as a band; how many seeds are asked."""
    seeds = choices.segments(_("Seeds"), "seeds", {"1": "1", "5": "5"}, "1")
    choices.number(_("Seed"), "seed", 0, MAX_SEED, 0, value=asked.seed, width=110)
    st.button(
        ":material/casino:",
        key="new-seed",
        help=_("New seed"),
        type="tertiary",
        on_click=lambda: link.go(seed=str((asked.seed + 1) % MAX_SEED)),
    )
    return int(seeds)


def measured(asked: GradientQuestion, graph: NetworkGraph, seeds: int) -> list[Lane] | None:
    """The comparison, intact against operated against plain, same seeds; None while or because there is no answer."""
    lanes = _questions(asked, graph, seeds)
    questions = [q for _part, _label, group in lanes for q in group]
    try:
        for q in questions:
            estimate.refuse(q, graph)
    except ValueError as error:
        complain(str(error))
        return None
    fresh = [q for q in questions if not known(MEASURE, q)]
    if not _started(fresh, graph):
        return None
    answers = ask(MEASURE, questions)
    if answers is None:
        return None
    by_question = dict(zip(questions, answers, strict=True))
    for q in fresh:
        estimate.learn(q, graph, by_question[q].seconds)
    return [Lane(part, label, tuple(by_question[q] for q in group)) for part, label, group in lanes]


def _questions(
    asked: GradientQuestion, graph: NetworkGraph, seeds: int
) -> list[tuple[depth.Part, str, list[GradientQuestion]]]:
    spec, intact = asked.network, replace(asked, surgery=Surgery())
    lanes: list[tuple[depth.Part, str, GradientQuestion]] = [("residual", spec.label, intact)]
    if asked.surgery:
        lanes.append(("operated", _("operated"), asked))
    twin = spec.without_shortcuts()
    if spec.is_plain:
        lanes = [("plain", spec.label, intact)]
    elif twin is not None:
        lanes.append(("plain", twin.name, replace(intact, network=twin)))
    elif graph.shortcuts:
        everything = Surgery.of(cut=[junction.name for junction in graph.shortcuts])
        lanes.append(("plain", _("all shortcuts cut"), replace(intact, surgery=everything)))
    return [(part, label, [q.with_seed((q.seed + i) % MAX_SEED) for i in range(seeds)]) for part, label, q in lanes]


def _started(questions: Sequence[GradientQuestion], graph: NetworkGraph) -> bool:
    """Whether to measure now: at once when it is quick, after a click when the estimate is long."""
    seconds = sum(estimate.seconds(q, graph) for q in questions)
    if seconds < _ASK_FIRST:
        return True
    st.info(_("This takes about {seconds} s on this machine.", seconds=round(seconds)), icon=":material/timer:")
    return st.button(_("Measure"), type="primary", icon=":material/play_arrow:")


def hero(lanes: Sequence[Lane], how: str) -> None:
    """Gradient norm by depth, how it was computed, and beside it what it says."""
    left, right = st.columns([2.3, 1])
    with left.container(border=True):
        depth_chart(depth.gradient_chart(lanes), key="gradient-by-depth", height=370)
        st.caption(how)
    with right.container(border=True):
        read_out(lanes)


def caption(asked: GradientQuestion, lanes: Sequence[Lane], seeds: int, graph: NetworkGraph) -> str:
    """How the chart was computed, with what was changed."""
    pictures = {DIGITS: _("digits"), NOISE: _("pink noise")}.get(asked.images, _("your pictures"))
    mode = _("batch norm in train mode") if asked.batch_norm_mode == "train" else _("batch norm with frozen statistics")
    first, last = asked.seed, asked.seed + seeds - 1
    seed = (
        _("seed {seed}", seed=first)
        if seeds == 1
        else _("seeds {first} to {last}: geometric mean and range", first=first, last=last)
    )
    parts = [
        _("norm of ∂L/∂(block output) over the batch, cross-entropy, at initialisation"),
        _("{count} {pictures} of {side}×{side}", count=asked.batch_size, pictures=pictures, side=asked.image_size),
        mode, seed,
    ]  # fmt: skip
    changed = operations.summary(graph, asked.surgery)
    return plain(" · ".join(parts + ([_("operated") + ": " + changed] if changed else [])))


def activations(lanes: Sequence[Lane]) -> None:
    """Root mean square of the block outputs by depth."""
    with st.container(border=True):
        depth_chart(depth.activation_chart(lanes), key="activation-by-depth", height=240)


def read_out(lanes: Sequence[Lane]) -> None:
    """The reading: numbers in sentences, the formula, the source."""
    st.markdown(f"##### {_('Reading')}")
    for sentence in reading.gradient_reading(lanes):
        st.markdown(sentence)
    st.latex(_RESIDUAL_GRADIENT)
    st.caption(
        _(
            "The 1 is the shortcut. Exact when nothing follows the addition "
            "(He et al. 2016, arXiv:1603.05027, eq. 5); with a ReLU after it an approximation."
        )
    )


@shell.fragment
def export(lanes: Sequence[Lane]) -> None:
    """The measured numbers as files."""
    name = "gradients-" + lanes[0].answers[0].question.network.label.replace(":", "-")
    st.download_button("CSV", lambda: _csv(lanes), f"{name}.csv", "text/csv", on_click="ignore")
    st.download_button("JSON", lambda: _json(lanes), f"{name}.json", "application/json", on_click="ignore")


def _json(lanes: Sequence[Lane]) -> str:
    return json.dumps(
        [{"part": lane.part, "label": lane.label, **answer.to_dict()} for lane in lanes for answer in lane.answers],
        indent=1,
    )


def _csv(lanes: Sequence[Lane]) -> str:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["part", "network", "seed", "block", "gradient_norm", "activation_rms", "weight_gradient_norm"])
    for lane in lanes:
        for answer in lane.answers:
            columns = (answer.block_names, answer.gradient_norms, answer.activation_rms, answer.weight_gradient_norms)
            for block, gradient, activation, weights in zip(*columns, strict=True):
                rows.writerow([lane.part, lane.label, answer.question.seed, block, gradient, activation, weights])
    return file.getvalue()


def knobs(spec: NetworkSpec) -> None:
    """What the weights and the units are: the fields of the family that change a gradient."""
    networks.knobs(spec, OPTIONS)
