"""Questions to worker processes: submit one, watch it, cancel it. Imports nothing of the project, and no torch.

    client = Client()
    job = client.submit("resnet_viz.probes.gradients:measure", question, timeout=60)
    answer = job.result()

A function of a worker is named by a string and takes the question; when it also takes `progress`, it is given
`progress(fraction, text="")`, which reports and is where a cancelled question stops. A question and its answer are
pickled; they must not hold objects of torch (`frames.HEAVY`), which the server does not import.
"""

from __future__ import annotations

import atexit
import itertools
import os
import pickle
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

from resnet_viz.compute.fair_queue import FairQueue
from resnet_viz.compute.jobs import CANCELLED, CLOSED, ComputeError, Job, Task
from resnet_viz.compute.slot import Slot

__all__ = ["Client", "ComputeError", "Job", "shared_client"]

ALLOWED = ("resnet_viz.",)
PRELOAD = ("torch", "resnet_viz.probes.architecture", "resnet_viz.probes.gradients", "sklearn.datasets")


class Client:
    """A pool of warm worker processes, for all threads and sessions of a server.

    `workers` is their number: by default one a core, less the core the server itself needs, at least one; the variable
    RESNET_VIZ_WORKERS overrides it. `allowed` are the prefixes of the modules that may be called, `preload` the modules
    that a worker imports before it is asked, `grace` the seconds a cancelled question has to stop by itself.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        allowed: Sequence[str] = ALLOWED,
        preload: Sequence[str] = PRELOAD,
        grace: float = 1.0,
    ) -> None:
        self._queue = FairQueue()
        self._lock = threading.Lock()
        self._tasks: dict[tuple[Any, ...], Task] = {}
        self._numbers = itertools.count(1)
        self._closed = False
        count = number_of_workers() if workers is None else workers
        self._slots = [Slot(self._queue, allowed, preload, grace, self._forget) for _ in range(count)]

    @property
    def pids(self) -> list[int]:
        """Process numbers of the workers of this moment."""
        return [slot.pid for slot in self._slots if slot.pid is not None]

    def submit(
        self,
        function: str,
        question: Any,
        timeout: float | None = None,
        *,
        owner: str = "",
        context: Sequence[tuple[str, Any]] = (),
    ) -> Job:
        """A job for `function` ("package.module:name"), called with `question` in the next free worker.

        `timeout` limits the seconds of work; the time in the queue does not count. Owners (sessions, say) take turns in
        the queue. `context` are calls that set the scene first, in a context of their own:
        [("resnet_viz.text:use", "zh")] lets the worker's sentences be Chinese. A question that is being answered
        already is not asked twice: both jobs get the one answer.
        """
        key = (function, tuple(context), pickle.dumps(question, protocol=pickle.HIGHEST_PROTOCOL))
        with self._lock:
            if self._closed:
                raise ComputeError("closed", CLOSED)
            task = self._tasks.get(key)
            if task is not None and not task.ended:
                return Job(task)
            task = self._tasks[key] = Task(next(self._numbers), key, timeout, owner, self._give_up)
            job = Job(task)
        if not self._queue.put(task):  # closed by another thread in between
            task.finish(error=ComputeError("closed", CLOSED))
        return job

    def close(self) -> None:
        """End all workers; what is still asked gets a ComputeError."""
        with self._lock:
            self._closed = True
        for task in self._queue.close():
            task.finish(error=ComputeError("closed", CLOSED))
        for slot in self._slots:
            slot.close()
        for slot in self._slots:
            slot.wait()

    def _give_up(self, task: Task) -> None:
        """The last asker has gone: drop the task from the queue, or stop its worker."""
        self._forget(task)
        waiting = self._queue.remove(task)
        task.finish(error=ComputeError("cancelled", CANCELLED))
        if not waiting:
            for slot in self._slots:
                slot.stop(task)

    def _forget(self, task: Task) -> None:
        with self._lock:
            if self._tasks.get(task.key) is task:
                del self._tasks[task.key]


def number_of_workers() -> int:
    """One a core less one, at least one; RESNET_VIZ_WORKERS overrides it."""
    wanted = os.environ.get("RESNET_VIZ_WORKERS", "")
    if not wanted:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, cores - 1)
    if not wanted.isdigit() or int(wanted) < 1:
        raise ValueError(f"RESNET_VIZ_WORKERS is {wanted!r}: a whole number from 1 on is wanted")
    return int(wanted)


@cache
def _shared() -> Client:
    client = Client()
    atexit.register(client.close)
    return client


_making = threading.Lock()


def shared_client() -> Client:
    """The one client of this process, started at the first call."""
    with _making:
        return _shared()
