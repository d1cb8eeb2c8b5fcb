"""Files of what a study of the Shortcut lab measured."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from resnet_viz.probes.study_answers import LesionAnswer, PathAnswer
from resnet_viz.probes.study_documents import document
from resnet_viz.ui import shell


@shell.fragment
def files(answers: Sequence[LesionAnswer | PathAnswer], stem: str) -> None:
    """All answers with their questions in one JSON file."""
    name = f"{stem}-{answers[0].question.network.label}-seed{answers[0].question.seed}.json"
    st.download_button(
        "JSON", lambda: json.dumps([document(answer) for answer in answers], indent=1), name, "application/json",
        on_click="ignore", key=f"file-{stem}",
    )  # fmt: skip
