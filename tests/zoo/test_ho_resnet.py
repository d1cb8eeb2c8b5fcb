"""A block of an HO-ResNet is one step of a Runge–Kutta method, and has one shortcut whatever happens inside it."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.probes import GradientQuestion, gradients
from resnet_viz.probes.architecture import graph_of
from resnet_viz.surgery import Surgery, operate
from tests.zoo.helpers import assert_refused, count, on_meta

ORDERS = {"euler": 1, "midpoint": 2, "heun3": 3, "rk3": 3, "rk4": 4}  # also the number of evaluations
SHALLOWEST = {method: f"ho_resnet{6 * order + 2}_{method}" for method, order in ORDERS.items()}


def increment(method: str, x: Tensor, start: Tensor, functions: list[nn.Module]) -> Tensor:
    """y − x of a step as the books write it; the first evaluation may read another `start` than x."""
    k1 = functions[0](start)
    if method == "euler":
        return k1
    if method == "midpoint":
        return functions[1](x + k1 / 2)
    if method == "heun3":
        k2 = functions[1](x + k1 / 3)
        k3 = functions[2](x + 2 * k2 / 3)
        return k1 / 4 + 3 * k3 / 4
    if method == "rk3":
        k2 = functions[1](x + k1 / 2)
        k3 = functions[2](x - k1 + 2 * k2)
        return (k1 + 4 * k2 + k3) / 6
    k2 = functions[1](x + k1 / 2)
    k3 = functions[2](x + k2 / 2)
    k4 = functions[3](x + k3)
    return (k1 + 2 * k2 + 2 * k3 + k4) / 6


@pytest.mark.parametrize("path", ["layer1.0", "layer2.0"])
@pytest.mark.parametrize("method", ORDERS)
def test_a_block_computes_the_step_of_its_method(method: str, path: str) -> None:
    block = zoo.build(SHALLOWEST[method]).double().get_submodule(path)
    start = torch.randn(2, 16, 8, 8, dtype=torch.float64)
    x = block.shortcut(start)
    expected = (x + increment(method, x, start, list(block.residual))).clamp(min=0)
    torch.testing.assert_close(block(start), expected)


@pytest.mark.parametrize("method", ORDERS)
def test_with_one_linear_function_a_step_is_the_exponential_series_to_its_order(method: str) -> None:
    class Times(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return 0.7 * x

    block = zoo.build(SHALLOWEST[method]).get_submodule("layer1.0")
    block.residual = nn.ModuleList(Times() for _ in block.residual)
    series = sum(0.7**n / math.factorial(n) for n in range(ORDERS[method] + 1))
    x = torch.rand(2, 16, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(block(x), series * x)


def test_an_evaluation_is_norm_activation_and_convolution_twice() -> None:
    first, second = zoo.build("ho_resnet14_midpoint").get_submodule("layer2.0").residual
    assert [type(part).__name__ for part in second] == ["BatchNorm2d", "ReLU", "Conv2d"] * 2
    assert (first.bn1.num_features, first.conv1.stride, first.conv2.stride) == (16, (2, 2), (1, 1))
    without = zoo.build("ho_resnet14_midpoint", batch_norm=False).get_submodule("layer1.0").residual[0]
    assert [type(part).__name__ for part in without] == ["ReLU", "Conv2d"] * 2


@pytest.mark.parametrize(("depth", "methods"), [(26, ("euler", "midpoint", "rk4")), (20, ("euler", "heun3", "rk3"))])
def test_networks_of_equal_depth_have_equal_parameters_whichever_the_method(depth: int, methods: list[str]) -> None:
    counts = set()
    for method in methods:
        network = on_meta(f"ho_resnet{depth}_{method}")
        counts.add(count(network))
        convolutions = [m for n, m in network.named_modules() if isinstance(m, nn.Conv2d) and "shortcut" not in n]
        assert len(convolutions) == depth - 1
    resnet = on_meta("resnet56", depth=depth)
    norms_before_the_change_of_shape = 2 * (16 + 32)  # of the narrower side, where a ResNet v1 has them after it
    assert counts == {count(resnet) - norms_before_the_change_of_shape}


@pytest.mark.parametrize("shortcut", ["A", "B", "C"])
@pytest.mark.parametrize("method", ORDERS)
def test_a_block_has_one_shortcut_and_the_sums_inside_it_are_nested(method: str, shortcut: str) -> None:
    spec = zoo.spec(SHALLOWEST[method], shortcut=shortcut)
    graph = graph_of(spec)
    assert [junction.name for junction in graph.shortcuts] == ["layer1.0", "layer2.0", "layer3.0"]
    assert spec.num_shortcuts == 3
    nested = {"euler": 0, "midpoint": 1, "heun3": 3, "rk3": 3, "rk4": 4}[method]  # inner sums, and that of the slopes
    assert len(graph.junctions) == 3 * (1 + nested)


@pytest.mark.parametrize("method", ORDERS)
def test_cutting_all_shortcuts_leaves_the_increments_of_the_blocks(method: str) -> None:
    network, image = zoo.build(SHALLOWEST[method]).double().eval(), torch.rand(2, 3, 16, 16, dtype=torch.float64)
    graph = graph_of(zoo.spec(SHALLOWEST[method]))
    cut = operate(network, Surgery.of(cut=[junction.name for junction in graph.shortcuts]), image)
    y = network.relu(network.bn1(network.conv1(image)))
    for stage in (network.layer1, network.layer2, network.layer3):
        for block in stage:
            y = increment(method, block.shortcut(y), y, list(block.residual)).clamp(min=0)
    torch.testing.assert_close(cut(image), network.fc(y.mean((2, 3))))


def test_its_gradient_can_be_measured() -> None:
    spec = zoo.spec("ho_resnet26_rk4")
    answer = gradients.measure(GradientQuestion.defaults(spec, graph_of(spec), image_size=8, batch_size=4))
    assert (answer.gradient_norms > 0).all() and len(answer.gradient_norms) == 3


def test_it_has_no_plain_twin() -> None:
    spec = zoo.spec("ho_resnet26_rk4")
    assert spec.without_shortcuts() is None and spec.with_shortcuts() == spec


@pytest.mark.parametrize(
    ("name", "overrides", "sentence"),
    [
        (
            "ho_resnet26_rk4",
            {"depth": 32},
            "depth of ho_resnet26_rk4 is 32: allowed are 24n+2: 26, 50, …, 1202",
        ),
        (
            "ho_resnet26_midpoint",
            {"method": "heun3", "depth": 26},
            "depth of ho_resnet20_heun3 is 26: allowed are 18n+2: 20, 38, …, 1190",
        ),
        (
            "ho_resnet26_rk4",
            {"depth": 8},
            "depth of ho_resnet26_rk4 is 8: allowed are 24n+2: 26, 50, …, 1202",
        ),
        ("ho_resnet26_rk4", {"depth": 30}, "depth of ho_resnet26_rk4 is 30: allowed are 24n+2: 26, 50, …, 1202"),
        ("ho_resnet26_rk4", {"shortcut": "none"}, "shortcut of ho_resnet26_rk4 is none: allowed are A, B, C"),
    ],
)
def test_an_impossible_value_is_one_sentence(name: str, overrides: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, name, **overrides)


@pytest.mark.parametrize("depth", [8, 30, 32])
def test_a_name_with_an_impossible_depth_says_what_its_method_allows(depth: int) -> None:
    assert_refused(
        f"depth of ho_resnet{depth}_rk4 is {depth}: allowed are 24n+2: 26, 50, …, 1202", f"HO-ResNet{depth}-RK4"
    )


@pytest.mark.parametrize(
    ("name", "method", "becomes"),
    [
        ("ho_resnet26_midpoint", "heun3", "ho_resnet20_heun3"), ("ho_resnet50_euler", "rk4", "ho_resnet50_rk4"),
        ("ho_resnet8_euler", "rk4", "ho_resnet26_rk4"), ("ho_resnet1202_euler", "rk3", "ho_resnet1190_rk3"),
    ],
)  # fmt: skip
def test_another_method_takes_the_nearest_depth_that_it_allows(name: str, method: str, becomes: str) -> None:
    assert zoo.spec(name, method=method).name == becomes


@pytest.mark.parametrize("method", ORDERS)
def test_the_depths_offered_are_those_that_the_method_allows(method: str) -> None:
    offered = next(field for field in zoo.fields(zoo.spec(SHALLOWEST[method])) if field.name == "depth")
    depths = range(int(offered.minimum), int(offered.maximum) + 1, offered.step)
    assert set(depths) == {depth for depth in range(8, 1203) if (depth - 2) % (6 * ORDERS[method]) == 0}
    assert all(zoo.spec(SHALLOWEST[method], depth=depth).depth == depth for depth in (depths[0], depths[1], depths[-1]))


def test_a_name_is_read_however_it_is_typed() -> None:
    assert zoo.spec("HO-ResNet 50 RK4") == zoo.spec("ho_resnet50_rk4") == zoo.spec("ho_resnet26_rk4", depth=50)
