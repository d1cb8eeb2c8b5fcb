"""Scaled residual branches: each block is its equation, each network begins as its paper says."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.graph.network_graph import Junction
from resnet_viz.probes.architecture import graph_of
from resnet_viz.probes.gradients import measure
from resnet_viz.probes.questions import GradientQuestion
from resnet_viz.probes.weights import build_seeded
from resnet_viz.surgery import Surgery, operate
from resnet_viz.zoo.specs import ScaledResNetSpec
from tests.zoo.helpers import assert_refused, count, on_meta

SCALINGS = ("beta", "skipinit", "rezero", "fixup")


def spec(scaling: str, **changes: Any) -> ScaledResNetSpec:
    return ScaledResNetSpec(**{"scaling": scaling, "depth": 8, **changes})


def block(scaling: str, **changes: Any) -> nn.Module:
    """The first block of layer2, which halves the picture and doubles the channels, in double precision."""
    torch.manual_seed(0)
    return zoo.build(spec(scaling, **changes)).get_submodule("layer2.0").double()


def randomised(module: nn.Module) -> nn.Module:
    """The module with every parameter drawn anew: no zero hides a mistake."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_()
    return module


def padded(x: Tensor) -> Tensor:
    """Option A: every second pixel, as many zero channels behind."""
    small = x[:, :, ::2, ::2]
    return torch.cat((small, torch.zeros_like(small)), dim=1)


def normed(y: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    y = (y - y.mean((0, 2, 3), keepdim=True)) / (y.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-5).sqrt()
    return y * norm.weight[:, None, None] + norm.bias[:, None, None]


def by_hand(scaling: str, p: Any, x: Tensor) -> Tensor:
    """The equation of a block with the parameters of `p`, its residual branch."""
    if scaling == "beta":
        y = normed(F.conv2d(x, p.conv1.weight, stride=2, padding=1), p.bn1).clamp(min=0)
        return (padded(x) + 0.3 * normed(F.conv2d(y, p.conv2.weight, padding=1), p.bn2)).clamp(min=0)
    if scaling == "fixup":
        y = F.conv2d(x + p.bias1a.bias, p.conv1.weight, stride=2, padding=1) + p.bias1b.bias
        y = F.conv2d(y.clamp(min=0) + p.bias2a.bias, p.conv2.weight, padding=1)
        return (padded(x) + p.scale.alpha * y + p.bias2b.bias).clamp(min=0)
    y = F.conv2d(F.conv2d(x, p.conv1.weight, stride=2, padding=1).clamp(min=0), p.conv2.weight, padding=1)
    total = padded(x) + p.scale.alpha * y
    return total if scaling == "rezero" else total.clamp(min=0)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_block_computes_its_equation(scaling: str) -> None:
    module = randomised(block(scaling, **({"beta": 0.3} if scaling == "beta" else {})))
    x = torch.randn(2, 16, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(module(x), by_hand(scaling, module.residual, x))


def test_a_factor_of_one_is_the_resnet_itself() -> None:
    images = torch.randn(2, 3, 16, 16)
    expected = build_seeded(zoo.spec("resnet8"), 0)(images)
    assert torch.equal(build_seeded(spec("beta", beta=1.0), 0)(images), expected)
    assert not torch.allclose(build_seeded(spec("beta", beta=0.5), 0)(images), expected)


@pytest.mark.parametrize("scaling", ["skipinit", "rezero", "fixup"])
def test_at_initialisation_a_block_without_batch_norm_is_its_shortcut(scaling: str) -> None:
    network = zoo.build(spec(scaling)).eval()
    x = torch.rand(2, 16, 8, 8)  # as after a ReLU: nothing below 0
    assert torch.equal(network.get_submodule("layer1.0")(x), x)
    assert torch.equal(network.get_submodule("layer2.0")(x), padded(x))
    images = torch.randn(2, 3, 8, 8)
    shortcuts = operate(network, Surgery.of(drop=[j.name for j in junctions(scaling)]), images)
    assert torch.equal(network(images), shortcuts(images))


def test_skipinit_begins_at_the_alpha_that_is_asked_for_and_rezero_at_0() -> None:
    for asked, begins in ((spec("skipinit", alpha=0.125), 0.125), (spec("skipinit"), 0.0), (spec("rezero"), 0.0)):
        factors = [p for name, p in zoo.build(asked).named_parameters() if name.endswith("alpha")]
        assert len(factors) == 3 and all(factor.tolist() == [begins] for factor in factors)


def test_fixup_begins_with_zeros_and_with_weights_that_shrink_with_the_number_of_branches() -> None:
    torch.manual_seed(0)
    network = zoo.build(spec("fixup", depth=110))
    for path, module in network.named_modules():
        if path.endswith("residual.conv2") or path == "fc":
            assert not module.weight.any()
        elif path.endswith("residual.scale"):
            assert module.alpha.tolist() == [1.0]
        elif isinstance(module, nn.Conv2d):
            usual = math.sqrt(2 / (9 * module.out_channels))
            expected = usual if path == "conv1" else usual * 54 ** (-1 / 2)  # m = 2 layers: L^(-1/(2m-2))
            within = 4 / math.sqrt(2 * module.weight.numel())  # standard errors of a standard deviation
            assert module.weight.std().item() == pytest.approx(expected, rel=within)
    biases = [p for name, p in network.named_parameters() if name.endswith("bias")]
    assert len(biases) == 54 * 4 + 3 and not any(bias.any() for bias in biases)


def test_fixup_scales_whichever_initialisation_is_chosen() -> None:
    torch.manual_seed(0)
    network = zoo.build(spec("fixup", depth=26, init="normal", init_std=0.02))  # 12 branches
    assert network.get_parameter("layer3.1.residual.conv1.weight").std().item() == pytest.approx(
        0.02 / math.sqrt(12), rel=0.03
    )


def test_parameters_are_those_of_the_resnet_and_the_scalars_that_were_added() -> None:
    bare = count(on_meta("resnet110", batch_norm=False))
    counts = {scaling: count(on_meta(spec(scaling, depth=110))) for scaling in SCALINGS}
    assert counts == {
        "beta": 1_727_962,  # ResNet-110
        "skipinit": bare + 54,
        "rezero": bare + 54,
        "fixup": bare + 54 * 5 + 2,  # a block: four biases, one factor; one bias in the stem, one before the classifier
    }


@pytest.mark.parametrize("scaling", SCALINGS)
def test_there_is_a_batch_norm_only_where_it_is_a_choice(scaling: str) -> None:
    def norms(asked: ScaledResNetSpec) -> int:
        return sum(isinstance(module, nn.BatchNorm2d) for module in zoo.build(asked).modules())

    fields = {field.name for field in spec(scaling).fields()}
    assert ("batch_norm" in fields) == (scaling == "beta")
    assert norms(spec(scaling)) == (7 if scaling == "beta" else 0)
    assert norms(spec(scaling, batch_norm=False)) == 0


def test_a_field_without_effect_is_put_back() -> None:
    assert spec("rezero", alpha=0.5, beta=0.5, batch_norm=False) == spec("rezero")
    assert spec("fixup").replace(scaling="beta") == spec("beta")


@pytest.mark.parametrize("typed", ["skipinit_resnet20", "SkipInit-ResNet-20", "skipinit resnet20", "skipinitresnet20"])
def test_any_depth_has_a_name_however_it_is_typed(typed: str) -> None:
    assert zoo.spec(typed) == spec("skipinit", depth=20)
    assert zoo.spec("skipinit_resnet110", depth=20).label == "skipinit_resnet20"


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("beta_resnet110", {"beta": 0}, "beta of beta_resnet110 is 0: allowed are numbers from 0.001 to 1"),
        ("beta_resnet110", {"beta": 1.5}, "beta of beta_resnet110 is 1.5: allowed are numbers from 0.001 to 1"),
        ("skipinit_resnet110", {"alpha": -1}, "alpha of skipinit_resnet110 is -1: allowed are numbers from 0 to 1"),
        ("fixup_resnet110", {"depth": 57}, "depth of fixup_resnet110 is 57: allowed are 6n+2 from 8 to 1202"),
        ("rezero_resnet110", {"shortcut": "none"}, "shortcut of rezero_resnet110 is none: allowed are A, B, C"),
        (
            "rezero_resnet110",
            {"scaling": "none"},
            "scaling of rezero_resnet110 is none: allowed are beta, skipinit, rezero, fixup",
        ),
    ],
)
def test_a_bad_value_is_one_sentence(name: str, changes: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, name, **changes)


def junctions(scaling: str, **changes: Any) -> tuple[Junction, ...]:
    return graph_of(spec(scaling, **changes)).shortcuts


@pytest.mark.parametrize("scaling", SCALINGS)
def test_every_block_has_one_shortcut_and_its_scalars_lie_on_the_branch(scaling: str) -> None:
    for changes, kinds in (
        ({}, ["identity", "resize", "resize"]),
        ({"shortcut": "B"}, ["identity", "projection", "projection"]),
    ):
        found = junctions(scaling, **changes)
        assert [junction.kind for junction in found] == kinds and len(found) == spec(scaling).num_shortcuts
    graph = graph_of(spec(scaling))
    for junction in graph.shortcuts:
        on_branch = [graph.ops[i].module_path for i in junction.branch]
        assert f"{junction.name}.residual.scale" in on_branch


@pytest.mark.parametrize("scaling", SCALINGS)
def test_gradients_at_initialisation_can_be_measured(scaling: str) -> None:
    answer = measure(GradientQuestion.defaults(spec(scaling), image_size=8))
    assert len(answer.gradient_norms) == 3 and not (answer.overflow | answer.underflow).any()
    # the classifier of Fixup begins as 0, so that nothing passes it before the first step
    assert (answer.gradient_norms > 0).all() == (scaling != "fixup")


def test_with_a_branch_that_begins_as_0_the_gradient_is_the_same_at_every_block_of_a_stage() -> None:
    norms = measure(GradientQuestion.defaults(spec("rezero", depth=20), image_size=8)).gradient_norms
    assert norms[0] == norms[1] and norms[3] == norms[4] == norms[5] and norms[6] == norms[7] == norms[8]
