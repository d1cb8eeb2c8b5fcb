from __future__ import annotations

import pytest
import torch

from resnet_viz.surgery import JunctionGate

TERMS = [torch.randn(2, 3, generator=torch.Generator().manual_seed(seed)) for seed in range(3)]


def gate(position: int = 0, shortcut: float = 1.0, branch: float = 1.0) -> JunctionGate:
    made = JunctionGate("somewhere", position)
    made.shortcut, made.branch = shortcut, branch
    return made


def test_an_open_gate_is_the_sum_in_its_own_order_to_the_bit() -> None:
    p, q, r = (term * 10**exponent for term, exponent in zip(TERMS, (0, 7, 3), strict=True))
    assert torch.equal(gate(1)(p, q, r), (p + q) + r)
    assert torch.equal(gate(2)(p, q), p + q)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(
    ("shortcut", "branch"), [(0.5, 1.0), (1.0, -2.0), (0.3, 0.7), (0.0, 1.0), (1.0, 0.0), (0.0, 0.0)]
)
def test_a_gate_weighs_its_shortcut_against_all_other_terms(position: int, shortcut: float, branch: float) -> None:
    others = sum(term for k, term in enumerate(TERMS) if k != position)
    expected = shortcut * TERMS[position] + branch * others
    assert torch.allclose(gate(position, shortcut, branch)(*TERMS), expected)


@pytest.mark.parametrize("bad", [torch.inf, torch.nan])
def test_what_is_cut_passes_neither_infinities_nor_gradients(bad: float) -> None:
    good = torch.ones(2, requires_grad=True)
    broken = torch.full((2,), bad, requires_grad=True)
    for terms, factors in (((good, broken), (1.0, 0.0)), ((broken, good), (0.0, 1.0))):
        result = gate(0, *factors)(*terms)
        assert torch.equal(result, good)
        gradients = torch.autograd.grad(result.sum(), (good, broken), allow_unused=True)
        assert torch.equal(gradients[0], torch.ones(2))
        assert gradients[1] is None


def test_an_activation_in_place_after_a_cut_does_not_reach_the_operands() -> None:
    for factors in ((1.0, 0.0), (0.0, 1.0)):
        shortcut, branch = torch.tensor([-1.0]), torch.tensor([-2.0])
        torch.relu_(gate(0, *factors)(shortcut, branch))
        assert (shortcut.item(), branch.item()) == (-1.0, -2.0)


def test_a_cut_shortcut_leaves_the_full_shape() -> None:
    assert gate(0, 0.0)(torch.ones(2, 3, 4, 4), torch.ones(2, 3, 1, 1)).shape == (2, 3, 4, 4)


def test_a_gate_adds_nothing_to_a_state_dict() -> None:
    assert not gate().state_dict()


# ---- on the way back


def leaves() -> list[torch.Tensor]:
    return [term.clone().requires_grad_() for term in TERMS]


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(("s", "b"), [(1.0, 1.0), (0.5, -2.0), (0.0, 1.0), (1.0, 0.0)])
@pytest.mark.parametrize(("back_s", "back_b"), [(0.5, 1.0), (1.0, -2.0), (0.0, 1.0), (1.0, 0.0)])
def test_factors_on_the_way_back_change_gradients_and_no_value(
    position: int, s: float, b: float, back_s: float, back_b: float
) -> None:
    terms = leaves()
    operated = gate(position, s, b)
    operated.shortcut_gradient, operated.branch_gradient = back_s, back_b
    result = operated(*terms)
    assert torch.equal(result, gate(position, s, b)(*TERMS))
    if not result.requires_grad:  # detached here, cut there
        return
    found = torch.autograd.grad(result.sum(), terms, allow_unused=True)
    for k, gradient in enumerate(found):
        factor = s * back_s if k == position else b * back_b
        assert torch.equal(torch.zeros(2, 3) if gradient is None else gradient, torch.full((2, 3), factor))


@pytest.mark.parametrize("side", ["shortcut_gradient", "branch_gradient"])
def test_zero_on_the_way_back_is_detaching(side: str) -> None:
    terms = leaves()
    operated = gate(0)
    setattr(operated, side, 0.0)
    operated(*terms).sum().backward()
    assert [term.grad is None for term in terms] == [(k == 0) == (side == "shortcut_gradient") for k in range(3)]


def test_a_factor_on_the_way_back_is_that_of_one_side_only() -> None:
    """x + x: the same tensor enters on both sides."""
    x = torch.ones(3, requires_grad=True)
    operated = gate(0)
    operated.shortcut_gradient = 0.25
    operated(x, x).sum().backward()
    assert torch.equal(x.grad, torch.full((3,), 1.25))


def test_open_sets_every_factor_to_one() -> None:
    operated = gate(0, 0.5, 0.0)
    operated.shortcut_gradient = operated.branch_gradient = 0.0
    operated.open()
    assert (operated.shortcut, operated.branch) == (1, 1)
    assert (operated.shortcut_gradient, operated.branch_gradient) == (1, 1)


# ---- norms


@pytest.mark.parametrize("factors", [(1.0, 1.0), (0.0, 1.0), (0.5, 0.0)])
def test_norms_of_what_came_in_are_kept_where_they_are_asked_for(factors: tuple[float, float]) -> None:
    operated = gate(1, *factors)
    plain = operated(*TERMS)
    assert operated.shortcut_norm is None and operated.branch_norm is None
    operated.record = True
    assert torch.equal(operated(*TERMS), plain)
    assert operated.shortcut_norm == pytest.approx(TERMS[1].norm().item())
    assert operated.branch_norm == pytest.approx((TERMS[0] + TERMS[2]).norm().item())


def test_a_norm_survives_where_its_square_does_not_and_counts_what_is_broadcast() -> None:
    operated = gate(0)
    operated.record = True
    operated(torch.full((2, 2), 1e30), torch.full((2, 1), 3.0))
    assert operated.shortcut_norm == pytest.approx(2e30)
    assert operated.branch_norm == pytest.approx(6.0)
