"""What a cut and a lesion are, held against networks in which the same was done to the modules."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.surgery import Surgery, operate, pruned
from resnet_viz.zoo import NetworkSpec

FAMILIES: list[tuple[str, dict[str, object]]] = [
    *(("resnet20", {"depth": 8, "shortcut": letter}) for letter in "ABC"),
    ("resnet20", {"depth": 8, "batch_norm": False}),
    *(("preact_resnet110", {"depth": 8, "arrangement": letter}) for letter in "abcde"),
    ("preact_resnet110", {"depth": 8, "shortcut": "shortcut_only"}),
    ("preact_resnet164", {"depth": 11}),
    ("wrn_16_8", {"widen_factor": 2}),
    *(("resnext29_8x64d", {"depth": 11, "width": 4, "form": form}) for form in ("grouped", "sum", "concat")),
    *(("res2next29_6cx24wx4s", {"depth": 11, "width": 4, "wiring": way}) for way in ("paper", "released")),
    ("seres2next29_6cx24wx4s", {"depth": 11, "width": 4}),
    ("mlp_residual_bn", {"num_blocks": 4}),
]
SPECS = [zoo.spec(name, **choices) for name, choices in FAMILIES]
LARGE = [zoo.spec(name) for name in ("resnet18", "resnet50", "seresnet50", "resnext50_32x4d", "res2net50_26w_4s")]
each_family = pytest.mark.parametrize(
    "spec",
    [
        *(pytest.param(spec, id=spec.label) for spec in SPECS),
        *(pytest.param(spec, id=spec.label, marks=pytest.mark.slow) for spec in LARGE),
    ],
)


def built(spec: NetworkSpec, training: bool) -> tuple[nn.Module, Tensor]:
    """With statistics of its own, and random numbers where an initialisation has zeros."""
    torch.manual_seed(0)
    network = zoo.build(spec)
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    channels, usual, _side = spec.input_shape
    side = usual if spec.is_tied_to_image_size else 8 if usual <= 32 else 64
    x = torch.randn(4, channels, side, side)
    with torch.no_grad():
        network(x)
    return network.train(training), x


def loss_and_gradients(network: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    network.zero_grad()
    scores = network(x)
    loss = F.cross_entropy(scores, torch.arange(len(x)))
    loss.backward()
    return scores, loss, {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}


def assert_equal(one: nn.Module, other: nn.Module, x: Tensor) -> None:
    scores, loss, gradients = loss_and_gradients(one, x)
    expected_scores, expected_loss, expected = loss_and_gradients(other, x)
    assert torch.equal(scores, expected_scores)
    assert torch.equal(loss, expected_loss)
    assert gradients.keys() == expected.keys()
    assert all(torch.equal(gradients[name], gradient) for name, gradient in expected.items())


@each_family
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_all_shortcuts_cut_is_the_plain_twin(spec: NetworkSpec, training: bool) -> None:
    network, x = built(spec, training)
    twin = zoo.build(spec.without_shortcuts()).train(training)
    ours = network.state_dict()
    assert twin.state_dict().keys() <= ours.keys()
    only_ours = {name.rpartition(".")[0] for name in ours.keys() - twin.state_dict().keys()}
    assert all(".shortcut" in f".{path}" or ".gate" in f".{path}" for path in only_ours)  # projections and their gates
    twin.load_state_dict({name: tensor.clone() for name, tensor in ours.items() if name in twin.state_dict()})
    operated = operate(network, Surgery(), x)
    assert len(operated.graph.shortcuts) == spec.num_shortcuts
    operated.perform(Surgery.of(cut=[junction.name for junction in operated.graph.shortcuts]))
    assert_equal(operated, twin, x)
    assert_equal(pruned(operated), twin, x)


class Nothing(nn.Module):
    """A residual branch that adds nothing."""

    def forward(self, x: Tensor) -> Tensor:
        return x.new_zeros(())


@each_family
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@torch.no_grad()
def test_a_lesion_is_the_block_replaced_by_its_shortcut_and_what_follows_the_addition(
    spec: NetworkSpec, training: bool
) -> None:
    network, x = built(spec, training)
    operated = operate(network, Surgery(), x)
    names = list(operated.gates)
    for name in dict.fromkeys((names[0], names[-2], names[-1])):
        lesioned = copy.deepcopy(network)
        lesioned.get_submodule(name).residual = Nothing()
        operated.perform(Surgery.of(drop=[name]))
        found = operated(x)  # moves the network's statistics, in training
        assert torch.equal(found, lesioned(x))
        assert torch.equal(pruned(operated)(x), found)
