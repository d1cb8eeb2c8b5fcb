"""Weights are drawn so that networks which share a module share its weights."""

from __future__ import annotations

import pytest
import torch

from resnet_viz import zoo
from resnet_viz.zoo.seeding import build_seeded, seed_of


def weights(name: str, seed: int = 0, **overrides: object) -> dict[str, torch.Tensor]:
    return dict(build_seeded(zoo.spec(name, **overrides), seed).state_dict())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("resnet20", {}), ("plain20", {})),
        (("resnet20", {"shortcut": "B"}), ("resnet20", {"shortcut": "A"})),
        (("resnet20", {}), ("resnet20", {"batch_norm": False})),
        (("resnet20", {}), ("resnet32", {})),
        (("resnet50", {}), ("plain50", {})),
    ],
    ids=["plain twin", "projections", "no batch norm", "deeper", "bottleneck"],
)
def test_what_two_networks_share_has_the_same_weights(one: tuple, other: tuple) -> None:
    first, second = weights(one[0], **one[1]), weights(other[0], **other[1])
    shared = first.keys() & second.keys()
    assert len(shared) > 20
    assert all(torch.equal(first[key], second[key]) for key in shared)


def test_a_seed_is_reproduced_and_another_differs() -> None:
    first, same, other = (weights("resnet20", seed) for seed in (3, 3, 4))
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])


def test_no_two_modules_draw_the_same() -> None:
    convolutions = [w for key, w in weights("resnet20").items() if key.endswith("conv2.weight") and w.shape[0] == 16]
    assert len({tuple(w.flatten().tolist()) for w in convolutions}) == len(convolutions) == 3
    assert len({seed_of(path, seed) for path in ("a", "b", "layer1.0") for seed in range(100)}) == 300


@pytest.mark.parametrize(("init", "variance"), [("he", 2 / (9 * 64)), ("xavier", 2 / (9 * 128)), ("normal", 0.01**2)])
def test_the_weights_follow_the_initialisation_asked_for(init: str, variance: float) -> None:
    weight = weights("resnet56", init=init)["layer3.4.residual.conv1.weight"]
    assert abs(weight.var().item() / variance - 1) < 0.03  # 36,864 weights: a standard error of 0.7 %


def test_everything_is_initialised() -> None:
    """The network is built without numbers first: none of them may be left over."""
    network = build_seeded(zoo.spec("resnet18"), 0)
    assert not any(tensor.is_meta for tensor in (*network.parameters(), *network.buffers()))
    state = network.state_dict()
    assert all(torch.all(state[key] == 0) for key in state if key.endswith(("running_mean", "num_batches_tracked")))
    assert all(torch.all(state[key] == 1) for key in state if key.endswith(("running_var", "bn1.weight")))
    assert network.fc.bias.abs().max() <= 512**-0.5


def test_an_outside_network_is_reproduced_too() -> None:
    one, same, other = (weights("torchvision:squeezenet1_1", seed) for seed in (1, 1, 2))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not all(torch.equal(one[key], other[key]) for key in one)
