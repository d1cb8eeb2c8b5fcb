"""Widths of texts, and the fonts behind PNG files."""

from __future__ import annotations

import io

import numpy
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from resnet_viz import assets
from resnet_viz.diagrams import fonts_unpack
from resnet_viz.diagrams.fonts import WEIGHTS, text_width
from resnet_viz.diagrams.scene import Scene

SIGNS = "×→²³σ‖−·÷≤≥…₂₃₀°±½∂∞√–—“”"


def test_the_table_of_widths_is_that_of_the_fonts() -> None:
    assert assets.path("font_widths.json").read_text(encoding="utf-8") == fonts_unpack.widths()


@pytest.mark.parametrize("mono", [False, True])
@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_text_is_as_wide_as_it_is_drawn(weight: int, mono: bool) -> None:
    if mono and weight != 400:
        pytest.skip("the mono face has one weight")
    text = "H3×3 conv, 512, /2 → Wide 256 × 56 × 56 BN + ReLUH"  # H has almost no side bearings
    scene = Scene(600, 40)
    scene.text(10, 20, text, 16, weight=weight, anchor="start", mono=mono)
    pixels = numpy.asarray(Image.open(io.BytesIO(scene.to_png(4))).convert("L"))
    inked = numpy.flatnonzero((pixels < 128).any(axis=0))
    drawn = (inked[-1] - inked[0] + 1) / 4
    assert drawn == pytest.approx(text_width(text, 16, weight, mono), abs=3.5)


def test_bold_text_is_wider() -> None:
    assert text_width("residual", 12, 600) > text_width("residual", 12, 500) > text_width("residual", 12)


def test_chinese_characters_are_square() -> None:
    assert text_width("残差网络", 12) == text_width("残差网络", 12, mono=True) == 48


def test_every_sign_that_diagrams_use_is_in_every_font() -> None:
    for path in fonts_unpack.font_files("latin"):
        known = TTFont(path).getBestCmap()
        signs = SIGNS if "mono" in path else SIGNS + "ᵀ"
        assert [sign for sign in signs if ord(sign) not in known] == [], path


def test_unpacked_fonts_say_their_family_and_weight_truly() -> None:
    names = {}
    for path in fonts_unpack.font_files(""):
        font = TTFont(path)
        names[font["name"].getDebugName(16), font["OS/2"].usWeightClass] = font["name"].getDebugName(1)
    sans, mono = fonts_unpack.SANS_FAMILY, fonts_unpack.MONO_FAMILY
    assert names == {(sans, 400): sans, (sans, 500): sans, (sans, 600): sans, (mono, 400): mono}


def test_weights_look_different() -> None:
    def ink(weight: int) -> float:
        scene = Scene(200, 30)
        scene.text(100, 15, "residual", 20, weight=weight)
        pixels = numpy.asarray(Image.open(io.BytesIO(scene.to_png(2))).convert("L"))
        return float((255 - pixels.astype(float)).sum())

    assert ink(400) < ink(500) < ink(600)
