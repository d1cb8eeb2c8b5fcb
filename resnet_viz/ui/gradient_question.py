"""The question of the page Gradient flow: which network, on which pictures, with which seed; read from the address."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes.questions import (
    BATCH_NORM_MODES,
    DIGITS,
    MAX_BATCH,
    MAX_SEED,
    MAX_SIDE,
    MIN_SIDE,
    NOISE,
    GradientQuestion,
    has_batch_norm,
)
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _
from resnet_viz.ui import choices, link, uploads
from resnet_viz.ui.messages import complain
from resnet_viz.zoo import NetworkSpec


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
    """Pictures, their size and number, the mode of batch norm where there is one."""
    usual = GradientQuestion.defaults(asked.network, graph)
    kinds = {DIGITS: _("digits"), NOISE: _("pink noise")}
    if asked.upload_digest:
        kinds[asked.images] = _("your pictures")
    choices.segments(_("Images"), "images", kinds, DIGITS, asked.images)
    choices.number(_("Image size"), "size", MIN_SIDE, MAX_SIDE, usual.image_size, step=8, value=asked.image_size)
    choices.number(_("Batch size"), "batch", 1, MAX_BATCH, usual.batch_size, value=asked.batch_size)
    if has_batch_norm(graph):
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
    choices.number(_("Seed"), "seed", 0, MAX_SEED, 0, value=asked.seed, width=95)
    st.button(
        ":material/casino:",
        key="new-seed",
        help=_("New seed"),
        type="tertiary",
        on_click=lambda: link.go(seed=str((asked.seed + 1) % (MAX_SEED + 1))),
    )
    return int(seeds)
