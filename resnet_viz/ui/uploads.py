"""A visitor's own pictures: read once, stored by their content, named in the address."""

from __future__ import annotations

import streamlit as st

from resnet_viz.probes import pictures
from resnet_viz.text import _
from resnet_viz.ui import link
from resnet_viz.ui.messages import complain


def is_stored(images: str) -> bool:
    """Whether "upload:DIGEST" names pictures that are on this machine."""
    return images.startswith("upload:") and pictures.PictureStore().has(images.removeprefix("upload:"))


def uploader() -> None:
    """The field for pictures; what is no picture is one sentence and changes nothing."""
    files = st.file_uploader(
        _("Your own pictures"),
        accept_multiple_files=True,
        key="uploads",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
    )
    digest = "-".join(f"{file.file_id}" for file in files or ())
    if not files or st.session_state.get("uploads-read") == digest:
        return
    st.session_state["uploads-read"] = digest
    try:
        name = pictures.PictureStore().save([(file.name, file.getvalue()) for file in files])
    except ValueError as error:
        complain(str(error))
        return
    link.go(images=f"upload:{name}")
    st.rerun()
