"""Scenes as PNG."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from resnet_viz.diagrams import Scene, fonts_unpack
from resnet_viz.theme import colour


def scene() -> Scene:
    out = Scene(title="a title")
    out.rect(0, 0, 100, 30, "weighted")
    out.text(50, 15, "3×3 conv, 64 → σ", 12, weight=500)
    out.line([(100, 15), (150, 15), (150, 60)], "projection")
    return out.fit(10)


def image(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_the_size_is_the_scenes_times_the_scale(scale: int) -> None:
    drawn = scene()
    assert image(drawn.to_png(scale)).size == pytest.approx((drawn.width * scale, drawn.height * scale), abs=scale)


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert scene().to_png() == scene().to_png()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ground_is_that_of_the_theme(theme: str) -> None:
    red, green, blue = image(scene().to_png(1, theme)).getpixel((1, 1))  # type: ignore[arg-type, misc]
    assert f"#{red:02X}{green:02X}{blue:02X}" == colour("background", theme)  # type: ignore[arg-type]


def test_chinese_without_a_font_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = fonts_unpack._package_folder
    monkeypatch.setattr(fonts_unpack, "_package_folder", lambda name: None if name == "mplfonts" else real(name))
    drawn = scene()
    drawn.text(50, 50, "残差")
    with pytest.raises(ValueError, match="pip install mplfonts"):
        drawn.to_png()


def test_a_picture_too_large_is_refused_with_its_size() -> None:
    with pytest.raises(ValueError, match="40000 × 40000"):
        Scene(10_000, 10_000).to_png(4)


def test_a_scale_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="0 × 0"):
        scene().to_png(0)
