"""The one table of colours."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from resnet_viz import theme
from resnet_viz.diagrams.roles import BOXES, LINES, SHORTCUT_LINES
from resnet_viz.theme import COLOURS, THEMES, Theme, colour, contrast, css_variables

TEXTS = ("ink", "muted", "shortcut", "plain", "gate")
GROUNDS = ("background", "panel")
PLACES = [*((text, ground) for text in TEXTS for ground in GROUNDS), ("residual", "background")]  # counts: above panels


def test_contrast_is_that_of_the_recommendation() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)  # the textbook's "just not enough"


@pytest.mark.parametrize("mode", THEMES)
@pytest.mark.parametrize(("text", "ground"), PLACES)
def test_text_can_be_read_on_the_page(text: str, ground: str, mode: Theme) -> None:
    assert contrast(colour(text, mode), colour(ground, mode)) >= 4.5


@pytest.mark.parametrize("mode", THEMES)
def test_ink_can_be_read_in_every_box(mode: Theme) -> None:
    fills = {style.fill for role, style in BOXES.items() if style.fill and role != "dot"}  # no text stands in a dot
    assert {
        fill: contrast(colour("ink", mode), colour(fill, mode)) for fill in fills if _faint("ink", fill, mode)
    } == {}


@pytest.mark.parametrize("mode", THEMES)
def test_muted_text_can_be_read_where_it_stands(mode: Theme) -> None:
    assert [fill for fill in ("strip", "background") if _faint("muted", fill, mode)] == []


def _faint(text: str, fill: str, mode: Theme) -> bool:
    return contrast(colour(text, mode), colour(fill, mode)) < 4.5


@pytest.mark.parametrize("mode", THEMES)
def test_lines_and_borders_that_mean_something_stand_out(mode: Theme) -> None:
    strokes = {style.stroke for style in LINES.values()} - {"border"}
    assert [s for s in strokes if contrast(colour(s, mode), colour("background", mode)) < 3] == []


def test_every_role_is_painted_with_colours_of_the_table() -> None:
    used = {c for box in BOXES.values() for c in (box.fill, box.stroke) if c} | {line.stroke for line in LINES.values()}
    assert used <= set(COLOURS)
    assert set(SHORTCUT_LINES.values()) <= set(LINES)


def test_no_two_shortcuts_differ_by_colour_alone() -> None:
    looks = [(LINES[role].dash, LINES[role].width) for role in ("identity", "projection", "cut", "flow")]
    assert len(set(looks)) == len(looks)


def test_css_variables_hold_the_whole_table() -> None:
    declared = dict(line.split(":") for line in css_variables("dark").rstrip(";").split(";"))
    assert declared == {f"--rv-{role}": dark for role, (_light, dark) in COLOURS.items()}


@pytest.mark.parametrize("mode", THEMES)
def test_streamlits_theme_agrees(mode: Theme) -> None:
    path = Path(theme.__file__).parent.parent / ".streamlit/config.toml"
    settings = tomllib.loads(path.read_text(encoding="utf-8"))["theme"][mode]
    wanted = {
        "primaryColor": "shortcut",
        "backgroundColor": "background",
        "secondaryBackgroundColor": "panel",
        "textColor": "ink",
        "borderColor": "border",
    }
    assert {key: settings[key] for key in wanted} == {key: colour(role, mode) for key, role in wanted.items()}
