"""Streamlit servers and Chromium for the tests that need a real page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from benchmarks.browser import Server, chromium, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[str], str]]:
    """The address of a server that runs a script (path from the repository's root), started when first asked for."""
    running: dict[str, Server] = {}
    with ExitStack() as servers:

        def start(script: str) -> str:
            if script not in running:
                running[script] = servers.enter_context(serving(script, "--client.showErrorDetails=full"))
            return running[script].address

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's where there is one, else the one that Playwright installed."""
    with chromium() as browser:
        yield browser


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
