"""Questions to the workers: an equal question has one answer, computed once for all visitors."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from resnet_viz import text
from resnet_viz.compute.client import ComputeError, Job, shared_client
from resnet_viz.text import _
from resnet_viz.ui.messages import complain

_KEPT = 400  # answers of all visitors together; an answer is a few kilobytes
_POLL = 0.03  # seconds between two looks at a job
_CANCELLED = "ask-cancelled"
_QUIET = 0.4  # seconds before progress is shown: what is quicker needs none


class Answers:
    """The least recently used answers, for all sessions of the server."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept, self._lock = kept, threading.Lock()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any | None:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, key: Hashable, answer: Any) -> None:
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > self._kept:
                self._answers.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _answers() -> Answers:
    return Answers()


def warm_up() -> None:
    """Start the workers while the visitor still reads."""
    shared_client()


def known(function: str, question: Hashable) -> bool:
    """Whether the answer is already there."""
    return _answers().get((function, question)) is not None


def ask(function: str, questions: Sequence[Hashable], timeout: float = 600) -> list[Any] | None:
    """The answers of `function` ("package.module:name") to these questions, in their order.

    Shows progress with a Cancel button when they take longer than a moment. None, after one sentence on the page, when
    a question cannot be answered. Leaving the page or changing a choice cancels what nobody waits for any more.
    """
    missing = [q for q in dict.fromkeys(questions) if not known(function, q)]
    if missing and st.session_state.pop(_CANCELLED, False):
        st.info(_("Cancelled."), icon=":material/cancel:")
        st.button(_("Measure"), icon=":material/play_arrow:")
        return None
    jobs = {question: _submit(function, question, timeout) for question in missing}
    try:
        _wait(list(jobs.values()))
        for question, job in jobs.items():
            _answers().put((function, question), job.result())
    except ComputeError as error:
        complain(_(error.message, **error.values))
        return None
    finally:
        for job in jobs.values():
            if not job.done:
                job.cancel()
    return [_answers().get((function, q)) for q in questions]


def _submit(function: str, question: Hashable, timeout: float) -> Job:
    context = get_script_run_ctx()
    owner = context.session_id if context else ""
    return shared_client().submit(
        function, question, timeout, owner=owner, context=[("resnet_viz.text:use", text.language())]
    )


def _wait(jobs: Sequence[Job]) -> None:
    """Return when all jobs have ended. Between two looks Streamlit may stop this run (a new choice, a closed page)."""
    start, place = time.monotonic(), st.empty()
    bar: Any = None
    while not all(job.done for job in jobs):
        time.sleep(_POLL)
        if time.monotonic() - start > _QUIET:
            if bar is None:
                with place.container(horizontal=True, vertical_alignment="center"):
                    bar = st.progress(0.0)
                    st.button(_("Cancel"), key=f"cancel-{id(jobs)}", on_click=_cancel)
            bar.progress(_fraction(jobs), text=_told(jobs, time.monotonic() - start))
    place.empty()


def _cancel() -> None:
    # the click itself stops this run and so its jobs; the next run must not ask the same again at once
    st.session_state[_CANCELLED] = True


def _fraction(jobs: Sequence[Job]) -> float:
    return sum(1.0 if job.done else (job.progress or 0.0) for job in jobs) / len(jobs)


def _told(jobs: Sequence[Job], seconds: float) -> str:
    done, fraction = sum(job.done for job in jobs), _fraction(jobs)
    left = seconds * (1 - fraction) / fraction if fraction > 0.05 else None
    words = _("Measuring {done} of {all}", done=done + 1, all=len(jobs)) if len(jobs) > 1 else _("Measuring")
    return words if left is None else f"{words} · {_('about {seconds} s left', seconds=max(1, round(left)))}"
