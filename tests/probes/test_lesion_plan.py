"""How many blocks a lesion study deletes or swaps, and what it draws."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from resnet_viz.graph.shipped import shipped
from resnet_viz.probes import lesion_plan


def test_the_amounts_are_all_up_to_a_number_and_sparse_above() -> None:
    assert lesion_plan.amounts(9).tolist() == list(range(1, 10))
    many = lesion_plan.amounts(600)
    assert many[0] == 1 and many[-1] == 600 and len(many) <= lesion_plan.MAX_AMOUNTS and (np.diff(many) > 0).all()


def test_swaps_keep_the_shapes_and_go_on_from_each_other() -> None:
    graph = shipped("resnet20")
    assert graph is not None
    found = lesion_plan.sites(graph)
    pairs = lesion_plan.swappable(found)
    assert pairs == [(0, 1), (0, 2), (1, 2), (4, 5), (7, 8)]
    orders = lesion_plan.swapped_orders(found, np.arange(1, 30), 3, seed=0)
    for row in orders:
        for before, order in zip([tuple(range(9)), *row], row, strict=False):
            changed = [place for place in range(9) if before[place] != order[place]]
            assert tuple(changed) in pairs and [order[p] for p in changed] == [before[p] for p in changed[::-1]]


def test_kendall_tau_is_that_of_scipy() -> None:
    draw = np.random.default_rng(0)
    for _ in range(20):
        order = draw.permutation(12)
        assert lesion_plan.kendall_tau(order) == pytest.approx(scipy.stats.kendalltau(range(12), order).statistic)
    assert (lesion_plan.kendall_tau(range(5)), lesion_plan.kendall_tau(range(5)[::-1])) == (1, -1)
    assert np.isnan(lesion_plan.kendall_tau([0]))
