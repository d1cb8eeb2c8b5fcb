"""The pieces of the page Architecture: the drawing, the opened block, the figures beside it, the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_viz import diagrams
from resnet_viz.diagrams.equation import block_equation
from resnet_viz.figures import numbers
from resnet_viz.graph import paths
from resnet_viz.graph.layers import layers
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.splits import Split, splits
from resnet_viz.graph.telling import telling_block
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _
from resnet_viz.ui import choices, compare, link, operations
from resnet_viz.ui.components import Event, diagram
from resnet_viz.ui.messages import complain, plain
from resnet_viz.zoo import NetworkSpec, SpecField, catalog

_LOWEST, _TALLEST, _COLUMN = 320, 720, 430  # pixels: height of the opened block, and the width that it has


@dataclass(frozen=True)
class View:
    """What of the network is drawn: a level, what that level needs, and the block that is opened below."""

    level: str
    stage: int  # counted from 1
    block: str
    by: SpecField | None = None  # the choice whose values are laid side by side


def explanation() -> str:
    """What the page shows, for its popover."""
    return _(
        "A block computes $y = x + \\mathcal F(x)$. The **blue** line is the shortcut that carries $x$; "
        "**orange** boxes are the residual branch $\\mathcal F$ that learns, **green** ones are gates. A dashed line "
        "changes the shape: by a 1×1 convolution (a projection), or by every second pixel and zero channels. "
        "Everything is drawn from a trace of the network that runs, "
        "so the picture cannot disagree with it.\n\n"
        "Click an arc to cut a shortcut, a block to open it. **Families** shows what can be picked; **Side by side** "
        "draws one block for every value of a choice, such as the five arrangements of ResNet v2 or the three forms "
        "of ResNeXt; Options holds every choice. A multiply-add counts once. The number of paths "
        "counts the routes from input to output, one choice at each shortcut "
        "(Veit et al. 2016, arXiv:1605.06431)."
    )


def choose_view(spec: NetworkSpec, graph: NetworkGraph, more: DeltaGenerator) -> View:
    """The level, and what belongs to it (drawn in `more`): a stage, or a choice to lay side by side."""
    levels = {
        "families": _("Families"),
        "network": _("Network"),
        "stage": _("Stage"),
        "compare": _("Side by side"),
    }
    level = choices.segments(_("View"), "view", levels, "network")
    stage = 1
    if level == "stage" and graph.stages:
        titles = {str(i): s.title for i, s in enumerate(graph.stages, start=1)}
        with more:
            stage = int(choices.drop_down(_("Stage"), "stage", titles, "1", width=150))
    with more:
        by = compare.choose_field(spec) if level == "compare" else None
    if level == "compare" and by is None:
        level = "network"
    usual = telling_block(graph, stage if level == "stage" else 2, inner=by is not None)
    return View(level, stage, _opened(graph, usual), by)


def _opened(graph: NetworkGraph, usual: str) -> str:
    """The block of the address, else the usual one."""
    names = [block.name for block in graph.blocks]
    wanted = link.read("block")
    if wanted is None or wanted in names:
        return wanted or usual
    complain(
        _("There is no block {name}; this network has {first} to {last}.", name=wanted, first=names[0], last=names[-1])
        if names
        else _("This network has no blocks.")
    )
    return usual


def hero(graph: NetworkGraph, view: View, surgery: Surgery) -> None:
    """The drawing: a click on an arc cuts or restores the shortcut, a click on a block opens it."""
    hint = _("Click an arc to cut or restore a shortcut, a block to open it. Drag to move, double-click to fit.")
    if not graph.shortcuts:
        hint = _("This network has no shortcut to cut. Click a block to open it. Drag to move, double-click to fit.")
    drawing(graph, view, surgery, hint, lambda name: link.go(block=name))


def drawing(
    graph: NetworkGraph,
    view: View,
    surgery: Surgery,
    hint: str,
    open_block: Callable[[str], None] = lambda name: None,
    height: int | None = None,
) -> None:
    """The diagram with arcs that can be cut; `open_block` is called with the name of a block that is clicked."""
    scene = diagrams.draw(graph, view=view.level, stage=view.stage if view.level == "stage" else None, surgery=surgery)

    def clicked(event: Event) -> None:
        kind, _colon, name = event.id.partition(":")
        if kind == "shortcut" and event.action == "toggle":
            operations.toggle(graph, name)
        elif kind == "block":
            open_block(name)

    for note in graph.notes:
        st.caption(plain(_(note)))
    diagram(
        scene.to_svg(interactive=True), key="hero", view=f"{graph.name}/{view.level}/{view.stage}",
        selected=f"block:{view.block}", on_event=clicked, height=height,
        caption=hint,
    )  # fmt: skip


def selected_block(graph: NetworkGraph, name: str, surgery: Surgery) -> None:
    """The opened block with the factors at its junctions."""
    block = graph.folded.block.get(name)
    if block is None:
        st.caption(_("This network has no blocks."))
        return
    st.markdown(f"##### {_('Selected block')} · `{name}`")

    def clicked(event: Event) -> None:
        kind, _colon, junction = event.id.partition(":")
        if kind == "shortcut" and junction in graph.junction:
            operations.toggle(graph, junction)

    scene = diagrams.draw(graph, view="block", block=name, surgery=surgery)
    shown = scene.height * min(1.0, _COLUMN / scene.width)  # at its own size as long as it fits beside the figures
    height = round(min(_TALLEST, max(_LOWEST, shown)))
    diagram(scene.to_svg(interactive=True), key="block", view=f"{graph.name}/{name}", on_event=clicked, height=height)
    operations.factor_inputs(graph, surgery, block.junctions)


def figures(graph: NetworkGraph, surgery: Surgery) -> None:
    """Parameters, multiply-adds, shortcuts, paths, receptive field, activations."""
    whole = sum(surgery.factors(junction.name)[0] != 0 for junction in graph.shortcuts)
    macs = _(
        "{macs} for one picture of side {side}; a multiply-add counts once.",
        macs=f"{graph.macs:,}",
        side=graph.image_size,
    )
    routes = _("Routes from input to output: each whole shortcut doubles them (Veit et al. 2016).")
    seen = _("Side of the input square that one position of the last map sees; ∞ if a gate or attention sees it all.")
    counted = _("Shortcuts of whole blocks; sums inside a residual branch are not counted, here and in the paths.")
    written = _("Numbers that all operations write for one picture.")
    tiles = [
        (_("Parameters"), numbers.short(graph.num_parameters), f"{graph.num_parameters:,}"),
        (_("Multiply–adds"), numbers.short(graph.macs), macs),
        (_("Shortcuts on"), f"{whole} / {len(graph.shortcuts)}", counted),
        (_("Paths"), numbers.power_of_two(paths.num_paths(graph, surgery.cut, surgery.dropped)), routes),
        (_("Receptive field"), _pixels(graph.receptive_field), seen),
        (_("Activations"), numbers.short(graph.activation_elements), written),
    ]
    for row in (tiles[:3], tiles[3:]):
        for column, (label, value, explanation) in zip(st.columns(3), row, strict=True):
            column.metric(label, value, border=True, help=explanation)


def _pixels(receptive_field: float) -> str:
    return numbers.pixels(receptive_field) if receptive_field > 1 else "–"  # a network without maps


def published(spec: NetworkSpec) -> None:
    """The paper of a catalog network, what it published about it, and where it and its code part."""
    variant = catalog.variants().get(spec.name)
    if variant is None:
        return
    paper = variant.paper
    st.caption(f"[{plain(paper.citation)}]({paper.url})")
    if words := _published_words(spec):
        st.caption(plain(words))
    if variant.difference:
        st.caption(f"**{_('Paper and code.')}** {plain(_(variant.difference))}")


def _published_words(spec: NetworkSpec) -> str:
    """As in "Published: 22.85 % (ImageNet validation, 10-crop) · 3.8 G multiply-adds (Stride: 1×1)"."""
    results = catalog.results(spec)
    parts = [words for result in results if (words := result.error_words(result.spec))]
    parts += [_("{macs} multiply-adds", macs=numbers.short(r.macs)) for r in results if r.macs is not None]
    if not parts:
        return ""
    differs = results[0].spec != spec  # the entry shows what was published of the paper's own form
    form = f" ({', '.join(results[0].spec.changes())})" if differs else ""
    return _("Published: {figures}", figures=" · ".join(parts)) + form


def block_facts(graph: NetworkGraph, name: str, surgery: Surgery) -> None:
    """The equation of the opened block, and its layers."""
    block = graph.folded.block.get(name)
    if block is None:
        return
    st.latex(block_equation(graph.folded, block, surgery))
    seen = splits(graph, block)
    if seen:
        st.caption(_split_words(seen))
    rows = layers(graph.folded, block)
    st.dataframe(
        {
            _("Layer"): [row.name for row in rows],
            _("Operation"): [row.operation for row in rows],
            _("Output"): [row.output for row in rows],
            _("Parameters"): [row.num_parameters for row in rows],
            _("MACs (M)"): [row.macs / 1e6 for row in rows],
        },
        hide_index=True,
        width="stretch",
        column_config={
            _("Parameters"): st.column_config.NumberColumn(width=90),
            _("MACs (M)"): st.column_config.NumberColumn(width=80, format="%.4g"),
        },
    )


def _split_words(seen: Sequence[Split]) -> str:
    """As in "Splits see of the block's input: 3 px · 5 px · 7 px · untouched"."""
    words = {"untouched": _("untouched"), "pooled": _("pooled"), "convolved": ""}
    parts = [f"{numbers.pixels(s.receptive_field)} {words[s.treatment]}".strip() for s in seen]
    return _("What each split sees of the block's input: {splits}", splits=" · ".join(parts))
