"""Streamlit servers and Chromium for the tests that need a real page."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The address of a server that runs a script (path from the repository's root), started when first asked for."""
    running: dict[str, tuple[subprocess.Popen[bytes], str]] = {}

    def start(script: str) -> str:
        if script not in running:
            log = tmp_path_factory.mktemp("server") / "log.txt"
            running[script] = _started(script, log)
        return running[script][1]

    yield start
    for process, _address in running.values():
        process.terminate()
    for process, _address in running.values():
        process.wait(20)


def _started(script: str, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    port = _free_port()
    options = [
        "--server.headless=true",
        "--client.showErrorDetails=full",
        "--server.address=127.0.0.1",
        f"--server.port={port}",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    for _attempt in range(300):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return process, address
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    process.terminate()
    raise RuntimeError(f"{script} was not served:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's where there is one, else the one that Playwright installed."""
    executable = next((path for path in CHROMIUM if Path(path).exists()), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; a script error in it, or a request to another machine, fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 1060}, color_scheme="light")
    errors: list[str] = []
    outside: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "blob:", "data:")):
            outside.append(request.url)

    new = context.new_page()
    new.on("pageerror", lambda error: errors.append(str(error)))
    new.on("request", note)
    yield new
    context.close()
    assert not errors
    assert not outside
