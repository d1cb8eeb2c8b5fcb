"""What decides the weights of a training, as a value."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from resnet_viz import zoo
from resnet_viz.training import TrainingPlan

PLAN = TrainingPlan.quick(zoo.spec("resnet20"))


def test_equal_plans_have_one_digest_and_others_another() -> None:
    assert PLAN.digest == TrainingPlan.quick(zoo.spec("resnet56", depth=20)).digest
    assert replace(PLAN, gradient_limit=1).digest == replace(PLAN, gradient_limit=1.0).digest
    others = [
        TrainingPlan.quick(zoo.spec("plain20")),
        TrainingPlan.quick(zoo.spec("resnet20", shortcut="B")),
        TrainingPlan.quick(zoo.spec("resnet20"), seed=1),
        *(replace(PLAN, **{name: value}) for name, value in
          {"image_size": 16, "steps": 7, "batch_size": 32, "learning_rate": 0.05, "schedule": "constant",
           "momentum": 0.5, "weight_decay": 0.0, "gradient_limit": 0.0}.items()),
    ]  # fmt: skip
    assert len({PLAN.digest, *(plan.digest for plan in others)}) == len(others) + 1


def test_the_digest_is_the_same_in_another_process() -> None:
    code = "from resnet_viz import zoo, training; print(training.TrainingPlan.quick(zoo.spec('resnet20')).digest)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == PLAN.digest


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 11, 200])
def test_the_rate_rises_for_a_tenth_of_the_steps_and_then_falls(steps: int) -> None:
    plan = replace(PLAN, steps=steps, learning_rate=0.2)
    rates = [plan.learning_rate_at(step) for step in range(steps)]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.2) and peak == -(-steps // 10) - 1
    assert rates[: peak + 1] == sorted(rates[: peak + 1]) and rates[peak:] == sorted(rates[peak:], reverse=True)
    assert 0 < rates[-1] <= 0.2 and len(set(rates[peak:])) == steps - peak


def test_a_constant_rate_is_constant() -> None:
    plan = replace(PLAN, schedule="constant")
    assert {plan.learning_rate_at(step) for step in range(plan.steps)} == {0.1}


def test_a_network_that_is_tied_to_a_size_is_built_for_that_of_the_plan() -> None:
    assert TrainingPlan.quick(zoo.spec("mlp_plain"), image_size=12).network.image_size == 12


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"data": "cifar10"}, "training data is 'cifar10': digits is wanted"),
        ({"schedule": "cosine"}, "schedule is 'cosine': constant or triangle is wanted"),
        ({"steps": 0}, "steps is 0: a whole number from 1 to 100000 is wanted"),
        ({"steps": True}, "steps is True"),
        ({"batch_size": 2000}, "batch size is 2000"),
        ({"image_size": 4}, "image size is 4"),
        ({"seed": -1}, "seed is -1"),
        ({"learning_rate": float("nan")}, "learning rate is nan: a number from 0 to 10 is wanted"),
        ({"momentum": 1}, "momentum is 1: a number from 0 to 0.999 is wanted"),
        ({"gradient_limit": -1}, "gradient limit is -1"),
        ({"network": zoo.spec("resnet20", num_classes=9)}, "resnet20-num_classes9 has 9 classes: for the digits ten"),
    ],
)
def test_what_makes_no_plan_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        replace(PLAN, **changes)
    assert str(caught.value).startswith(sentence)
