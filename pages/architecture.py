"""Architecture: what a network is made of, from the whole down to one convolution; click a shortcut to cut it."""

from resnet_viz.ui import shell

shell.begin()

import streamlit as st

from resnet_viz.text import _
from resnet_viz.ui import architecture, compare, exports, families, in_paper, networks, operations

about, export_place = shell.head(
    _("Architecture"), _("How a residual network is put together, from the whole down to one convolution.")
)
about.markdown(architecture.explanation())
spec = networks.chosen()
with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
    networks.picker(spec)
    networks.depth_knob(spec)
    view_place = st.container(horizontal=True, vertical_alignment="bottom", width="content")
    with st.popover(_("Options"), icon=":material/tune:"):
        networks.all_knobs(spec)
    operations.edit_buttons()
    more_place = st.container(width="content")

graph = networks.graph_of(spec)
if graph is None:
    st.stop()
surgery = operations.read(graph)
with view_place:
    view = architecture.choose_view(spec, graph, more_place)
if view.level == "families":
    families.show(spec)
    export_place.caption(_("Pick a network first: its drawing can be exported."))
    st.stop()
if view.by is None:
    architecture.hero(graph, view, surgery)
compared_place = st.container()
left, right = st.columns([1, 1.35])
with left:
    architecture.selected_block(graph, view.block, surgery)
with right:
    architecture.figures(graph, surgery)
    with st.container(border=True):
        architecture.block_facts(graph, view.block, surgery)
    architecture.published(spec)
in_paper.show(spec)
with compared_place:  # last: the rest does not wait for what a comparison has to trace
    compared = compare.show(spec, view.by, view.block) if view.by else None
with export_place:
    shown = exports.Drawing(spec, graph, surgery, view.level, view.stage if view.level == "stage" else None)
    opened = exports.Drawing(spec, graph, surgery, "block", block=view.block)
    exports.export((_("This view"), exports.Sheet(compared) if compared else shown), (_("Selected block"), opened))
