"""Multilayer perceptrons: each kind is its equation, and looks-linear is linear."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.probes.architecture import graph_of
from resnet_viz.probes.gradients import measure, prepare
from resnet_viz.probes.questions import GradientQuestion
from resnet_viz.probes.weights import build_seeded
from resnet_viz.surgery import Surgery, operate
from resnet_viz.zoo.specs import MLPSpec
from resnet_viz.zoo.specs.mlp import KINDS
from tests.zoo.helpers import assert_refused

PLAIN = ("plain", "plain_mean_bn", "plain_bn")
RESIDUAL = ("residual", "residual_mean_bn", "residual_bn")


def spec(kind: str, **changes: Any) -> MLPSpec:
    return MLPSpec(**{"kind": kind, "num_blocks": 3, "width": 16, **changes})


def build(kind: str, seed: int = 0, **changes: Any) -> nn.Module:
    torch.manual_seed(seed)
    return zoo.build(spec(kind, **changes)).double()


def by_hand(kind: str, beta: float, layer: Any, x: Tensor) -> Tensor:
    """The equation of a block in training mode, batch norm without its learned scale and shift."""
    if kind == "looks_linear":
        return torch.cat((x.clamp(min=0), (-x).clamp(min=0)), 1) @ layer.fc.weight.T
    z = x - x.mean(0) if "bn" in kind else x
    if kind in ("plain_bn", "residual_bn"):
        z = z / (z.square().mean(0) + 1e-5).sqrt()
    y = z.clamp(min=0) @ layer.fc.weight.T
    return x + beta * y if kind in RESIDUAL else y


@pytest.mark.parametrize("beta", [1.0, 0.3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_network_computes_its_equation(kind: str, beta: float) -> None:
    network = build(kind, beta=beta)
    images = torch.randn(5, 1, 8, 8, dtype=torch.float64)
    x = images.flatten(1) @ network.get_parameter("first.weight").T
    for block in network.get_submodule("layers").children():
        x = by_hand(kind, beta, block.residual, x)
    fc: Any = network.get_submodule("fc")
    torch.testing.assert_close(network(images), F.linear(x, fc.weight, fc.bias))


def test_mean_only_batch_norm_keeps_a_running_mean_for_use_without_a_batch() -> None:
    network = build("plain_mean_bn", num_blocks=1)
    norm: Any = network.get_submodule("layers.0.residual.norm")
    x = torch.randn(40, 16, dtype=torch.float64) + 3
    assert torch.allclose(norm(x).mean(0), torch.zeros(16, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(norm.running_mean, 0.1 * x.mean(0))
    assert torch.allclose(norm.eval()(x), x - 0.1 * x.mean(0))


def test_looks_linear_weights_are_an_orthogonal_matrix_and_its_negative() -> None:
    weight = build("looks_linear", width=64).get_parameter("layers.0.residual.fc.weight")
    left, right = weight[:, :64], weight[:, 64:]
    assert torch.equal(left, -right)
    assert torch.allclose(left @ left.T, torch.eye(64, dtype=torch.float64), atol=1e-5)


def test_at_initialisation_looks_linear_has_one_gradient_for_all_inputs() -> None:
    def input_gradients(kind: str) -> Tensor:
        images = torch.randn(6, 1, 8, 8, dtype=torch.float64, requires_grad=True)
        build(kind, num_blocks=50, width=64)(images)[:, 0].sum().backward()
        assert images.grad is not None
        return images.grad

    linear, plain = input_gradients("looks_linear"), input_gradients("plain")
    assert float((linear - linear[:1]).abs().max()) < 1e-6 * float(linear.abs().max())
    assert float((plain - plain[:1]).abs().max()) > 0.1 * float(plain.abs().max())


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
@pytest.mark.parametrize("kind", (*PLAIN, *RESIDUAL))
def test_weights_have_variance_2_over_n_and_the_first_layer_1_over_its_pixels(kind: str, activation: str) -> None:
    network = build(kind, width=256, num_blocks=1, activation=activation)
    for path, expected in (("layers.0.residual.fc", 2 / 256), ("first", 1 / 64)):
        weight = network.get_parameter(f"{path}.weight")
        assert weight.var().item() == pytest.approx(expected, rel=4 * math.sqrt(2 / weight.numel()))
        assert network.get_submodule(path).bias is None


@pytest.mark.parametrize(("kind", "per_block"), [("plain", 1.0), ("plain_mean_bn", 1.0), ("residual", 2.0)])
def test_the_gradients_variance_grows_as_the_theorem_says(kind: str, per_block: float) -> None:
    """Balduzzi et al. 2017: 1 in a plain network, 2^L in a residual one without batch norm."""
    ratios = []
    for seed in range(10):
        asked = GradientQuestion(
            network=spec(kind, num_blocks=8, width=256),
            image_size=8,
            batch_norm_mode="frozen",
            images="noise",
            seed=seed,
        )
        norms = measure(asked).gradient_norms
        ratios.append((norms[0] / norms[-1]) ** 2)
    assert np.mean(ratios) == pytest.approx(per_block**7, rel=0.15)


@pytest.mark.parametrize(("kind", "twin"), list(zip(RESIDUAL, PLAIN, strict=True)))
def test_all_shortcuts_cut_is_the_plain_twin(kind: str, twin: str) -> None:
    residual = spec(kind)
    assert residual.without_shortcuts() == spec(twin) and spec(twin).with_shortcuts() == residual
    graph = graph_of(residual)
    assert [j.kind for j in graph.shortcuts] == ["identity"] * 3 and residual.num_shortcuts == 3
    images = torch.randn(4, 1, 8, 8)
    cut = operate(build_seeded(residual, 0), Surgery.of(cut=[j.name for j in graph.shortcuts]), images)
    assert torch.equal(cut(images), build_seeded(spec(twin), 0)(images))


@pytest.mark.parametrize("kind", (*PLAIN, "looks_linear"))
def test_a_plain_network_has_no_shortcuts_and_a_concatenation_is_none(kind: str) -> None:
    assert spec(kind).is_plain and spec(kind).num_shortcuts == 0 and not graph_of(spec(kind)).junctions


def test_depth_counts_the_layers_with_weights() -> None:
    layers = [module for module in build("residual_bn", num_blocks=5).modules() if isinstance(module, nn.Linear)]
    assert len(layers) == spec("residual_bn", num_blocks=5).depth == 7


def test_looks_linear_has_no_twin() -> None:
    assert spec("looks_linear").without_shortcuts() is None and spec("looks_linear").with_shortcuts() is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_default_question_can_be_measured(kind: str) -> None:
    asked = GradientQuestion.defaults(zoo.spec(f"mlp_{kind}"))
    answer = measure(asked)
    assert (asked.image_size, asked.batch_size) == (8, 32)
    assert (answer.gradient_norms > 0).all() and np.isfinite(answer.gradient_norms).all()


def test_another_picture_size_is_another_first_layer() -> None:
    network, _operated = prepare(GradientQuestion(network=spec("plain"), image_size=12))
    assert network.get_parameter("first.weight").shape == (16, 144)


def test_frozen_statistics_of_a_mean_only_batch_norm_are_those_of_the_batch() -> None:
    train, frozen = (
        measure(GradientQuestion.defaults(spec("residual_mean_bn"), batch_norm_mode=mode))
        for mode in ("train", "frozen")
    )
    assert np.allclose(train.activation_rms, frozen.activation_rms, rtol=1e-5)
    assert not np.allclose(train.gradient_norms[:-1], frozen.gradient_norms[:-1], rtol=1e-3)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"kind": "plain", "beta": 0.5}, {"kind": "plain"}),
        ({"kind": "looks_linear", "activation": "tanh"}, {"kind": "looks_linear"}),
    ],
)
def test_a_field_without_effect_is_put_back(changes: dict[str, Any], kept: dict[str, Any]) -> None:
    assert MLPSpec(**changes) == MLPSpec(**kept)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"num_blocks": 0}, "num_blocks of mlp_residual is 0: allowed are whole numbers from 1 to 1000"),
        ({"width": 5000}, "width of mlp_residual is 5000: allowed are whole numbers from 4 to 4096"),
        ({"beta": 0}, "beta of mlp_residual is 0: allowed are numbers from 0.001 to 1"),
        ({"activation": "gelu"}, "activation of mlp_residual is gelu: allowed are relu, tanh, sigmoid"),
        ({"image_size": 7}, "image_size of mlp_residual is 7: allowed are whole numbers from 8 to 1024"),
        (
            {"kind": "highway"},
            f"kind of mlp_residual is highway: allowed are {', '.join(KINDS)}",
        ),
    ],
)
def test_a_bad_value_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert_refused(sentence, "mlp_residual", **changes)
