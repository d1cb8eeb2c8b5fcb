"""Faults planted in a clean drawing are found, each by its own sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from resnet_viz.diagrams import Scene, check


def clean() -> Scene:
    """Two boxes with labels on a line, a sum, a shortcut around the second box, all on a panel."""
    scene = Scene(400, 200)
    scene.rect(5, 5, 390, 190, "panel")
    scene.line([(80, 100), (120, 100)], "flow")
    scene.line([(180, 100), (240, 100)], "flow")
    scene.rect(20, 85, 60, 30, "unit")
    scene.text(50, 100, "stem")
    scene.rect(120, 85, 60, 30, "weighted")
    scene.text(150, 100, "3×3")
    scene.line([(100, 100), (100, 60), (249, 60), (249, 91)], "identity")
    scene.circle(249, 100, 9, "merge", "+")
    scene.text(175, 50, "identity", role="shortcut")
    return scene


def test_a_clean_drawing_has_no_fault() -> None:
    assert check(clean()) == []


FAULTS: dict[str, tuple[Callable[[Scene], None], str]] = {
    "a text on a text": (lambda s: s.text(180, 53, "other"), "overlaps"),
    "a text too long for its box": (lambda s: s.text(150, 100, "a label much too long"), "only half inside"),
    "a text beyond the frame": (lambda s: s.text(390, 20, "far right", anchor="start"), "outside the frame"),
    "a line beyond the frame": (lambda s: s.line([(300, 150), (300, 260)], "flow"), "outside the frame"),
    "a box on a box": (lambda s: s.rect(70, 110, 60, 40, "unit"), "lies on"),
    "a circle on a box": (lambda s: s.circle(120, 100, 9, "merge"), "lies on"),
    "a line through a box": (lambda s: s.line([(130, 30), (130, 150)], "flow"), "runs through rect weighted"),
    "a line through a circle": (lambda s: s.line([(220, 98), (300, 98)], "flow"), "runs through circle"),
    "a line through a label": (lambda s: s.line([(175, 20), (175, 58)], "flow"), "runs through “identity”"),
    "a curve through a box": (
        lambda s: s.curve(((20, 150), (300, 150), (10, 70), (300, 70)), "exchange"),
        "runs through rect weighted",
    ),
    "a shortcut on the main line": (
        lambda s: s.line([(181, 100), (200, 100), (200, 40)], "identity", arrow=False),
        "runs on top of line flow",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    plant, words = FAULTS[name]
    scene = clean()
    plant(scene)
    assert any(words in sentence for sentence in check(scene))


def test_a_line_may_touch_the_boxes_that_it_connects() -> None:
    scene = Scene(300, 100)
    scene.rect(20, 20, 40, 30, "unit")
    scene.rect(200, 20, 40, 30, "unit")
    scene.line([(60, 35), (200, 35)], "flow")
    assert check(scene) == []


def test_a_shortcut_may_leave_the_main_line_where_it_forks() -> None:
    scene = Scene(300, 200)
    scene.line([(100, 20), (100, 150)], "flow")
    scene.line([(100, 20), (100, 32), (200, 32), (200, 100)], "identity")
    assert check(scene) == []


def test_lines_that_cross_are_no_fault() -> None:
    scene = Scene(300, 200)
    scene.line([(100, 20), (100, 150)], "flow")
    scene.line([(20, 80), (200, 80)], "identity")
    assert check(scene) == []


def test_large_drawings_are_checked_in_linear_time() -> None:
    """No pair is looked at twice: 40,000 boxes would be 800 million pairs."""
    scene = Scene(200 * 30 + 40, 200 * 30 + 40)
    for row in range(200):
        for column in range(200):
            scene.rect(column * 30 + 10, row * 30 + 10, 20, 20, "unit")
    assert check(scene) == []
