"""A question on its way: what its asker may look at, wait for, and give up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

ErrorKind = Literal[
    "question",  # the question itself cannot be answered (a ValueError of the function)
    "failure",  # the function raised something else
    "memory",  # there was not enough memory
    "crash",  # the worker process died
    "timeout",
    "cancelled",
    "closed",  # the client was closed
]


def N_(message: str) -> str:
    """`message` itself, marked for the catalogs of the user interface (this room imports nothing of the project)."""
    return message


CANCELLED = N_("Cancelled.")
CLOSED = N_("The workers have been stopped.")
TIMED_OUT = N_("This took longer than {seconds} seconds and was stopped.")
NO_MEMORY = N_("There is not enough memory for this on this machine.")
KILLED = N_("The worker process was killed, most likely because the machine ran out of memory; a new one takes over.")
CRASHED = N_("The worker process ended unexpectedly ({reason}); a new one takes over.")
NO_START = N_("The worker process did not start ({reason}).")
UNREADABLE = N_("The answer could not be read ({reason}).")


class ComputeError(Exception):
    """Why there is no answer, as one sentence for the user.

    `message` and `values` are the sentence as a template, for translation; `detail` is a traceback, for the log.
    """

    def __init__(
        self, kind: ErrorKind, message: str, values: Mapping[str, object] | None = None, detail: str = ""
    ) -> None:
        self.kind, self.message, self.values, self.detail = kind, message, dict(values or {}), detail
        super().__init__(message.format(**self.values) if self.values else message)


class Task:
    """One question, asked by one or several jobs. The client's own; thread-safe."""

    def __init__(
        self, number: int, key: tuple[Any, ...], timeout: float | None, owner: str, give_up: Callable[[Task], None]
    ) -> None:
        self.number, self.key, self.timeout, self.owner = number, key, timeout, owner
        self.progress: float | None = None
        self.text = ""
        self._give_up = give_up
        self._askers = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._answer: Any = None
        self._error: ComputeError | None = None

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def finish(self, answer: Any = None, error: ComputeError | None = None) -> None:
        """Set the outcome; only the first counts."""
        with self._lock:
            if not self._ended.is_set():
                self._answer, self._error = answer, error
                self._ended.set()

    def wait(self, seconds: float | None) -> bool:
        return self._ended.wait(seconds)

    def outcome(self) -> Any:
        """The answer; raises the error when there is none."""
        if self._error is not None:
            error = self._error  # a fresh one for each asker: a raised exception collects its traceback
            raise ComputeError(error.kind, error.message, error.values, error.detail)
        return self._answer

    def join(self) -> None:
        with self._lock:
            self._askers += 1

    def leave(self) -> None:
        """One asker less; the last one stops the work."""
        with self._lock:
            self._askers -= 1
            last = self._askers == 0
        if last and not self.ended:
            self._give_up(self)


class Job:
    """One asker's hold on a question."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._lock, self._cancelled = threading.Lock(), False
        task.join()

    @property
    def done(self) -> bool:
        """Whether `result` returns, or raises, at once."""
        return self._cancelled or self._task.ended

    @property
    def progress(self) -> float | None:
        """Part of the work that is done, 0 to 1; None where that is not known."""
        return 1.0 if self._task.ended else self._task.progress

    @property
    def text(self) -> str:
        """What is being done, in the words of the function that answers; may be empty."""
        return self._task.text

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it is done, after waiting for at most so long."""
        return self._cancelled or self._task.wait(seconds)

    def result(self, timeout: float | None = None) -> Any:
        """The answer, waited for. Raises ComputeError, or TimeoutError when it is not there after `timeout` seconds."""
        if not self.wait(timeout):
            raise TimeoutError(f"no answer after {timeout} s")
        if self._cancelled:
            raise ComputeError("cancelled", CANCELLED)
        return self._task.outcome()

    def cancel(self) -> None:
        """Give up: the answer is not wanted any more. The work stops when nobody else waits for the same."""
        with self._lock:
            if self.done:
                return
            self._cancelled = True
        self._task.leave()
