"""Pages as their script runs them: Streamlit's own test driver, no browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_viz import text

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture
def open_page() -> Iterator[Callable[..., AppTest]]:
    """Runs a page (file stem) at an address, once."""

    def opened(page: str, **address: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=120)
        app.switch_page(f"pages/{page}.py")
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    yield opened
    text.use("en")
