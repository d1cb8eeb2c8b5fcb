"""Widths of texts without a font at hand: a small table of advance widths, made from the fonts that Streamlit ships."""

from __future__ import annotations

import json
from functools import cache, lru_cache

from resnet_viz import assets

WEIGHTS = (400, 500, 600)
MONO_WIDTH = 0.6  # of the size: every character of Source Code
_UNKNOWN = 0.56


@cache
def _widths() -> dict[int, dict[str, float]]:
    table = json.loads(assets.path("font_widths.json").read_text(encoding="utf-8"))
    return {int(weight): {c: w / 1000 for c, w in row.items()} for weight, row in table["sans"].items()}


def is_wide(character: str) -> bool:
    """Whether a character is as wide as it is high: Chinese, Japanese, Korean and full-width forms."""
    return ord(character) >= 0x2E80


@lru_cache(maxsize=8192)
def text_width(text: str, size: float, weight: int = 400, mono: bool = False) -> float:
    """Width of a line of text in pixels."""
    if mono:
        return size * sum(1.0 if is_wide(c) else MONO_WIDTH for c in text)
    row = _widths()[min(WEIGHTS, key=lambda w: abs(w - weight))]
    return size * sum(1.0 if is_wide(c) else row.get(c, _UNKNOWN) for c in text)
