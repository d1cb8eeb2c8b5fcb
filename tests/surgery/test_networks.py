"""Gates in the networks of others: open they change nothing, closed the network still runs."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_viz.graph.tracing import _recorded_without_numbers
from resnet_viz.surgery import OperatedNetwork, Surgery, operate
from tests.networks import NETWORKS, Case, each_network

# Twice as long as the other test: without --slow a few networks stand for all.
SOME = [pytest.param(case, id=case.name, marks=() if case.is_quick else pytest.mark.slow) for case in NETWORKS]


def built(case: Case) -> tuple[nn.Module, torch.Tensor]:
    """With random numbers where an initialisation has zeros, so that no equality is that of nothing with nothing."""
    torch.manual_seed(0)
    model = case.build("cpu")
    for parameter in model.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    return model, torch.randn(case.small_input_shape)


@each_network
@torch.no_grad()
def test_open_gates_are_equal_to_the_bit_and_all_shortcuts_cut_runs(network: Case) -> None:
    model, x = built(network)
    expected = model(x)
    operated = operate(model, Surgery(), x)
    assert torch.equal(operated(x), expected)
    shortcuts = [junction.name for junction in operated.graph.shortcuts]
    if shortcuts:
        operated.perform(Surgery.of(cut=shortcuts))
        cut = operated(x)
        assert cut.isfinite().all()
        assert not torch.equal(cut, expected)
    assert torch.equal(model(x), expected)
    assert list(operated.state_dict()) == list(model.state_dict())


@pytest.mark.parametrize("case", SOME)
@torch.no_grad()
def test_a_network_run_by_its_own_python_is_equal_too(case: Case) -> None:
    model, x = built(case)
    operated = OperatedNetwork(_recorded_without_numbers(model, (x,), case.name), (x,))
    assert torch.equal(operated(x), model(x))
    traced = operate(model, Surgery(), x)
    shortcuts = [junction.name for junction in traced.graph.shortcuts]
    for network in (operated, traced):
        network.perform(Surgery.of(cut=shortcuts))
    assert torch.allclose(operated(x), traced(x), rtol=1e-4, atol=1e-5)
