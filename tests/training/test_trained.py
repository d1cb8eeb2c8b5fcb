"""Weights are trained once, kept, and the same every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resnet_viz import zoo
from resnet_viz.surgery import Surgery, operate
from resnet_viz.training import TrainingPlan, data, trained
from resnet_viz.training.engine import error_of
from resnet_viz.zoo.seeding import build_seeded

PLAN = TrainingPlan(network=zoo.spec("mlp_residual_bn", num_blocks=2, width=8), steps=5)


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "resnet-viz" / "trained"


def same(one: trained.Weights, other: trained.Weights) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_what_was_trained_is_read_and_the_same(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    assert not trained.is_kept(PLAN)
    first = trained.weights(PLAN)
    assert trained.is_kept(PLAN) and [path.stem for path in cache.iterdir()] == [PLAN.digest]
    assert same(first, trained.train(PLAN))
    monkeypatch.setattr(trained, "train", lambda *_: pytest.fail("trained again"))
    assert same(first, trained.weights(PLAN))


def test_the_file_of_equal_plans_is_equal(cache: Path) -> None:
    trained.weights(PLAN)
    first = (cache / f"{PLAN.digest}.pt").read_bytes()
    (cache / f"{PLAN.digest}.pt").unlink()
    trained.weights(PLAN)
    assert (cache / f"{PLAN.digest}.pt").read_bytes() == first


def test_more_threads_change_nothing() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        two = trained.train(PLAN)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert same(two, trained.train(PLAN))


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_file_is_made_again(cache: Path, content: bytes | None) -> None:
    first = trained.weights(PLAN)
    path = cache / f"{PLAN.digest}.pt"
    path.write_bytes(path.read_bytes()[:2000] if content is None else content)
    assert same(first, trained.weights(PLAN))
    assert same(first, torch.load(path, weights_only=True))


def test_a_cache_that_cannot_be_written_costs_time_only(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder would be")
    assert same(trained.weights(PLAN), trained.train(PLAN))


def test_the_progress_is_told_after_every_step() -> None:
    told: list[tuple[float, str]] = []
    trained.weights(PLAN, lambda fraction, words: told.append((fraction, words)))
    assert [fraction for fraction, _ in told] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert told[2][1] == "Training, step 3 of 5"


def test_who_leaves_stops_the_training_and_nothing_is_kept(cache: Path) -> None:
    def leave(fraction: float, words: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained.weights(PLAN, leave)
    assert not trained.is_kept(PLAN) and torch.get_num_threads() == 1


def test_a_network_that_leaves_the_numbers_is_one_sentence() -> None:
    plan = replace(PLAN, network=zoo.spec("mlp_residual", num_blocks=200), schedule="constant", gradient_limit=0.0)
    with pytest.raises(ValueError, match=r"cannot be trained: at step \d of 5 the loss is not a number any more"):
        trained.weights(plan)
    assert not trained.is_kept(plan)


def costs(name: str, seed: int) -> tuple[float, float]:
    """The error of a trained network, and what deleting one block adds, the median over blocks that keep the shape."""
    plan = TrainingPlan.quick(zoo.spec(name), seed)
    network = build_seeded(plan.network, seed)
    network.load_state_dict(trained.weights(plan))
    held_out = data.digits().held_out
    intact = error_of(network, held_out, plan)
    stages = [network.layer1, network.layer2, network.layer3]
    errors: list[float] = []
    for stage, block in [(s, b) for s in range(3) for b in range(3) if b or not s]:
        errors.append(_error_without(network, stages[stage], block, f"layer{stage + 1}.{block}", held_out, plan))
    return intact, float(np.median(errors)) - intact


def _error_without(
    network: Any, stage: Any, block: int, name: str, held_out: data.Pictures, plan: TrainingPlan
) -> float:
    if not plan.network.is_plain:
        example = torch.zeros(2, 3, 8, 8)
        return error_of(operate(network.eval(), Surgery.of(drop=[name]), example), held_out, plan)
    kept, stage[block] = stage[block], torch.nn.Identity()
    try:
        return error_of(network, held_out, plan)
    finally:
        stage[block] = kept


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_residual_network_hardly_misses_a_block_and_a_plain_one_does(seed: int) -> None:
    """Veit et al. 2016, arXiv:1605.06431, Fig. 3 and 4, in small."""
    for name in ("resnet20", "preact_resnet20"):
        intact, cost = costs(name, seed)
        assert intact < 0.05 and cost <= 0.05
    intact, cost = costs("plain20", seed)
    assert intact < 0.1 and cost >= 0.4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("resnet56", {}),
        ("preact_resnet56", {}),
        ("wrn_16_4", {}),
        ("mlp_residual_bn", {"num_blocks": 54}),
        ("mlp_residual", {"num_blocks": 54}),
    ],
)
def test_quick_plans_lead_to_useful_networks(name: str, changes: dict[str, object]) -> None:
    plan = TrainingPlan.quick(zoo.spec(name, **changes))
    network = build_seeded(plan.network, 0)
    network.load_state_dict(trained.weights(plan))
    assert error_of(network, data.digits().held_out, plan) < 0.1
