"""One step a call, the same steps every time."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_viz import zoo
from resnet_viz.training import TrainingPlan, data
from resnet_viz.training.engine import Engine, error_of
from resnet_viz.zoo.seeding import build_seeded

PLAN = TrainingPlan(network=zoo.spec("mlp_residual_bn", num_blocks=2, width=8), steps=30)
PICTURES = data.digits().training


def engine(plan: TrainingPlan = PLAN) -> Engine:
    return Engine(build_seeded(plan.network, plan.seed), plan, PICTURES)


def same(one: nn.Module, other: nn.Module) -> bool:
    state = other.state_dict()
    return all(torch.equal(tensor, state[key]) for key, tensor in one.state_dict().items())


def run(engine: Engine) -> list[float]:
    losses = []
    while not engine.is_done:
        losses.append(engine.step().loss)
    return losses


def test_equal_plans_take_equal_steps_to_the_bit() -> None:
    one, other = engine(), engine()
    assert run(one) == run(other) and same(one.network, other.network)
    another = engine(replace(PLAN, seed=1))
    assert run(another) != run(engine())


def test_engines_that_take_turns_do_not_meet() -> None:
    """With dropout, which draws while the network runs."""
    plan = TrainingPlan(network=zoo.spec("wrn_10_1", dropout=0.3), steps=3)
    alone = engine(plan)
    run(alone)
    one, other = engine(plan), engine(replace(plan, seed=1))
    before = torch.get_rng_state()
    for _ in range(plan.steps):
        one.step()
        other.step()
    assert same(one.network, alone.network) and not same(one.network, other.network)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_step_is_that_of_stochastic_gradient_descent() -> None:
    """The oracle: v = m v + g + d w, w = w - r v, written out, on the same pictures."""
    plan = replace(PLAN, learning_rate=0.2, momentum=0.8, weight_decay=0.01, gradient_limit=0.0, schedule="constant")
    trained, ours = engine(plan), build_seeded(plan.network, 0)
    velocity = [torch.zeros_like(weight) for weight in ours.parameters()]
    to_come = torch.randperm(len(PICTURES), generator=torch.Generator().manual_seed(0))
    for step in range(3):
        chosen = to_come[64 * step : 64 * (step + 1)].numpy()
        part = PICTURES.part(chosen)
        loss = F.cross_entropy(ours(torch.from_numpy(part.images)), torch.from_numpy(part.labels))
        slopes = torch.autograd.grad(loss, list(ours.parameters()))
        with torch.no_grad():
            for weight, slope, speed in zip(ours.parameters(), slopes, velocity, strict=True):
                speed.mul_(0.8).add_(slope + 0.01 * weight)
                weight.sub_(0.2 * speed)
        record = trained.step()
        assert record.step == step + 1 and record.loss == pytest.approx(loss.item(), rel=1e-5)
    for weight, found in zip(ours.parameters(), trained.network.parameters(), strict=True):
        assert torch.allclose(weight, found, atol=1e-5)


def test_gradients_longer_than_the_limit_are_shortened_to_it() -> None:
    plan = replace(PLAN, learning_rate=1.0, momentum=0.0, weight_decay=0.0, gradient_limit=0.01, schedule="constant")
    trained = engine(plan)
    before = [weight.detach().clone() for weight in trained.network.parameters()]
    trained.step()
    moved = [after - weight for weight, after in zip(before, trained.network.parameters(), strict=True)]
    assert torch.cat([move.flatten() for move in moved]).norm().item() == pytest.approx(0.01, rel=1e-3)


def test_every_picture_is_seen_once_before_any_is_seen_again() -> None:
    trained = engine(replace(PLAN, batch_size=100))
    for _ in range(2):
        seen = torch.cat([trained._next_batch() for _ in range(12)])
        assert len(set(seen.tolist())) == 1200


def test_the_loss_falls_and_the_error_is_that_of_the_batch() -> None:
    plan = replace(PLAN, network=zoo.spec("mlp_residual_bn", num_blocks=2, width=32), steps=60)
    trained = engine(plan)
    records = [trained.step() for _ in range(plan.steps)]
    assert records[-1].loss < 0.5 * records[0].loss and records[0].error > 0.7 > records[-1].error
    assert all(record.error * 64 == pytest.approx(round(record.error * 64)) for record in records)
    assert error_of(trained.network, data.digits().held_out, plan) < 0.3 and trained.network.training


def test_a_loss_that_leaves_the_numbers_is_seen() -> None:
    trained = engine(replace(PLAN, learning_rate=10.0, gradient_limit=0.0, schedule="constant"))
    with torch.no_grad():
        next(trained.network.parameters()).fill_(torch.inf)
    assert trained.step().has_diverged
