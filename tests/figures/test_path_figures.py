"""Shares by path length are exact, and the charts show them all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from resnet_viz.figures import path_shares
from resnet_viz.figures.path_lengths import curves, energy_chart
from resnet_viz.figures.path_shares import Interval
from resnet_viz.theme import THEMES, Theme
from tests.figures.made_studies import paths

EXACT = [0.0, 3.0, 4.0, 0.0]


def test_the_interval_is_the_shortest_run_that_holds_enough() -> None:
    shares = np.array([0.3, 0.01, 0.29, 0.3, 0.1])
    brute = min(
        (last - first, first, last)
        for first in range(5)
        for last in range(first, 5)
        if shares[first : last + 1].sum() >= 0.68
    )
    assert path_shares.interval(shares, 0.68) == Interval(*brute[1:]) == Interval(2, 4)
    assert path_shares.interval(np.array([0.0, 1.0, 0.0])) == Interval(1, 1)
    assert path_shares.interval(np.full(4, 0.25)) == Interval(0, 3)


def test_the_effective_paths_of_veit_et_al_are_less_than_half_a_percent_of_all() -> None:
    counts = [math.comb(54, k) for k in range(55)]
    assert path_shares.share_within(counts, Interval(5, 17)) == pytest.approx(0.004537, abs=1e-6)
    assert path_shares.share_within(counts, Interval(19, 35)) == pytest.approx(0.980, abs=5e-4)


def test_counts_of_any_size_have_shares_and_exponents() -> None:
    counts = [math.comb(2000, k) for k in range(2001)]
    assert path_shares.shares_of_paths(counts).sum() == pytest.approx(1)
    assert path_shares.log_counts([1, 10**400, 0]).tolist() == [0, 400, -math.inf]


def test_products_of_count_and_norm_are_taken_between_the_lengths_that_were_sampled() -> None:
    norms = np.array([1.0, np.nan, 0.25, np.nan])
    products = path_shares.products([paths(EXACT, sampled_norms=norms)])
    assert products == pytest.approx(np.array([1, 3 * 0.5, 3 * 0.25, 0]) / 3.25)
    assert np.isnan(path_shares.products([paths(EXACT)])).all()
    huge = paths(np.ones(2001), sampled_norms=np.ones(2001))
    assert path_shares.mean_length(path_shares.products([huge])) == pytest.approx(1000)


@pytest.mark.parametrize("theme", THEMES)
def test_the_bars_are_the_shares_of_the_gradient_before_those_of_all_paths(theme: Theme) -> None:
    figure = energy_chart([paths(EXACT)], theme, theory=np.array([0.1, 0.4, 0.4, 0.1]), binomial=np.full(4, 0.25))
    outline, bars, theory, binomial = figure.data
    assert list(bars.y) == pytest.approx([0, 36, 64, 0])
    assert list(outline.y) == pytest.approx([12.5, 37.5, 37.5, 12.5, 12.5]) and list(outline.x)[:2] == [-0.5, 0.5]
    assert list(theory.y) == pytest.approx([10, 40, 40, 10]) and list(binomial.y) == [25] * 4
    said = " ".join(note.text for note in figure.layout.annotations)
    assert "gradient: mean length 1.64, 95 % from lengths 1 to 2" in said and "all paths: mean length 1.50" in said
    assert "theory" in said and "binomial" in said


def test_seeds_are_averaged_with_whiskers() -> None:
    figure = energy_chart([paths([1, 0]), paths([0, 1])], "light")
    bars = figure.data[1]
    assert list(bars.y) == [50, 50] and list(bars.error_y.array) == [50, 50]


def test_a_gradient_of_zero_is_said_and_not_drawn() -> None:
    figure = energy_chart([paths([0.0, 0.0])], "light")
    assert "the gradient is 0 or not finite" in [note.text for note in figure.layout.annotations]
    assert len(curves([paths([0.0, 0.0])], "light").data) > 0


@pytest.mark.parametrize("theme", THEMES)
def test_three_curves_share_their_lengths(theme: Theme) -> None:
    norms = np.array([0.1, 0.01, np.nan, np.nan])
    answer = paths(EXACT, sampled_norms=norms, sampled_spread=np.full(4, math.log(10)))
    figure = curves([answer], theme)
    rows = {axis: [t for t in figure.data if t.yaxis == axis] for axis in ("y", "y2", "y3")}
    assert list(rows["y"][0].y) == pytest.approx(np.log10([1, 3, 3, 1]))
    exact, sampled, zeros = rows["y2"]
    assert list(exact.y[1:3]) == pytest.approx(np.log10([3, 4])) and list(zeros.x) == [0, 3]
    assert list(sampled.y) == pytest.approx([-1, -2]) and list(sampled.error_y.array) == pytest.approx([1, 1])
    bars, products = rows["y3"]
    assert list(bars.y) == pytest.approx([0, 36, 64, 0])
    assert list(products.y) == pytest.approx([100 / 1.3, 30 / 1.3]) and list(products.x) == [0, 1]
    low, high = figure.layout.yaxis2.range
    assert low < -3 and high > math.log10(4)


def test_very_many_paths_have_their_place() -> None:
    figure = curves([paths(np.ones(1201))], "light")
    assert max(figure.data[0].y) == pytest.approx(math.log10(math.comb(1200, 600)))
