"""One worker process, seen from the server."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from resnet_viz.compute import frames

_PROJECT = Path(__file__).resolve().parents[2]
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class WorkerProcess:
    """A running worker. Everything it says, and ("end", exit status) at last, comes through `events`.

    Started with subprocess, never with multiprocessing: that would import the caller's __main__ again, and under
    Streamlit __main__ is the app. It is its own session, so that Ctrl-C in the server's terminal does not reach it; it
    ends when its standard input does, which the operating system sees to even when the server is killed.
    """

    def __init__(self, allowed: Sequence[str], preload: Sequence[str]) -> None:
        self.events: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self.has_ended = False
        command = [sys.executable, "-m", "resnet_viz.compute.worker", ",".join(allowed), ",".join(preload)]
        self._popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), start_new_session=True
        )
        threading.Thread(target=self._listen, name=f"listen-{self._popen.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def send(self, *frame: Any) -> None:
        """Write to the worker; a worker that has died says so through `events`."""
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            frames.write(self._popen.stdin, frame)

    def kill(self) -> None:
        """End it at once, whatever it does."""
        with contextlib.suppress(OSError):
            self._popen.kill()

    def end(self) -> None:
        """Let it end: it leaves when its standard input is closed."""
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._popen.stdin.close()

    def wait(self, seconds: float) -> None:
        """Wait until it has gone; kill it when that takes too long."""
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self._popen.wait()

    def _listen(self) -> None:
        assert self._popen.stdout is not None
        try:
            while (frame := frames.read(self._popen.stdout)) is not None:
                self.events.put(frame)
        except Exception:  # no sense in a frame, or no memory for it: nothing that follows can be trusted
            traceback.print_exc(file=sys.stderr)
            self.kill()
        finally:
            self._bury(self._popen.stdout)

    def _bury(self, stdout: IO[bytes]) -> None:
        """Reap the process, so that it is never left as a zombie, and say that it has ended."""
        self.wait(1.0)
        self.end()
        stdout.close()
        self.has_ended = True
        self.events.put(("end", self._popen.returncode))


def reason(status: int) -> str:
    """An exit status in words: "SIGSEGV", "exit status 1"."""
    if status < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-status).name
    return f"exit status {status}"


def _environment() -> dict[str, str]:
    """The server's environment with one thread for every numeric library, and this package on the path."""
    path = os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"}
