"""Lesion charts show every error that was measured, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from resnet_viz.figures.lesion_lanes import LesionLane, band, deleted, median_cost, positions, worst
from resnet_viz.figures.lesions import lesion_chart
from resnet_viz.theme import THEMES, Theme, colour
from tests.figures.made_studies import block_names, lesions

ERRORS = [0.30, 0.03, 0.03, 0.60, 0.03, 0.03, 0.025, 0.03, 0.03]
PLAIN = [0.8, 0.8, 0.9, np.nan, 0.8, 0.7, np.nan, 0.8, 0.8]


def single() -> list[LesionLane]:
    plain = lesions(PLAIN, intact_error=0.05)
    return [LesionLane("residual", "net", (lesions(ERRORS),)), LesionLane("plain", "twin", (plain,))]


def drawn(figure: go.Figure, label: str) -> Any:
    """The trace of marks that tells of its blocks."""
    return next(t for t in figure.data if t.customdata is not None and label in str(t.hovertemplate))


def words(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize("theme", THEMES)
def test_every_block_stands_at_its_error_with_its_name(theme: Theme) -> None:
    figure = lesion_chart(single(), theme)
    net, twin = drawn(figure, "net"), drawn(figure, "twin")
    assert list(net.y) == pytest.approx([100 * error for error in ERRORS])
    assert [row[0] for row in net.customdata] == list(block_names(3))
    assert list(twin.y) == pytest.approx([100 * error for error in PLAIN if not np.isnan(error)])
    assert [net.marker.color, twin.marker.color] == [colour("shortcut", theme), colour("plain", theme)]
    assert len({round(float(x)) for x in net.x}) == 9 and not set(net.x) & set(twin.x)


def test_blocks_that_change_the_shape_look_different_and_those_that_stay_have_a_cross() -> None:
    figure = lesion_chart(single(), "light")
    symbols = dict(zip(block_names(3), drawn(figure, "net").marker.symbol, strict=True))
    assert [name for name, symbol in symbols.items() if symbol == "diamond-open"] == ["layer2.0", "layer3.0"]
    crosses = [t for t in figure.data if t.marker.symbol == "x-thin-open" and t.x[0] is not None]
    assert [len(t.x) for t in crosses] == [2]
    shown = [t.name for t in figure.data if t.showlegend is not False]
    assert shown == ["keeps the shape", "changes the shape", "cannot be deleted"]


def test_intact_and_chance_are_levels_and_what_matters_is_named() -> None:
    figure = lesion_chart(single(), "light")
    assert {2.0, 5.0, 90.0} <= {shape.y0 for shape in figure.layout.shapes}
    said = words(figure)
    assert "net, intact 2.0 %" in said and "twin, intact 5.0 %" in said and "chance 90.0 %" in said
    assert {"layer1", "layer2", "layer3", "layer1.0", "layer2.0"} <= set(said) and "layer3.0" not in said


def test_random_deletions_start_at_the_intact_network_and_have_a_band_over_the_draws() -> None:
    errors = [[0.1, 0.3, 0.9], [0.2, 0.4, 0.8], [0.1, 0.8, 0.7]]
    figure = lesion_chart([LesionLane("residual", "net", (lesions(errors, study="random"),))], "dark")
    line = drawn(figure, "net")
    assert list(line.x) == [0, 1, 2, 3] and list(line.y) == pytest.approx([2, 10, 40, 80])
    around = next(t for t in figure.data if t.fill == "toself")
    assert list(around.y) == pytest.approx([2, 10, 30, 70, 90, 80, 20, 2])
    assert "net" in words(figure)


def test_orders_are_drawn_against_kendalls_tau_from_the_trained_order_on() -> None:
    taus = np.array([[0.9, 0.5], [0.8, 0.7], [0.7, 0.6]])
    answer = lesions([[0.1, 0.5], [0.2, 0.4], [0.3, 0.6]], study="order", kendall_tau=taus)
    figure = lesion_chart([LesionLane("residual", "net", (answer,))], "light")
    line = drawn(figure, "net")
    assert list(line.x) == pytest.approx([1, 0.8, 0.6]) and list(line.y) == pytest.approx([2, 20, 50])
    assert figure.layout.xaxis.range[0] > 1 > figure.layout.xaxis.range[1]
    points = next(t for t in figure.data if t.mode == "markers")
    assert sorted(points.x) == pytest.approx(sorted(taus.ravel()))


def test_seeds_are_taken_together_each_against_its_own_intact_network() -> None:
    one, other = lesions(np.full(9, 0.10), intact_error=0.02), lesions(np.full(9, 0.20), intact_error=0.06)
    lane = LesionLane("residual", "net", (one, other))
    assert lane.intact == pytest.approx(4) and median_cost(deleted(lane)) == pytest.approx(11)
    assert list(drawn(lesion_chart([lane], "light"), "net").error_y.array) == pytest.approx([5] * 9)


def test_names_at_the_end_of_lines_do_not_overlap() -> None:
    lanes = [LesionLane("residual", f"net{n}", (lesions([[0.1, 0.9]], study="random"),)) for n in range(3)]
    figure = lesion_chart(lanes, "light")
    pixel = (figure.layout.yaxis.range[1] - figure.layout.yaxis.range[0]) / figure.layout.height
    heights = sorted(note.y for note in figure.layout.annotations)
    assert len(heights) == 4 and min(np.diff(heights)) > 13 * pixel
    assert heights[-1] <= figure.layout.yaxis.range[1]


def test_only_blocks_that_cost_clearly_more_than_usual_stand_out() -> None:
    assert [block.name for block in worst(single()[0])] == ["layer2.0", "layer1.0"]
    assert worst(LesionLane("residual", "net", (lesions(np.full(9, 0.03)),))) == []


def test_a_band_leaves_out_what_was_not_measured() -> None:
    found = band(np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]]))
    assert list(found.low[:2]) == [1, 5] and list(found.median[:2]) == [2, 5] and np.isnan(found.high[2])


def test_networks_of_different_blocks_share_one_axis() -> None:
    assert positions([LesionLane("plain", "a", (lesions(ERRORS[:6], 2),)), *single()]) == list(block_names(3))
