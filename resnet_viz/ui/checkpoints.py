"""A visitor's own checkpoint: looked into by a worker, stored by its content, named in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from resnet_viz import text
from resnet_viz.compute.client import ComputeError, shared_client
from resnet_viz.probes import checkpoint_store
from resnet_viz.probes.checkpoint_store import Arrival, CheckedCheckpoint
from resnet_viz.probes.questions import INITIAL, TRAINED
from resnet_viz.text import _
from resnet_viz.ui import link, messages
from resnet_viz.ui.messages import complain
from resnet_viz.zoo import NetworkSpec

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_ROUND = "checkpoints-round"
_SECONDS = 120.0  # the largest that is read takes a few
_LIMIT = checkpoint_store.MAX_FILE_BYTES // 2**20


def is_stored(weights: str) -> bool:
    """Whether "checkpoint:DIGEST" names a checkpoint that is on this machine."""
    known = weights.startswith("checkpoint:")
    return known and checkpoint_store.CheckpointStore().has(weights.removeprefix("checkpoint:"))


def weights_of_address() -> str:
    """The weights that the address names, for `NetworkQuestion.weights`; the initial ones, after one sentence, when
    it names a checkpoint that is not here, or nonsense."""
    wanted = link.read("weights") or INITIAL
    if wanted in (INITIAL, TRAINED) or is_stored(wanted):
        return wanted
    complain(
        _(
            "The checkpoint of this link ({name}) is not on this machine; initial weights are taken instead.",
            name=wanted[:24],
        )
    )
    return INITIAL


def uploader(spec: NetworkSpec) -> None:
    """The field for a checkpoint of this network; what is none is one sentence and changes nothing.

    Once read, the field is a new and empty one, and Streamlit's copy of the file is let go.
    """
    file = st.session_state.get(_field())  # the field itself would return a second copy of the file
    if file is not None:
        digest = _stored(file, spec)
        _let_go(file)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        if digest is not None:
            link.go(weights=f"checkpoint:{digest}")
            st.rerun()
    st.file_uploader(
        _("Your own checkpoint"),
        key=_field(),
        type=["safetensors", "pt", "pth", "th", "tar"],  # "th" and "pth.tar" are common for .pt
        max_upload_size=_LIMIT,
        help=_(
            "The state_dict of this network, as .safetensors or .pt, at most {limit} MB. Nothing in it is run.",
            limit=_LIMIT,
        ),
    )


def _field() -> str:
    """The key of the field of this round."""
    return f"checkpoint-{st.session_state.get(_ROUND, 0)}"


def _stored(file: UploadedFile, spec: NetworkSpec) -> str | None:
    """The digest under which the checkpoint is now kept; None, after one sentence on the page, when it is not."""
    store = checkpoint_store.CheckpointStore()
    try:
        with st.spinner(_("Reading the checkpoint")), store.arriving(file.name, file.size, file) as arrival:
            found = _checked(arrival, spec)
            store.keep(arrival)
    except ValueError as error:
        complain(str(error))
        return None
    except ComputeError as error:
        complain(_(error.message, **error.values))
        return None
    if found.not_finite:
        messages.leave(
            _(
                "{name} holds NaN or infinity in {count} of {total} tensors (first {first}); it is taken as it is.",
                name=arrival.name, count=len(found.not_finite), total=found.tensors, first=found.not_finite[0],
            )
        )  # fmt: skip
    return arrival.digest


def _checked(arrival: Arrival, spec: NetworkSpec) -> CheckedCheckpoint:
    """What a worker finds in the file. It reads it: what comes from outside may take much memory, or crash a reader."""
    language = [("resnet_viz.text:use", text.language())]
    question = (str(arrival.path), arrival.name, spec)
    job = shared_client().submit("resnet_viz.probes.checkpoints:check_file", question, _SECONDS, context=language)
    found: CheckedCheckpoint = job.result()
    return found


def _let_go(file: UploadedFile) -> None:
    """Let Streamlit forget the file now: it would hold it in memory for as long as the visitor stays."""
    context = get_script_run_ctx()
    remove = getattr(context and context.uploaded_file_mgr, "remove_file", None)
    if context is not None and remove is not None:
        remove(context.session_id, file.file_id)
