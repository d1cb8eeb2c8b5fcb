"""One question to one worker process, from asking to the answer, or to the end of the worker."""

from __future__ import annotations

import math
import queue
import time
from typing import Any

from resnet_viz.compute import frames
from resnet_viz.compute.jobs import CANCELLED, NO_START, TIMED_OUT, UNREADABLE, ComputeError, Task
from resnet_viz.compute.process import WorkerProcess

_START_LIMIT = 120.0  # seconds that a worker may need to import its libraries on a busy machine


class Conversation:
    """Asks the question of `task` and sets its outcome, unless the worker dies: `hold` then gives its exit status."""

    def __init__(self, process: WorkerProcess, task: Task, grace: float) -> None:
        self._process, self._task, self._grace = process, task, grace
        self.has_begun = False  # the worker has called the function
        self._can_stop = False  # the function reports progress, which is where it stops
        self._stopping = False
        self._deadline = time.monotonic() + _START_LIMIT

    def hold(self) -> int | None:
        """None when the worker is free again, its exit status when it has died."""
        self._process.send("ask", self._task.number, *self._task.key)
        if self._task.ended:  # cancelled before the question was on its way
            self._stop()
        while True:
            event = self._next()
            if event is None:
                self._out_of_time()
            elif event[0] == "end":
                return int(event[1])
            elif event[1] == self._task.number and self._hear(event[0], *event[2:]):
                return None

    def _next(self) -> tuple[Any, ...] | None:
        """What happens next; None when nothing does before the deadline."""
        left = None if math.isinf(self._deadline) else max(0.0, self._deadline - time.monotonic())
        try:
            return self._process.events.get(timeout=left)
        except queue.Empty:
            return None

    def _hear(self, what: str, *values: Any) -> bool:
        """Whether the worker has done with the question."""
        match what:
            case "started":
                self._begin(*values)
            case "progress":
                self._task.progress, self._task.text = values
            case "stop":
                self._stop()
            case "answer":
                self._read(*values)
                return True
            case "error":
                kind, message, detail = values
                self._task.finish(error=ComputeError(kind, message, detail=detail))
                return True
            case "cancelled":
                self._task.finish(error=ComputeError("cancelled", CANCELLED))
                return True
        return False

    def _begin(self, can_stop: bool) -> None:
        self.has_begun, self._can_stop = True, can_stop
        self._deadline = math.inf if self._task.timeout is None else time.monotonic() + self._task.timeout
        if self._stopping:
            self._stop()

    def _read(self, body: bytes) -> None:
        try:
            self._task.finish(frames.loads_light(body))
        except Exception as error:  # whatever unpickling somebody's class may raise
            self._task.finish(error=ComputeError("failure", UNREADABLE, {"reason": error}))

    def _stop(self) -> None:
        """Ask the function to stop; a function that cannot be asked is ended with its worker.

        A worker that is still importing is only told: killing it would make the next question wait for a new one.
        """
        self._stopping = True
        if self.has_begun and not self._can_stop:
            self._kill()
            return
        self._process.send("cancel", self._task.number)
        if self.has_begun:
            self._deadline = time.monotonic() + self._grace

    def _out_of_time(self) -> None:
        if self._stopping:
            self._kill()
        elif self.has_begun:
            self._task.finish(error=ComputeError("timeout", TIMED_OUT, {"seconds": f"{self._task.timeout:g}"}))
            self._stop()
        else:
            self._task.finish(error=ComputeError("crash", NO_START, {"reason": f"{_START_LIMIT:g} s"}))
            self._kill()

    def _kill(self) -> None:
        self._deadline = math.inf  # its end is the next thing to happen
        self._process.kill()
