"""ResNet Viz: `streamlit run app.py`. The list of pages; everything else is in pages/ and resnet_viz/."""

import streamlit as st

from resnet_viz.text import _
from resnet_viz.ui import shell

shell.prepare()
shell.run(
    {
        _("Explore"): [
            st.Page("pages/architecture.py", title=_("Architecture"), icon=":material/account_tree:", default=True),
            st.Page("pages/gradient_flow.py", title=_("Gradient flow"), icon=":material/waterfall_chart:"),
        ],
        _("Experiment"): [
            st.Page("pages/shortcut_lab.py", title=_("Shortcut lab"), icon=":material/content_cut:"),
        ],
    }
)
