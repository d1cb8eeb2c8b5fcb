"""The pieces that all studies of the page Shortcut lab share: weights, presets of changes, the network itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from functools import partial

import streamlit as st

from resnet_viz.graph.network_graph import Junction, NetworkGraph
from resnet_viz.probes.questions import INITIAL, MAX_SEED, TRAINED, EffectQuestion
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _
from resnet_viz.ui import architecture, checkpoints, choices, operations
from resnet_viz.zoo import NetworkSpec

_SMALL = 8  # side of the digits as they come: what a network for small pictures is asked with here


def explanation() -> str:
    """What the page shows, for its popover."""
    return _(
        "Click an arc to **cut** a shortcut, a block to **drop** its residual branch: the shortcut stays, and the "
        "block passes on what it gets. Everything is measured beside the intact network with the same weights and the "
        "same pictures, without training again.\n\n"
        "**Effect** says what the change does to scores, loss and gradients. **Lesions** delete and swap blocks as "
        "Veit et al. 2016 (arXiv:1605.06431) did: residual branches are deleted while their shortcuts stay; that "
        "shortcuts were destroyed is a common misreading. **Path lengths** splits the gradient exactly by the number "
        "of residual branches on the way."
    )


def weights_control(spec: NetworkSpec) -> str:
    """The weights: at initialisation, trained on the digits, or a visitor's checkpoint; the value of the address."""
    wanted = checkpoints.weights_of_address()
    words = {INITIAL: _("at the start"), TRAINED: _("trained")}
    words.setdefault(wanted, _("your checkpoint"))
    chosen = choices.segments(_("Weights"), "weights", words, INITIAL, wanted)
    with st.popover(":material/upload_file:", help=_("Weights of your own")):
        checkpoints.uploader(spec)
    return chosen


def seed_control() -> int:
    """What draws weights, pictures and the changes at random."""
    return choices.number(_("Seed"), "seed", 0, MAX_SEED, 0, width=140)


def question(spec: NetworkSpec, graph: NetworkGraph, surgery: Surgery, weights: str, seed: int) -> EffectQuestion:
    """What is asked: small digits where the network is for small pictures, else its usual question."""
    small = {"image_size": _SMALL} if 0 < spec.image_size <= 32 and not spec.is_tied_to_image_size else {}
    usual = EffectQuestion.defaults(spec, graph, **small)
    # frozen statistics: else pictures see each other's gradients, and their correlation is that of the batch norm
    return replace(usual, surgery=surgery, weights=weights, seed=seed, batch_norm_mode="frozen")


def study_control() -> str:
    """Which study is shown."""
    studies = {"effect": _("Effect"), "lesions": _("Lesions"), "paths": _("Path lengths"), "kinds": _("Shortcut kinds")}
    return choices.segments(_("Study"), "study", studies, "effect", label_visibility="collapsed")


def presets(graph: NetworkGraph, surgery: Surgery, seed: int) -> None:
    """Changes of many junctions at once, and two sliders that scale them all."""
    shortcuts = [junction.name for junction in graph.shortcuts]
    if not shortcuts:
        st.caption(_("This network has no shortcut to cut; its studies compare it as it is."))
        return
    with st.container(horizontal=True):
        _preset(graph, _("Cut all"), lambda: shortcuts)
        _preset(graph, _("Every second"), lambda: shortcuts[1::2])
        _preset(graph, _("Projections"), lambda: _of_kind(graph.shortcuts, "projection"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(_("At random"), 1, len(shortcuts), min(3, len(shortcuts)), width=110)
        _preset(graph, _("Cut these"), lambda: random.Random(seed).sample(shortcuts, number))
        _preset(graph, _("Drop these"), lambda: random.Random(seed).sample(shortcuts, number), drop=True)
    with st.container(horizontal=True):
        for stage in graph.stages:
            inside = {name for block in stage.blocks for name in block.junctions}
            _preset(graph, _("Cut {stage}", stage=stage.title), partial(_within, shortcuts, inside))
    for is_shortcut, label in ((True, _("All shortcuts ×")), (False, _("All residual branches ×"))):
        _slider(graph, surgery, shortcuts, label, is_shortcut=is_shortcut)


def _within(names: Iterable[str], inside: Container[str]) -> list[str]:
    return [name for name in names if name in inside]


def _of_kind(junctions: Iterable[Junction], kind: str) -> list[str]:
    return [junction.name for junction in junctions if junction.kind == kind]


def _preset(graph: NetworkGraph, label: str, names: Callable[[], list[str]], *, drop: bool = False) -> None:
    def clicked() -> None:
        chosen = names()
        operations.write(graph, Surgery.of(drop=chosen) if drop else Surgery.of(cut=chosen))

    st.button(label, key=f"preset-{label}", on_click=clicked, disabled=not names())


def _slider(graph: NetworkGraph, surgery: Surgery, names: list[str], label: str, *, is_shortcut: bool) -> None:
    """One factor for all shortcuts, or all branches; shows 1 where they differ. Reaches as far as the address did."""
    key = f"slider-{'shortcuts' if is_shortcut else 'branches'}"
    factors = {surgery.factors(name)[0 if is_shortcut else 1] for name in names}
    value = factors.pop() if len(factors) == 1 else 1.0
    st.session_state[key] = value

    def changed() -> None:
        operations.scale(graph, names, float(st.session_state[key]), is_shortcut=is_shortcut)

    st.slider(label, min(0.0, value), max(2.0, value), step=0.05, key=key, on_change=changed)


def hero(graph: NetworkGraph, surgery: Surgery) -> None:
    """The network: a click on an arc cuts or restores the shortcut, a click on a block drops or restores its branch."""
    hint = _("Click an arc to cut a shortcut, a block to drop its residual branch; click again to restore.")
    if not graph.shortcuts:
        hint = _("This network has no shortcut to cut: lesions can still take out blocks that keep their shape.")

    def drop(name: str) -> None:
        block = graph.folded.block.get(name)  # none: a click on the drawing of the network before
        if block is not None:
            additive = [junction for junction in block.junctions if graph.junction[junction].is_additive]
            operations.toggle_branches(graph, additive)

    architecture.drawing(graph, architecture.View("network", 1, ""), surgery, hint, drop, height=225)
