"""Drawings as values."""

from __future__ import annotations

import pytest

from resnet_viz.diagrams.scene import Box, Circle, Curve, Line, Mark, Rect, Scene, Text

MARK = Mark("op:1", "tip")
ITEMS = [
    Rect(1, 2, 30, 10, "unit", mark=MARK),
    Circle(50, 8, 9, "merge", "+", MARK),
    Text(10, 40, "3×3 conv", 12, mark=MARK),
    Text(80, 40, "upward", 12, vertical=True),
    Line(((0, 0), (0, 50), (20, 50)), "flow", mark=MARK),
    Curve(((0, 0), (10, 0), (20, 30), (30, 30)), "exchange"),
]


@pytest.mark.parametrize("item", ITEMS)
def test_moving_an_item_moves_its_box_and_nothing_else(item: object) -> None:
    assert isinstance(item, Rect | Circle | Text | Line | Curve)
    before, after = item.bounds(), item.moved(7, -3).bounds()
    assert after == pytest.approx((before.x0 + 7, before.y0 - 3, before.x1 + 7, before.y1 - 3))
    assert item.moved(7, -3).moved(-7, 3) == item


def test_fit_leaves_the_same_margin_on_every_side() -> None:
    scene = Scene(items=list(ITEMS)).fit(12)
    assert scene.bounds() == pytest.approx((12, 12, scene.width - 12, scene.height - 12))


def test_an_empty_scene_has_no_extent() -> None:
    assert Scene().fit(4).bounds() == Box(0, 0, 0, 0)


def test_a_vertical_text_is_as_high_as_the_same_text_is_wide() -> None:
    lying, upright = Text(0, 0, "3×3 conv, 64").bounds(), Text(0, 0, "3×3 conv, 64", vertical=True).bounds()
    assert upright.y1 - upright.y0 == lying.x1 - lying.x0
    assert upright.centre == lying.centre


@pytest.mark.parametrize(("anchor", "left"), [("start", 100.0), ("middle", 94.0), ("end", 88.0)])
def test_the_anchor_says_which_end_of_a_text_is_at_x(anchor: str, left: float) -> None:
    text = Text(100, 0, "ab", 10, anchor=anchor, mono=True)  # type: ignore[arg-type]
    assert text.bounds().x0 == pytest.approx(left)


def test_repeated_points_of_a_line_are_left_out() -> None:
    scene = Scene()
    scene.line([(0, 0), (0, 0), (5, 0), (5, 0)], "flow")
    scene.line([(3, 3), (3, 3)], "flow")
    assert scene.items == [Line(((0, 0), (5, 0)), "flow")]


def test_extending_paints_another_scene_on_top() -> None:
    scene, other = Scene(items=[ITEMS[0]]), Scene(items=[ITEMS[1]])
    scene.extend(other, 5, 5)
    assert scene.items == [ITEMS[0], ITEMS[1].moved(5, 5)]
