"""Shortcut lab: cut, scale or drop in a network, and see what the shortcuts carried."""

from resnet_viz.ui import shell

shell.begin()

import streamlit as st

from resnet_viz.text import _
from resnet_viz.ui import lab, lab_effect, lab_kinds, lab_lesions, lab_paths, networks, operations

about, export = shell.head(
    _("Shortcut lab"), _("Cut, scale or drop in a network, with the same weights, and see what its shortcuts carried.")
)
about.markdown(lab.explanation())
spec = networks.chosen()
with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
    networks.picker(spec)
    networks.depth_knob(spec)
    weights = lab.weights_control(spec)
    with st.popover(_("Options"), icon=":material/tune:"):
        seed = lab.seed_control()
        networks.all_knobs(spec, without=("in_channels", "image_size"))
    change = st.popover(_("Change"), icon=":material/content_cut:")
    operations.edit_buttons()

graph = networks.graph_of(spec)
if graph is None:
    st.stop()
surgery = operations.read(graph)
with change:
    lab.presets(graph, surgery, seed)
lab.hero(graph, surgery)
study = lab.study_control()
asked = lab.question(spec, graph, surgery, weights, seed)
studies = {"effect": lab_effect, "lesions": lab_lesions, "paths": lab_paths, "kinds": lab_kinds}
studies[study].show(asked, graph, export)
