"""What the files beside the code promise: pins, colours, who may import what outside the package."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import resnet_viz
from resnet_viz.theme import colour

ROOT = Path(__file__).parent.parent
SCRIPTS = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]


def pins(name: str) -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return dict(line.split("==") for line in lines if "==" in line)


def test_what_is_installed_is_what_is_pinned() -> None:
    assert {name: version(name).partition("+")[0] for name in pins("requirements.txt")} == pins("requirements.txt")


def test_every_requirement_is_pinned_exactly() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
        wanted = [line for line in lines if line and not line.startswith("-r ")]
        assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", line) for line in wanted)


def test_the_rooms_that_the_package_names_are_those_it_has() -> None:
    rooms = {path.parent.name for path in (ROOT / "resnet_viz").glob("*/__init__.py")}
    assert set(re.findall(r"`(\w+)`", resnet_viz.__doc__ or "")) == rooms


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_the_colours_of_the_one_table(theme: str) -> None:
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][theme]
    roles = {
        "primaryColor": "shortcut",
        "backgroundColor": "background",
        "secondaryBackgroundColor": "panel",
        "textColor": "ink",
        "linkColor": "shortcut",
        "borderColor": "border",
        "codeBackgroundColor": "panel",
    }
    assert {key: config[key] for key in roles} == {key: colour(role, theme) for key, role in roles.items()}  # type: ignore[arg-type]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_pages_know_ui_and_values_only(script: Path) -> None:
    allowed = {"__future__", "streamlit", "resnet_viz.text", "resnet_viz.ui"}
    for node in ast.walk(ast.parse(script.read_text())):
        if isinstance(node, ast.Import):
            assert {name.name for name in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert any(f"{node.module}.".startswith(f"{room}.") for room in allowed), node.module


@pytest.mark.parametrize("script", SCRIPTS[1:], ids=lambda path: path.name)
def test_a_page_stays_thin(script: Path) -> None:
    assert len(script.read_text().splitlines()) <= 60
