"""SE-ResNet: a ResNet whose residual branches end with squeeze and excitation."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_viz import zoo
from resnet_viz.probes.architecture import graph_of
from resnet_viz.zoo.networks.parts import SqueezeExcitation
from tests.zoo.helpers import assert_refused, count, on_meta


def test_seresnet50_has_the_published_number_of_parameters() -> None:
    assert count(on_meta("seresnet50")) == 28_088_024


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
@pytest.mark.parametrize("reduction", [1, 16, 64])
def test_an_excitation_adds_two_layers_of_c_squared_over_r_to_every_block(depth: int, reduction: int) -> None:
    spec = zoo.spec(f"seresnet{depth}", reduction=reduction)
    expansion = 4 if depth >= 50 else 1
    added = sum(
        blocks * (2 * channels**2 // reduction + channels // reduction + channels)
        for blocks, channels in zip(
            zoo.spec(f"resnet{depth}").stage_blocks, [w * expansion for w in (64, 128, 256, 512)], strict=True
        )
    )
    assert count(on_meta(spec)) == count(on_meta(f"resnet{depth}")) + added


def test_the_excitation_weighs_each_channel_by_the_equations_of_the_paper() -> None:
    torch.manual_seed(0)
    se, u = SqueezeExcitation(8, 2), torch.randn(3, 8, 5, 4)
    w1, w2 = se.gate.fc1.weight[:, :, 0, 0], se.gate.fc2.weight[:, :, 0, 0]
    for picture in range(3):
        z = u[picture].sum((1, 2)) / (5 * 4)
        s = 1 / (1 + torch.exp(-(w2 @ torch.clamp(w1 @ z + se.gate.fc1.bias, min=0) + se.gate.fc2.bias)))
        for channel in range(8):
            torch.testing.assert_close(se(u)[picture, channel], s[channel] * u[picture, channel])


def test_it_stands_after_the_last_batch_norm_and_before_the_addition() -> None:
    for depth, last in ((18, "bn2"), (50, "bn3")):
        names = [name for name, _ in on_meta(f"seresnet{depth}").get_submodule("layer1.0.residual").named_children()]
        assert names[-2:] == [last, "se"]


def test_a_block_whose_excitations_are_all_one_is_that_of_a_resnet() -> None:
    torch.manual_seed(0)
    network, resnet = zoo.build("seresnet18", image_size=32), zoo.build("resnet18", image_size=32)
    state = network.state_dict()
    resnet.load_state_dict({key: state[key] for key in state if ".se." not in key})
    for module in network.modules():
        if isinstance(module, SqueezeExcitation):
            nn.init.zeros_(module.gate.fc2.weight)
            nn.init.constant_(module.gate.fc2.bias, 100.0)  # σ(100) = 1
    images = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(network(images), resnet(images))


@pytest.mark.parametrize("overrides", [{}, {"shortcut": "C"}, {"shortcut": "none"}, {"batch_norm": False}])
def test_the_gate_is_no_shortcut(overrides: dict[str, object]) -> None:
    spec = zoo.spec("seresnet50", **overrides)
    graph = graph_of(spec)
    kinds = [junction.kind for junction in graph.junctions]
    assert len(kinds) == len(graph.shortcuts) == spec.num_shortcuts
    assert set(kinds) <= {"identity", "projection"}


@pytest.mark.parametrize("typed", ["SE-ResNet-50", "seresnet50", "se resnet 50", "SE_ResNet50"])
def test_a_name_is_found_however_it_is_typed(typed: str) -> None:
    assert zoo.spec(typed).name == "seresnet50"


@pytest.mark.parametrize("reduction", [0, 3, 24, 128])
def test_a_reduction_that_does_not_divide_the_channels_is_one_sentence(reduction: int) -> None:
    assert_refused(
        f"reduction of seresnet50 is {reduction}: allowed are 1, 2, 4, 8, 16, 32, 64", "seresnet50", reduction=reduction
    )
