"""A Streamlit server and a Chromium to look at it with, for the benchmarks and for the browser tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_STARTING = 60  # seconds that a server may take


@dataclass(frozen=True)
class Server:
    """Where it listens, and the process that answers (workers are its children)."""

    address: str
    process: subprocess.Popen[bytes]

    def memory(self) -> float:
        """Resident set of the server process alone, in MB of 2**20 bytes (Linux)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))

    def mapped(self) -> set[str]:
        """The files mapped into the server process, with every library it has loaded (Linux)."""
        lines = Path(f"/proc/{self.process.pid}/maps").read_text().splitlines()
        return {fields[5] for line in lines if len(fields := line.split(maxsplit=5)) == 6}


@contextmanager
def serving(script: str, *options: str) -> Iterator[Server]:
    """A server that runs this script (path from the repository's root).

    RuntimeError with the server's log if it does not start.
    """
    with tempfile.TemporaryFile() as log:
        server = _start(script, options, log)
        try:
            _wait(server, script, log)
            yield server
        finally:
            server.process.terminate()
            server.process.wait(20)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium where there is one, else the one that Playwright installed."""
    executable = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


def _start(script: str, options: tuple[str, ...], log: IO[bytes]) -> Server:
    port = _free_port()
    where = ("--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, *where, *options],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return Server(f"http://127.0.0.1:{port}", process)


def _wait(server: Server, script: str, log: IO[bytes]) -> None:
    """Return when the server answers."""
    deadline = time.monotonic() + _STARTING
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    log.seek(0)
    raise RuntimeError(f"{script} was not served:\n{log.read().decode(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
