"""A visitor's own pictures: read once, in a worker, stored by their content, named in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from resnet_viz import text
from resnet_viz.compute.client import ComputeError, shared_client
from resnet_viz.probes import pictures
from resnet_viz.text import _
from resnet_viz.ui import link
from resnet_viz.ui.messages import complain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_ROUND = "uploads-round"
_SECONDS = 30.0  # for one picture; the largest that is read takes one


def is_stored(images: str) -> bool:
    """Whether "upload:DIGEST" names pictures that are on this machine."""
    return images.startswith("upload:") and pictures.PictureStore().has(images.removeprefix("upload:"))


def uploader() -> None:
    """The field for pictures; what is no picture is one sentence and changes nothing.

    Once read, the field is a new and empty one, so that Streamlit lets go of the files.
    """
    number = st.session_state.get(_ROUND, 0)
    files = st.file_uploader(
        _("Your own pictures"),
        accept_multiple_files=True,
        key=f"uploads-{number}",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        max_upload_size=pictures.MAX_FILE_BYTES // 2**20,
    )
    if not files:
        return
    digest = _stored(files)
    st.session_state[_ROUND] = number + 1
    if digest is not None:
        link.go(images=f"upload:{digest}")
        st.rerun()


def _stored(files: Sequence[UploadedFile]) -> str | None:
    """The digest under which the pictures are now kept; None, after one sentence on the page, when they are not."""
    try:
        pictures.check_set([file.size for file in files])
        with st.spinner(_("Reading the pictures")):
            return pictures.PictureStore().keep([_decoded(file) for file in files])
    except ValueError as error:
        complain(str(error))
    except ComputeError as error:
        complain(_(error.message, **error.values))
    return None


def _decoded(file: UploadedFile) -> pictures.Pixels:
    """The pixels of one file. A worker decodes it: what comes from outside may take much memory, or crash a decoder."""
    language = [("resnet_viz.text:use", text.language())]
    question = (file.name, file.getvalue())
    job = shared_client().submit("resnet_viz.probes.pictures:decode_file", question, _SECONDS, context=language)
    pixels: pictures.Pixels = job.result()
    return pixels
