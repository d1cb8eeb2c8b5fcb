"""ReXNet: the channel rule, the partial shortcut, and the gates."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.probes.architecture import graph_of
from resnet_viz.surgery import Surgery, operate
from resnet_viz.zoo.networks.rexnet import InvertedBottleneck
from resnet_viz.zoo.specs import ReXNetSpec
from resnet_viz.zoo.torchvision_guard import import_torchvision
from resnet_viz.zoo.weights import renamed
from tests.zoo.helpers import assert_refused, on_meta

# Counted in the released code: parameters, and billions of multiply-adds at 224×224.
COUNTS = {
    "rexnet_90": (4_091_257, 0.348),
    "rexnet_100": (4_796_873, 0.398),
    "rexnet_130": (7_557_091, 0.662),
    "rexnet_150": (9_728_593, 0.876),
    "rexnet_200": (16_366_620, 1.529),
    "rexnet_220": (19_485_308, 1.843),
    "rexnet_300": (34_708_792, 3.396),
}
MOBILE = {"channel_rule": "mobilenetv2"}


def rexnet(**choices: object) -> ReXNetSpec:
    return ReXNetSpec(**choices)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_and_cost_are_those_of_the_released_code(name: str) -> None:
    graph = graph_of(zoo.spec(name))
    assert (graph.num_parameters, round(graph.macs / 1e9, 3)) == COUNTS[name]


def test_every_entry_is_counted_here() -> None:
    assert {name for name in zoo.names() if name.startswith("rexnet")} == set(COUNTS)


@pytest.mark.parametrize("width", [0.5, 0.77, 1.1, 2.65, 4.0])
def test_any_width_is_that_of_timm(width: float) -> None:
    import_torchvision()
    from timm.models.rexnet import RexNet

    with torch.device("meta"):
        theirs = RexNet(width_mult=width)
    spec = rexnet(width_mult=width)
    expected = {key: value.shape for key, value in renamed(theirs.state_dict(), spec).items()}
    assert {key: value.shape for key, value in on_meta(spec).state_dict().items()} == expected


def test_channels_lie_on_a_straight_line() -> None:
    channels = rexnet().block_channels
    assert channels == (16, 27, 38, 50, 61, 72, 84, 95, 106, 117, 128, 140, 151, 162, 174, 185)
    for width in (0.5, 1.3, 4.0):
        steps = {b - a for a, b in pairwise(rexnet(width_mult=width).block_channels)}
        assert max(steps) - min(steps) <= 1


def test_the_rule_of_mobilenetv2_keeps_a_width_through_a_stage() -> None:
    spec = rexnet(**MOBILE)
    widths = [{shape.out_channels for shape in stage} for stage in spec.stages]
    assert widths == [{16}, {24}, {32}, {64}, {96}, {160}, {320}]
    assert (spec.stage_blocks, spec.depth, spec.num_shortcuts) == ((1, 2, 3, 4, 3, 3, 1), 53, 12)


def test_the_rule_of_mobilenetv2_without_gates_has_the_blocks_of_torchvisions_network() -> None:
    with torch.device("meta"):
        theirs = import_torchvision().models.mobilenet_v2()
    ours = on_meta(rexnet(**MOBILE, squeeze_excitation=False))
    assert [p.shape for p in ours.parameters()] == [p.shape for p in theirs.parameters()]


@pytest.mark.parametrize("name", ["rexnet_90", "rexnet_100", "rexnet_300"])
def test_a_block_has_a_shortcut_where_it_neither_halves_nor_narrows(name: str) -> None:
    spec = zoo.spec(name)
    found = [shortcut.kind for shortcut in graph_of(spec).shortcuts]
    assert found == ["identity"] * 11 and spec.num_shortcuts == 11


def test_depth_counts_the_layers_with_weights_outside_gates() -> None:
    for choices in ({}, MOBILE, {"expansion": 1}):
        spec = rexnet(**choices)
        layers = [
            name
            for name, module in on_meta(spec).named_modules()
            if isinstance(module, nn.Conv2d | nn.Linear) and ".se." not in name
        ]
        assert spec.depth == len(layers)


def naive_block(state: dict[str, Tensor], x: Tensor) -> Tensor:
    """layer3.1 of rexnet_100 in evaluation mode with fresh batch norms: 50 -> 61 channels."""
    scale = (1 + 1e-5) ** -0.5  # of a batch norm that has seen nothing
    y = F.conv2d(x, state["residual.conv1.weight"]) * scale
    y = y * torch.sigmoid(y)
    y = F.conv2d(y, state["residual.conv2.weight"], padding=1, groups=300) * scale
    z = y.mean((2, 3))
    z = z @ state["residual.se.gate.fc1.weight"].flatten(1).T + state["residual.se.gate.fc1.bias"]
    z = (z * scale).clamp(min=0) @ state["residual.se.gate.fc2.weight"].flatten(1).T
    s = torch.sigmoid(z + state["residual.se.gate.fc2.bias"])
    y = (y * s[:, :, None, None]).clamp(0, 6)
    y = F.conv2d(y, state["residual.conv3.weight"]) * scale
    y[:, :50] += x
    return y


def test_a_block_computes_its_equation_and_adds_to_the_first_channels_only() -> None:
    torch.manual_seed(0)
    block = zoo.build("rexnet_100").eval().get_submodule("layer3.1")
    x = torch.randn(2, 50, 8, 8)
    with torch.no_grad():
        y = block(x)
        torch.testing.assert_close(y, naive_block(block.state_dict(), x))
        assert torch.equal(y[:, 50:], block.get_submodule("residual")(x)[:, 50:])


def test_cutting_all_shortcuts_leaves_the_network_built_without() -> None:
    torch.manual_seed(0)
    spec, x = zoo.spec("rexnet_100"), torch.randn(2, 3, 32, 32)
    network = zoo.build(spec).eval()
    cut = operate(network, Surgery.of(cut=[j.name for j in graph_of(spec).shortcuts]), x)
    with torch.no_grad():
        without_shortcuts = cut(x)
        for module in network.modules():
            if isinstance(module, InvertedBottleneck):
                module.shortcut = None
        assert torch.equal(without_shortcuts, network(x))


def test_gates_stand_from_the_third_stage_on_and_can_be_left_out() -> None:
    def gated(spec: ReXNetSpec) -> list[str]:
        return [name for name, _ in on_meta(spec).named_modules() if name.endswith(".se")]

    assert len(gated(rexnet())) == 2 + 3 + 3 + 5 and gated(rexnet())[0] == "layer3.0.residual.se"
    assert gated(rexnet(squeeze_excitation=False)) == []


@pytest.mark.parametrize("expansion", [1, 3, 12])
def test_the_depthwise_convolution_has_so_many_channels_for_each_of_the_input(expansion: int) -> None:
    network = on_meta(rexnet(expansion=expansion))
    assert network.get_submodule("layer4.1.residual.conv2").groups == 72 * expansion
    assert network.get_submodule("layer1.0.residual.conv2").groups == 32


def test_dropout_stands_before_the_last_layer_alone() -> None:
    drops = [module.p for module in on_meta(rexnet(dropout=0.4)).modules() if isinstance(module, nn.Dropout)]
    assert drops == [0.4]


@pytest.mark.parametrize(
    ("typed", "width"),
    [("ReXNet 1.3", 1.3), ("rexnet-2.2x", 2.2), ("ReXNet_300", 3.0), ("rexnet_120", 1.2), ("rexnet_1.0", 1.0)],
)
def test_a_width_is_read_as_percent_or_as_a_factor(typed: str, width: float) -> None:
    assert zoo.spec(typed) == rexnet(width_mult=width)


def test_a_width_without_an_entry_is_a_variation_of_100() -> None:
    assert zoo.spec("rexnet_120").label == "rexnet_100-width_mult1.2"


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"width_mult": 0}, "width_mult of rexnet_100 is 0: allowed are numbers from 0.5 to 4"),
        ({"channel_rule": "cubic"}, "channel_rule of rexnet_100 is cubic: allowed are linear, mobilenetv2"),
        ({"expansion": 0}, "expansion of rexnet_100 is 0: allowed are whole numbers from 1 to 12"),
        ({"dropout": 1.5}, "dropout of rexnet_100 is 1.5: allowed are numbers from 0 to 0.99"),
        ({"squeeze_excitation": 2}, "squeeze_excitation of rexnet_100 is 2: allowed are on, off"),
    ],
)
def test_an_impossible_value_is_one_sentence(choices: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, "rexnet_100", **choices)


@pytest.mark.parametrize("typed", ["rexnet_1000", "ReXNet 9.9"])
def test_a_name_with_an_impossible_width_is_one_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^width_mult of rexnet_100 is .*: allowed are numbers from 0\.5 to 4$"):
        zoo.spec(typed)
