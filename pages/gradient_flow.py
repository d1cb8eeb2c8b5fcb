"""Gradient flow: how the gradient reaches the first layers, with shortcuts, without them, and with some of them cut."""

from resnet_viz.ui import shell

shell.begin()

import streamlit as st

from resnet_viz.text import _
from resnet_viz.ui import gradient_question, gradients, networks, operations

about, export = shell.head(
    _("Gradient flow"), _("How the gradient of the loss reaches the first blocks, with and without shortcuts.")
)
about.markdown(gradients.explanation())
spec = networks.chosen()
with st.container(horizontal=True, vertical_alignment="bottom"):
    networks.picker(spec)
    controls = st.empty()  # gone where there is nothing to measure
with controls.container(horizontal=True, vertical_alignment="bottom", width="content"):
    networks.depth_knob(spec)
    with st.popover(_("Options"), icon=":material/tune:"):
        networks.all_knobs(spec, without=("in_channels", "image_size"))  # the pictures say them
    pictures = st.popover(_("Pictures"))
    seeding = st.container(horizontal=True, vertical_alignment="bottom", width="content")
    operations.edit_buttons()

graph = networks.graph_of(spec)
if graph is None:
    st.stop()
if not gradients.can_measure(spec, graph):
    controls.empty()
    st.stop()
surgery = operations.read(graph)
asked = gradient_question.question(spec, graph, surgery)
with pictures:
    gradient_question.data_controls(asked, graph)
with seeding:
    seeds = gradient_question.seed_controls(asked)

answer_place = st.container()
gradients.network(graph, surgery, asked)
with answer_place:
    lanes = gradients.measured(asked, graph, seeds)
    if lanes is not None:
        gradients.hero(lanes, graph)
if lanes is not None:
    gradients.activations(lanes, graph)
    with export:
        gradients.export(lanes, graph)
