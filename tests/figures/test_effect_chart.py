"""Intact against operated by depth: the values of the answers, on the axis that suits them."""

from __future__ import annotations

import math

from resnet_viz.figures.effect_chart import EffectLane, correlation_chart, gradient_chart
from tests.figures.made_studies import effect

LOGITS = [[0.0, 1.0]]


def lane(*correlations: list[float]) -> EffectLane:
    return EffectLane("operated", "cut", tuple(effect([1.0, 4.0], each, LOGITS) for each in correlations))


def test_gradients_are_drawn_as_on_the_page_of_gradients() -> None:
    chart = gradient_chart([lane([0.1, 0.2])], ["layer1"])
    (series,) = chart["series"]
    assert chart["log"] and list(series["values"]) == [1.0, 4.0] and series["role"] == "operated"
    assert chart["file_name"].startswith("gradients-resnet20-")


def test_correlations_have_a_linear_axis_with_their_signs_and_a_band_over_seeds() -> None:
    chart = correlation_chart([lane([0.0, -0.5], [0.5, 0.1])], ["layer1"])
    (series,) = chart["series"]
    assert not chart["log"]
    assert list(series["values"]) == [0.25, -0.2]
    assert [series["low"], series["high"]] == [[0.0, -0.5], [0.5, 0.1]]
    assert series["marks"] == []


def test_a_correlation_that_is_not_defined_is_marked() -> None:
    (series,) = correlation_chart([lane([math.nan, 0.3])], ["layer1"])["series"]
    assert list(series["values"]) == [None, 0.3]
    assert [(mark["index"], mark["kind"]) for mark in series["marks"]] == [(0, "nan")]
