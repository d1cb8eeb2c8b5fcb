"""Branches survive as often as the paper says, and what survives is the ResNet's own block."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import nn

from resnet_viz import zoo
from resnet_viz.probes.architecture import graph_of
from resnet_viz.surgery import operate
from resnet_viz.surgery.plan import Surgery
from resnet_viz.zoo.networks.stochastic_depth import StochasticDepth
from resnet_viz.zoo.specs import StochasticDepthSpec
from tests.zoo.helpers import assert_refused, on_meta

NAME = "stochastic_depth_resnet8"  # three blocks


def drops(network: nn.Module) -> list[StochasticDepth]:
    return [module for module in network.modules() if isinstance(module, StochasticDepth)]


@pytest.mark.parametrize("depth", [8, 20, 110, 1202])
def test_survival_falls_evenly_from_one_to_that_of_the_last_block(depth: int) -> None:
    spec = StochasticDepthSpec(depth=depth, survival=0.25)
    blocks = spec.num_shortcuts
    found = [1.0, *(spec.survival_of(block) for block in range(1, blocks + 1))]
    assert found[-1] == 0.25
    assert [a - b for a, b in itertools.pairwise(found)] == pytest.approx([0.75 / blocks] * blocks)


def test_of_54_blocks_about_40_are_trained_at_a_time() -> None:
    spec = StochasticDepthSpec(depth=110)
    expected = math.fsum(spec.survival_of(block) for block in range(1, 55))
    assert expected == pytest.approx((3 * 54 - 1) / 4, abs=1e-12) == 40.25


def test_every_block_is_built_with_its_own_survival() -> None:
    spec = StochasticDepthSpec(depth=20, survival=0.4)
    found = [drop.survival for drop in drops(on_meta(spec))]
    assert found == [spec.survival_of(block) for block in range(1, 10)]


def test_a_training_step_keeps_or_drops_a_branch_for_the_whole_batch() -> None:
    drop, x = StochasticDepth(0.7), torch.randn(4, 2, 3, 3)
    torch.manual_seed(0)
    kept = 0
    for _ in range(2000):
        y = drop(x)
        assert torch.equal(y, x) or not y.any()
        kept += bool(y.any())
    assert kept / 2000 == pytest.approx(0.7, abs=4 * math.sqrt(0.7 * 0.3 / 2000))


def test_in_evaluation_a_branch_is_scaled_by_its_survival() -> None:
    network = zoo.build(NAME, survival=0.1).eval()
    block = network.get_submodule("layer2.0")
    x = torch.randn(2, 16, 8, 8)
    expected = (block.shortcut(x) + (1 - 2 / 3 * 0.9) * block.residual(x)).relu()
    torch.testing.assert_close(block(x), expected)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shortcut", ["A", "B", "C"])
def test_where_all_survive_it_is_the_resnet(shortcut: str, training: bool) -> None:
    networks = [zoo.build(name, shortcut=shortcut).train(training) for name in (NAME, "resnet8")]
    for drop in drops(networks[0]):
        drop.survival = 1.0
    networks[1].load_state_dict(networks[0].state_dict())
    x = torch.randn(2, 3, 16, 16)
    assert torch.equal(networks[0](x), networks[1](x))


def test_a_dropped_branch_leaves_the_shortcut_and_gets_no_gradient() -> None:
    block = zoo.build(NAME).get_submodule("layer1.0")
    block.drop.survival = 0.0
    x = torch.randn(2, 16, 8, 8, requires_grad=True)
    y = block(x)
    assert torch.equal(y, x.relu())
    y.sum().backward()
    assert torch.equal(x.grad, (x > 0).float())
    assert not block.residual.conv1.weight.grad.any()


def test_the_traced_network_draws_the_same_chances() -> None:
    network, x = zoo.build(NAME, survival=0.2), torch.randn(2, 3, 8, 8)
    operated = operate(network, Surgery(), x)
    outputs = []
    for run in (network, operated, operated):
        outputs.append([])
        for seed in range(6):
            torch.manual_seed(seed)
            outputs[-1].append(run(x))
    assert all(torch.equal(one, two) for other in outputs[1:] for one, two in zip(outputs[0], other, strict=True))
    assert len({round(float(y.detach().sum()), 4) for y in outputs[0]}) > 1


def test_a_drawing_names_the_chance_and_still_folds_equal_blocks() -> None:
    graph = graph_of(zoo.spec("stochastic_depth_resnet110"))
    labels = [graph.folded.words[op].label for op in graph.folded.words if graph.folded.words[op].role == "drop"]
    assert len(labels) == 54 and labels[0] == "drop path, p=0.00926" and labels[-1] == "drop path, p=0.5"
    assert [len({block.signature for block in stage.blocks}) for stage in graph.stages] == [1, 2, 2]


def test_shortcuts_are_those_of_the_resnet() -> None:
    spec = zoo.spec("stochastic_depth_resnet110")
    kinds = [junction.kind for junction in graph_of(spec).shortcuts]
    assert len(kinds) == spec.num_shortcuts == 54
    assert kinds == [junction.kind for junction in graph_of(zoo.spec("resnet110")).shortcuts]


def test_the_plain_twin_is_the_plain_network_where_nothing_is_dropped() -> None:
    spec = zoo.spec(NAME, survival=0.3, shortcut="B", init="normal", init_std=0.2, image_size=16)
    assert spec.without_shortcuts() == zoo.spec("plain8", init="normal", init_std=0.2, image_size=16)
    assert spec.with_shortcuts() == spec and not spec.is_plain


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"survival": 0}, "survival of stochastic_depth_resnet8 is 0: allowed are numbers from 0.01 to 1"),
        ({"survival": 1.5}, "survival of stochastic_depth_resnet8 is 1.5: allowed are numbers from 0.01 to 1"),
        ({"depth": 57}, "depth of stochastic_depth_resnet8 is 57: allowed are 6n+2 from 8 to 1202"),
        ({"shortcut": "none"}, "shortcut of stochastic_depth_resnet8 is none: allowed are A, B, C"),
    ],
)
def test_an_impossible_value_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, NAME, **changes)
