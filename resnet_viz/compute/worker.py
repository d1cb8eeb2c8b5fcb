"""The worker's side: `python -m resnet_viz.compute.worker ALLOWED PRELOAD` answers one question after the other.

Questions come through standard input, answers leave through standard output. Both are moved out of the way first, so
that a library that prints cannot break the wire: what it prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import gc
import importlib
import inspect
import os
import pickle
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from resnet_viz.compute import frames
from resnet_viz.compute.jobs import NO_MEMORY
from resnet_viz.compute.one_line import one_line

_REPORTS = 0.05  # seconds between two progress reports that are really sent


class Cancelled(BaseException):
    """Raised by `progress` when the answer is not wanted any more. No Exception: libraries must not swallow it."""


@dataclass(frozen=True)
class Request:
    number: int
    function: str
    context: tuple[tuple[str, Any], ...]
    question: bytes


class Wire:
    """The connection to the server. The process ends when the server does."""

    def __init__(self) -> None:
        self._in, self._out = _take_standard_streams()
        self._lock = threading.Lock()
        self._cancelled: set[int] = set()
        self.requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, *frame: Any) -> None:
        try:
            with self._lock:
                frames.write(self._out, frame)
        except OSError:
            os._exit(0)  # nobody listens any more

    def is_cancelled(self, number: int) -> bool:
        return number in self._cancelled

    def _listen(self) -> None:
        while (frame := frames.read(self._in)) is not None:
            if frame[0] == "ask":
                number, function, context, question = frame[1:]
                self.requests.put(Request(number, function, context, question))
            elif frame[0] == "cancel":
                self._cancelled.add(frame[1])
        os._exit(0)  # the server has gone: so does this process, whatever it was doing


class Reporter:
    """The `progress(fraction, text="")` that a function is given: reports to the asker, stops when he has left."""

    def __init__(self, wire: Wire, number: int) -> None:
        self._wire, self._number, self._next = wire, number, 0.0

    def __call__(self, fraction: float | None, text: str = "") -> None:
        if self._wire.is_cancelled(self._number):
            raise Cancelled
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _REPORTS
            self._wire.send("progress", self._number, fraction, text)


def main(arguments: Sequence[str]) -> None:
    """Serve until standard input ends."""
    allowed, preload = (tuple(filter(None, argument.split(","))) for argument in arguments)
    _volunteer()
    wire = Wire()
    _preload(preload, until=lambda: not wire.requests.empty())
    while True:
        serve(wire, wire.requests.get(), allowed)
        _give_memory_back()


def serve(wire: Wire, request: Request, allowed: Sequence[str]) -> None:
    """Answer one request; whatever goes wrong in it becomes a message."""
    try:
        if wire.is_cancelled(request.number):
            raise Cancelled
        body = contextvars.copy_context().run(_answer, wire, request, allowed)
        wire.send("answer", request.number, body)
    except Cancelled:
        wire.send("cancelled", request.number)
    except BaseException as error:  # also SystemExit: a question must not end the worker
        wire.send("error", request.number, *describe(error))


def _answer(wire: Wire, request: Request, allowed: Sequence[str]) -> bytes:
    function = resolve(request.function, allowed)
    for name, value in request.context:
        resolve(name, allowed)(value)
    question = pickle.loads(request.question)
    reports = "progress" in inspect.signature(function).parameters
    wire.send("started", request.number, reports)
    _one_thread()
    answer = function(question, progress=Reporter(wire, request.number)) if reports else function(question)
    return pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)


def resolve(name: str, allowed: Sequence[str]) -> Callable[..., Any]:
    """The function that "package.module:function" names. PermissionError when it lies outside of `allowed`."""
    module, colon, function = name.partition(":")
    if not colon or not any(module.startswith(prefix) for prefix in allowed):
        raise PermissionError(
            f"{name!r} may not be called in a worker: allowed is what begins with {', '.join(allowed)}"
        )
    return getattr(importlib.import_module(module), function)


def describe(error: BaseException) -> tuple[str, str, str]:
    """(kind, one sentence, traceback) of what a question raised. What is no mistake of the asker goes to the log."""
    detail = "".join(traceback.format_exception(error))
    if isinstance(error, ValueError):
        return "question", one_line(error), detail
    sys.stderr.write(detail)
    words = one_line(error)
    if isinstance(error, MemoryError) or "can't allocate memory" in words:
        return "memory", NO_MEMORY, detail
    return "failure", f"{type(error).__name__}: {words}" if words else type(error).__name__, detail


def _volunteer() -> None:
    """Let Linux end this process first when memory runs out: a worker is replaced, the server is not."""
    with contextlib.suppress(OSError):  # another system, or a sandbox
        Path("/proc/self/oom_score_adj").write_text("1000")


def _take_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Files for the wire. From now on descriptor 0 reads nothing and 1 writes to standard error."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def _preload(modules: Sequence[str], until: Callable[[], bool]) -> None:
    """Import what questions will need while nobody waits; a question that arrives goes first."""
    for name in modules:
        if until():
            return
        try:
            importlib.import_module(name)
        except ImportError as error:
            sys.stderr.write(f"worker: {name} cannot be imported: {error}\n")


def _one_thread() -> None:
    """One torch thread a worker: on shared cores a second one costs more than it brings."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def _give_memory_back() -> None:
    """Return what a large question has left to the system: the next worker may need it."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main(sys.argv[1:])
