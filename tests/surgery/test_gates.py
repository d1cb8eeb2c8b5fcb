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
