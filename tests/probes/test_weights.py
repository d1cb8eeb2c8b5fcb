"""The weights of a question: as drawn, as trained, or a sentence that says why there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resnet_viz import zoo
from resnet_viz.probes import data, gradients
from resnet_viz.probes.questions import EffectQuestion, GradientQuestion
from resnet_viz.probes.weights import WeightsUnavailable, build, plan_of
from resnet_viz.training import trained
from resnet_viz.training.engine import error_of
from resnet_viz.zoo.seeding import build_seeded


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def question(name: str = "mlp_residual_bn", **changes: object) -> EffectQuestion:
    return EffectQuestion(network=zoo.spec(name), **{"image_size": 8, "seed": 3, **changes})  # type: ignore[arg-type]


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    state = other.state_dict()
    return all(torch.equal(tensor, state[key]) for key, tensor in one.state_dict().items())


def test_initial_weights_are_those_of_the_seed() -> None:
    assert same(build(question()), build_seeded(question().network, 3))


def test_trained_weights_know_digits_that_they_have_not_seen() -> None:
    asked = question(weights="trained", batch_size=500)
    network = build(asked)
    assert error_of(network, data.batch(asked), plan_of(asked)) < 0.1
    assert network.training and same(network, build(asked))


def test_training_goes_the_way_from_the_initial_weights() -> None:
    """One step of the smallest rate: the weights are hardly others than those of the seed."""
    asked = question("resnet8")
    drawn = build(asked)
    plan = plan_of(asked)
    moved = trained.train(type(plan)(network=plan.network, seed=plan.seed, steps=1, learning_rate=1e-6))
    for key, tensor in drawn.state_dict().items():
        if "running" not in key and "batches" not in key:
            assert torch.allclose(moved[key], tensor, atol=1e-4)


def test_gradients_are_measured_on_a_trained_network() -> None:
    asked = {"network": zoo.spec("resnet8"), "image_size": 8, "batch_size": 64}
    before, after = (gradients.measure(GradientQuestion(**asked, weights=w)) for w in ("initial", "trained"))
    assert after.loss < 0.2 < before.loss


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (question("resnet152", weights="trained"), "resnet152 would take about"),
        (question("resnet20", weights="trained", image_size=224), "resnet20 would take about"),
        (EffectQuestion(network=zoo.spec("resnet20", num_classes=5), weights="trained"), "resnet20-num_classes5 has 5"),
        (question("resnet20", weights="checkpoint:" + "0" * 64), "the uploaded checkpoint is not on this machine"),
    ],
)
def test_weights_that_cannot_be_had_are_one_sentence(asked: EffectQuestion, sentence: str) -> None:
    with pytest.raises(WeightsUnavailable) as caught:
        build(asked)
    assert str(caught.value).startswith(sentence) and "\n" not in str(caught.value)


def test_a_probe_says_that_sentence_as_it_is() -> None:
    with pytest.raises(ValueError, match=r"^resnet152 would take about \d+ seconds to train on digits of 8×8"):
        gradients.measure(GradientQuestion(network=zoo.spec("resnet152"), image_size=8, weights="trained"))
