"""The unravelled view has every path once, and can be read."""

from __future__ import annotations

import math
import re
from collections import Counter

import pytest

from resnet_viz.diagrams import Scene, check
from resnet_viz.diagrams.scene import Circle, Line, Text
from resnet_viz.diagrams.unravelled import unravelled
from resnet_viz.theme import THEMES

BLOCKS = (1, 2, 3, 4)


def texts(scene: Scene) -> list[Text]:
    return [item for item in scene if isinstance(item, Text)]


@pytest.mark.parametrize("blocks", BLOCKS)
def test_it_is_clean_and_the_same_twice(blocks: int) -> None:
    assert check(unravelled(blocks)) == []
    for theme in THEMES:
        assert unravelled(blocks).to_svg(theme) == unravelled(blocks).to_svg(theme)


@pytest.mark.parametrize("blocks", BLOCKS)
def test_lengths_are_those_of_all_paths(blocks: int) -> None:
    lengths = Counter(int(text.text) for text in texts(unravelled(blocks)) if text.text.isdigit())
    assert lengths == {k: math.comb(blocks, k) for k in range(blocks + 1)}


@pytest.mark.parametrize("blocks", BLOCKS)
def test_a_branch_takes_the_sum_of_what_reaches_it_so_that_the_last_is_drawn_once(blocks: int) -> None:
    scene = unravelled(blocks)
    drawn = Counter(text.text for text in texts(scene) if text.text.startswith("F"))
    assert drawn == {f"F{'₀₁₂₃₄'[k]}": 2 ** (blocks - k) for k in range(1, blocks + 1)}
    sums = sum(isinstance(item, Circle) and item.sign == "+" for item in scene)
    identities = sum(isinstance(item, Line) and item.role == "identity" for item in scene)
    assert sums == identities == 2**blocks - 1


def test_the_tip_of_a_path_names_the_branches_of_its_length() -> None:
    tips = [text.mark.tip for text in texts(unravelled(3)) if text.mark and text.text.isdigit()]
    assert len(set(tips)) == 8
    assert "Path of length 2: F₁, F₃" in tips and "Path of length 0: shortcuts only" in tips
    assert all(int(re.findall(r"\d", tip)[0]) == tip.count("F") for tip in tips)


@pytest.mark.parametrize("wrong", [0, 5, -1, 2.0, True])
def test_more_lanes_than_can_be_followed_are_refused_with_the_reason(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"from 1 to 4 can be drawn path by path.*more than 16 lanes"):
        unravelled(wrong)  # type: ignore[arg-type]
