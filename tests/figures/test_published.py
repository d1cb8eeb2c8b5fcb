"""Published errors stand beside the cost of their own network, and only what was measured alike is compared."""

from __future__ import annotations

import pytest

from resnet_viz import zoo
from resnet_viz.figures import published
from resnet_viz.figures.error_chart import error_chart
from resnet_viz.graph.shipped import facts
from resnet_viz.theme import THEMES, Theme
from resnet_viz.zoo import catalog


@pytest.mark.parametrize("family", catalog.families())
def test_every_family_with_errors_has_points_of_its_own(family: str) -> None:
    spec = catalog.families()[family][0].spec
    for setting in published.settings(spec):
        points = published.points(setting, facts())
        assert {point.result.measured for point in points} == {setting}
        assert any(point.spec.family == family for point in points)


def test_a_point_costs_what_its_network_costs() -> None:
    points = {p.spec.label: p for p in published.points("ImageNet validation, 10-crop", facts())}
    assert points["resnet50-stride_in1x1"].cost.num_parameters == 25_557_032
    assert points["resnet50-stride_in1x1"].result.error == 22.85


@pytest.mark.parametrize("theme", THEMES)
def test_the_chart_shows_every_error_once(theme: Theme) -> None:
    points = published.points("ImageNet validation, 10-crop", facts())
    figure = error_chart(points, zoo.spec("resnet50"), theme)
    shown = sorted((x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True))
    assert shown == sorted((p.cost.num_parameters, p.result.error) for p in points)
    own = figure.data[-1]
    assert own.name == "ResNet v1 for ImageNet" and "resnet50" in own.text


def test_plain_twins_of_other_families_are_left_out() -> None:
    points = published.points("ImageNet validation, 1-crop", facts())
    plain = [(p.cost.num_parameters, p.result.error) for p in points if p.spec.is_plain]
    figure = error_chart(points, zoo.spec("res2net50_26w_4s"), "light")
    shown = [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)]
    assert plain and not set(plain) & set(shown)
    assert len(shown) == len(points) - len(plain)
