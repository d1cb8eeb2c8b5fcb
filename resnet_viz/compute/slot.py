"""One place where work runs: a thread of the server that leads one worker process after the other."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence

from resnet_viz.compute.conversation import Conversation
from resnet_viz.compute.fair_queue import FairQueue
from resnet_viz.compute.jobs import CLOSED, CRASHED, KILLED, NO_START, ComputeError, Task
from resnet_viz.compute.process import WorkerProcess, reason

_STARTS = 2  # a worker that dies before it has begun with a question is replaced once


class Slot:
    """Takes tasks from the queue and has them answered. A worker that dies is replaced at once, to be warm again."""

    def __init__(
        self,
        waiting: FairQueue,
        allowed: Sequence[str],
        preload: Sequence[str],
        grace: float,
        forget: Callable[[Task], None],
    ) -> None:
        self._queue, self._grace, self._forget = waiting, grace, forget
        self._allowed, self._preload = allowed, preload
        self._closing = False
        self._process: WorkerProcess | None = None
        self._warm_up()
        self._thread = threading.Thread(target=self._serve, name="compute-slot", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Process number of the worker, None while there is none."""
        return None if self._process is None else self._process.pid

    def stop(self, task: Task) -> None:
        """Stop this task, if it runs here."""
        if self._process is not None:
            self._process.events.put(("stop", task.number))

    def close(self) -> None:
        """Let the worker go, also in the middle of a question."""
        self._closing = True
        if self._process is not None:
            self._process.end()

    def wait(self) -> None:
        """Return when the worker and the thread have gone."""
        if self._process is not None:
            self._process.wait(2.0)
        self._thread.join(5.0)

    def _running(self) -> WorkerProcess:
        """The worker; a new one where it has died. OSError or RuntimeError when the system cannot start one now."""
        if self._process is None or self._process.has_ended:
            self._process = WorkerProcess(self._allowed, self._preload)
        return self._process

    def _warm_up(self) -> None:
        """Have a worker ready for the next task, which tries again when there is none."""
        with contextlib.suppress(OSError, RuntimeError):
            self._running()

    def _serve(self) -> None:
        while (task := self._queue.take()) is not None:
            if not task.ended:
                self._answer(task)
            self._forget(task)
            if not self._closing:
                self._warm_up()
        if self._process is not None:
            self._process.end()

    def _answer(self, task: Task) -> None:
        """Set the outcome of a task, whatever happens: nobody else would, and its askers wait."""
        try:
            self._converse(task)
        except (OSError, RuntimeError) as error:  # no memory, process number or thread for a worker
            task.finish(error=ComputeError("crash", NO_START, {"reason": error}))
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            task.finish(error=ComputeError("crash", CRASHED, {"reason": type(error).__name__}))
            if self._process is not None:  # it may still be at the question
                self._process.kill()
                self._process.wait(2.0)

    def _converse(self, task: Task) -> None:
        status, begun = 0, False
        for _attempt in range(_STARTS):
            conversation = Conversation(self._running(), task, self._grace)
            ended = conversation.hold()
            if ended is None:
                return
            status, begun = ended, conversation.has_begun
            if begun or task.ended or self._closing:
                break
        task.finish(error=self._why(status, begun))

    def _why(self, status: int, begun: bool) -> ComputeError:
        """What became of a task whose worker ended with this status."""
        if self._closing:
            return ComputeError("closed", CLOSED)
        if not begun:
            return ComputeError("crash", NO_START, {"reason": reason(status)})
        if status == -signal.SIGKILL:
            return ComputeError("memory", KILLED)
        return ComputeError("crash", CRASHED, {"reason": reason(status)})
