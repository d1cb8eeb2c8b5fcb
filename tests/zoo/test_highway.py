"""Highway networks are their equation, begin carrying, and have one gated shortcut a layer that keeps its shape."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_viz import zoo
from resnet_viz.probes import GradientQuestion, gradients
from resnet_viz.probes.architecture import graph_of
from resnet_viz.surgery import Surgery, operate
from tests.zoo.helpers import assert_refused, count, on_meta

CARRIES = ["coupled", "own", "none"]


def counted(depth: int, carry: str) -> int:
    """Parameters by the definition: stem, plain layers where the shape changes, layers of 1 to 3 maps, classifier."""
    n, maps = (depth - 2) // 3, {"coupled": 2, "own": 3, "none": 1}[carry]
    layers = sum((maps * 9 * c * c + (maps - 1) * c) * (n - (c > 16)) for c in (16, 32, 64))
    return 27 * 16 + layers + 9 * 16 * 32 + 9 * 32 * 64 + 65 * 10


@pytest.mark.parametrize("depth", [8, 20, 32])
@pytest.mark.parametrize("carry", CARRIES)
def test_parameters_are_those_of_the_definition(depth: int, carry: str) -> None:
    network = on_meta("highway20", depth=depth, carry=carry)
    assert count(network) == counted(depth, carry)


@pytest.mark.parametrize("depth", [8, 20])
@pytest.mark.parametrize("carry", CARRIES)
def test_every_layer_that_keeps_its_shape_has_one_gated_shortcut(depth: int, carry: str) -> None:
    spec = zoo.spec("highway20", depth=depth, carry=carry)
    graph = graph_of(spec)
    assert spec.num_shortcuts == len(graph.shortcuts) == len(graph.junctions) == (0 if carry == "none" else depth - 4)
    assert {junction.kind for junction in graph.junctions} <= {"gated"}


@pytest.mark.parametrize("carry", CARRIES)
def test_a_layer_computes_its_equation(carry: str) -> None:
    layer = zoo.build("highway8", carry=carry).get_submodule("layer1.0").double()
    x = torch.randn(2, 16, 6, 6, dtype=torch.float64)
    y = F.conv2d(x, layer.residual.conv.weight, padding=1).clamp(min=0)
    if carry != "none":
        gates = [layer.transform_gate, layer.carry_gate] if carry == "own" else [layer.transform_gate]
        t, c = ([1 / (1 + (-F.conv2d(x, g.conv.weight, g.conv.bias, padding=1)).exp()) for g in gates] + [None])[:2]
        y = t * y + (1 - t if c is None else c) * x
    torch.testing.assert_close(layer(x), y)


@pytest.mark.parametrize(("bias", "carried"), [(0.0, 0.5), (-2.0, 0.8808), (-10.0, 0.99995)])
@pytest.mark.parametrize("carry", ["coupled", "own"])
def test_the_bias_says_how_much_is_carried_at_initialisation(bias: float, carried: float, carry: str) -> None:
    layer = zoo.build("highway8", gate_bias=bias, carry=carry).get_submodule("layer2.1")
    assert layer.transform_gate.conv.bias.unique().tolist() == [bias]
    x = torch.zeros(1, 32, 4, 4)  # the gates then see their bias alone
    share = 1 - layer.transform_gate(x) if carry == "coupled" else layer.carry_gate(x)
    torch.testing.assert_close(share, torch.full_like(share, carried), atol=5e-5, rtol=0)


def test_a_network_that_carries_everything_is_its_plain_layers() -> None:
    """At a gate bias of −10 and without weights in the gates, 0.99995 of the input passes each layer."""
    network = zoo.build("highway20", gate_bias=-10)
    for name, module in network.named_modules():
        if name.endswith("transform_gate.conv"):
            nn.init.zeros_(module.weight)
    layers = network.get_submodule("layer1")
    x = torch.rand(2, 16, 8, 8)
    torch.testing.assert_close(layers(x), x, rtol=0, atol=2e-3)


def test_cutting_all_shortcuts_leaves_the_gated_branches() -> None:
    network, x = zoo.build("highway8").eval(), torch.rand(2, 3, 16, 16)
    graph = graph_of(zoo.spec("highway8"))
    cut = operate(network, Surgery.of(cut=[junction.name for junction in graph.shortcuts]), x)
    y = network.relu(network.conv1(x))
    for stage in (network.layer1, network.layer2, network.layer3):
        for layer in stage:
            y = layer.residual(y) * layer.transform_gate(y) if layer.transform_gate else layer.residual(y)
    torch.testing.assert_close(cut(x), network.fc(y.mean((2, 3))))


def test_its_gradient_can_be_measured() -> None:
    spec = zoo.spec("highway8")
    answer = gradients.measure(GradientQuestion.defaults(spec, graph_of(spec), image_size=8, batch_size=4))
    assert (answer.gradient_norms > 0).all() and len(answer.gradient_norms) == 6


def test_the_plain_twin_has_no_gates_and_no_bias_for_them() -> None:
    plain = zoo.spec("highway20", gate_bias=-5).without_shortcuts()
    assert plain == zoo.spec("highway20", carry="none") and "gate_bias" not in {f.name for f in zoo.fields(plain)}
    assert plain.with_shortcuts() == zoo.spec("highway20")
    own = zoo.spec("highway20", carry="own")
    assert own.with_shortcuts() == own
    names = {name for name, _ in on_meta(plain).named_parameters()}
    assert not any("gate" in name for name in names)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"depth": 21}, "depth of highway20 is 21: allowed are 3n+2 from 8 to 1202"),
        ({"gate_bias": 1}, "gate_bias of highway20 is 1: allowed are numbers from -10 to 0"),
        ({"carry": "C"}, "carry of highway20 is C: allowed are coupled, own, none"),
    ],
)
def test_an_impossible_value_is_one_sentence(overrides: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, "highway20", **overrides)


def test_a_name_is_read_however_it_is_typed() -> None:
    assert zoo.spec("Highway-35") == zoo.spec("highway20", depth=35)
