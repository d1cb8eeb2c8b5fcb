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

ARCHITECTURE = "resnet_viz.probes.architecture:measure"
_KEPT = {ARCHITECTURE: 12}  # graphs: a few megabytes each when folded
_KEPT_OTHERWISE = 400  # a few kilobytes each
_POLL = 0.03  # seconds between two looks at a job
_ASK_FIRST = 15.0  # seconds of estimated work above which the visitor starts the measurement
_QUIET = 0.4  # seconds before progress is shown: what is quicker needs none
_CANCELLED, _FAILED = "ask-cancelled", "ask-failed"
_LASTING = ("crash", "memory", "timeout")  # failures that would only repeat themselves at the next click


class Answers:
    """The least recently used answers to one function's questions, for all sessions of the server."""

    def __init__(self, kept: int) -> None:
        self._kept, self._lock = kept, threading.Lock()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, question: Hashable) -> Any | None:
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
            return self._answers.get(question)

    def put(self, question: Hashable, answer: Any) -> None:
        with self._lock:
            self._answers[question] = answer
            while len(self._answers) > self._kept:
                self._answers.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _answers(function: str) -> Answers:
    return Answers(_KEPT.get(function, _KEPT_OTHERWISE))


def warm_up() -> None:
    """Start the workers while the visitor still reads."""
    shared_client()


def known(function: str, question: Hashable) -> bool:
    """Whether the answer is already there."""
    return _answers(function).get(question) is not None


def go_ahead(seconds: float) -> bool:
    """Whether to measure now: at once when it is quick, after a click when the estimate is long."""
    if seconds < _ASK_FIRST:
        return True
    place = st.empty()
    with place.container():
        st.info(_("This takes about {seconds} s on this machine.", seconds=round(seconds)), icon=":material/timer:")
        wanted = st.button(_("Measure"), type="primary", icon=":material/play_arrow:")
    if wanted:
        place.empty()
    return wanted


def ask(function: str, questions: Sequence[Hashable], timeout: float = 600) -> list[Any] | None:
    """The answers of `function` ("package.module:name") to these questions, in their order.

    Shows progress with a Cancel button when they take longer than a moment. None, after one sentence on the page, when
    a question cannot be answered. Leaving the page or changing a choice cancels what nobody waits for any more; what
    was answered by then is kept.
    """
    cache = _answers(function)
    found = {question: cache.get(question) for question in questions}
    missing = [question for question, answer in found.items() if answer is None]
    if missing and _held_back(function, missing):
        return None
    jobs = {question: _submit(function, question, timeout) for question in missing}
    errors: dict[Hashable, ComputeError] = {}
    try:
        _wait(list(jobs.values()), _("Tracing") if function == ARCHITECTURE else _("Measuring"))
    finally:
        for question, job in jobs.items():
            try:
                if job.done:
                    found[question] = job.result()
                    cache.put(question, found[question])
                else:
                    job.cancel()
            except ComputeError as error:
                errors[question] = error
    if errors:
        question, failure = next(iter(errors.items()))
        _fail(function, question, failure)
        return None
    return [found[question] for question in questions]


def _held_back(function: str, questions: Sequence[Hashable]) -> bool:
    """Whether not to ask: the visitor has cancelled, or the last try would only repeat itself. A button asks again."""
    failed = st.session_state.get(_FAILED, {})
    error = next((failed[function, q] for q in questions if (function, q) in failed), None)
    if st.session_state.pop(_CANCELLED, False):
        st.info(_("Cancelled."), icon=":material/cancel:")
    elif error is not None:
        complain(_(error.message, **error.values))
    else:
        return False
    st.button(_("Try again"), icon=":material/refresh:", on_click=failed.clear)
    return True


def _fail(function: str, question: Hashable, error: ComputeError) -> None:
    if error.kind in _LASTING:
        st.session_state.setdefault(_FAILED, {})[function, question] = error
    complain(_(error.message, **error.values))


def _submit(function: str, question: Hashable, timeout: float) -> Job:
    context = get_script_run_ctx()
    owner = context.session_id if context else ""
    return shared_client().submit(
        function, question, timeout, owner=owner, context=[("resnet_viz.text:use", text.language())]
    )


def _wait(jobs: Sequence[Job], doing: str) -> None:
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
            bar.progress(_fraction(jobs), text=_told(doing, jobs, time.monotonic() - start))
    place.empty()


def _cancel() -> None:
    # the click itself stops this run and so its jobs; the next run must not ask the same again at once
    st.session_state[_CANCELLED] = True


def _fraction(jobs: Sequence[Job]) -> float:
    return sum(1.0 if job.done else (job.progress or 0.0) for job in jobs) / len(jobs)


def _told(doing: str, jobs: Sequence[Job], seconds: float) -> str:
    """As in "Measuring 3 of 15 · Backward pass · about 4 s left"."""
    done, fraction = sum(job.done for job in jobs), _fraction(jobs)
    parts = [_("{doing} {done} of {all}", doing=doing, done=done + 1, all=len(jobs)) if len(jobs) > 1 else doing]
    parts += [job.text for job in jobs if not job.done and job.text][:1]
    if fraction > 0.05:
        parts.append(_("about {seconds} s left", seconds=max(1, round(seconds * (1 - fraction) / fraction))))
    return " · ".join(parts)
