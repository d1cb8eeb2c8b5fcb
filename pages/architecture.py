"""Architecture: what a network is made of, from the whole down to one convolution; click a shortcut to cut it."""

from resnet_viz.ui import shell

shell.begin()

import streamlit as st

from resnet_viz.text import _
from resnet_viz.ui import architecture, exports, networks, operations

about, export_place = shell.head(
    _("Architecture"), _("How a residual network is put together, from the whole down to one convolution.")
)
about.markdown(architecture.explanation())
spec = networks.chosen()
with st.container(horizontal=True, vertical_alignment="bottom"):
    networks.picker(spec)
    networks.depth_knob(spec)
    view_place = st.container(horizontal=True, vertical_alignment="bottom", width="content")
    with st.popover(_("Options"), icon=":material/tune:"):
        networks.knobs(spec, architecture.OPTIONS)
    operations.edit_buttons()

graph = networks.graph_of(spec)
if graph is None:
    st.stop()
surgery = operations.read(graph)
with view_place:
    view = architecture.choose_view(graph)
architecture.hero(graph, view, surgery)

left, right = st.columns([1, 1.35])
with left:
    architecture.selected_block(graph, view.block, surgery)
with right:
    architecture.figures(graph, surgery)
    with st.container(border=True):
        architecture.block_facts(graph, view.block, surgery)
    architecture.published(spec)
stage = view.stage if view.level == "stage" else None
with export_place:
    shown = exports.Drawing(spec, graph, surgery, view.level, stage)
    opened = exports.Drawing(spec, graph, surgery, "block", block=view.block)
    exports.export((_("This view"), shown), (_("Selected block"), opened))
