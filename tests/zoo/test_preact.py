"""ResNet v2: the published counts and figures, the junctions of each shortcut, and what may be chosen."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch import nn

from resnet_viz import zoo
from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.surgery import Surgery, operate
from resnet_viz.zoo import catalog
from resnet_viz.zoo.specs import PreActSpec
from tests.zoo.helpers import assert_refused, count, on_meta

ARRANGEMENTS = "abcde"
KINDS = {  # what the trace calls each shortcut: where the shape stays, and where it changes
    "identity": ("identity", "resize"),
    "scaled": ("scaled", "resize"),
    "exclusive": ("gated", "gated"),
    "shortcut_only": ("gated", "gated"),
    "1x1": ("projection", "projection"),
    "dropout": ("identity", "resize"),
}


def traced(name: str, **changes: object) -> NetworkGraph:
    return trace(on_meta(name, **changes), torch.empty(2, 3, 32, 32, device="meta"))


# ---- the published networks


@pytest.mark.parametrize("arrangement", [*ARRANGEMENTS])
@pytest.mark.parametrize(
    ("name", "parameters"),
    [("preact_resnet110", 1_727_962), ("preact_resnet164", 1_703_258), ("preact_resnet1001", 10_327_706)],
)
def test_every_arrangement_has_the_parameters_of_the_released_layout(
    name: str, parameters: int, arrangement: str
) -> None:
    assert count(on_meta(name, arrangement=arrangement)) == parameters


def test_basic_blocks_have_the_parameters_of_resnet_v1() -> None:
    assert count(on_meta("preact_resnet110")) == count(on_meta("resnet110"))


@pytest.mark.parametrize(
    ("name", "block", "units"),
    [
        ("preact_resnet110", "basic", 54),
        ("preact_resnet164", "bottleneck", 54),
        ("preact_resnet1001", "bottleneck", 333),
    ],
)
def test_entries_have_the_papers_blocks_and_depth(name: str, block: str, units: int) -> None:
    spec = zoo.spec(name)
    assert isinstance(spec, PreActSpec) and (spec.block, spec.num_shortcuts) == (block, units)
    layers = [
        path
        for path, module in on_meta(name).named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and not path.endswith(".shortcut")
    ]
    assert len(layers) == spec.depth


@pytest.mark.parametrize("arrangement", [*ARRANGEMENTS])
@pytest.mark.parametrize(("name", "layers"), [("preact_resnet20", 2), ("preact_resnet29", 3)])
def test_every_unit_has_as_many_convolutions_norms_and_activations(name: str, layers: int, arrangement: str) -> None:
    network = on_meta(name, arrangement=arrangement)
    for stage in ("layer1", "layer2", "layer3"):
        for unit in network.get_submodule(stage).children():
            parts = Counter(type(m) for path, m in unit.named_modules() if path != "shortcut")
            assert parts[nn.Conv2d] == parts[nn.BatchNorm2d] == parts[nn.ReLU] == layers


def test_the_released_layout_projects_without_norm_where_the_width_changes() -> None:
    network = on_meta("preact_resnet29")
    assert {
        path: (module.in_channels, module.out_channels, module.stride[0], module.bias)
        for path, module in network.named_modules()
        if path.endswith(".shortcut") and isinstance(module, nn.Conv2d)
    } == {
        "layer1.0.shortcut": (16, 64, 1, None),
        "layer2.0.shortcut": (64, 128, 2, None),
        "layer3.0.shortcut": (128, 256, 2, None),
    }
    assert network.get_submodule("layer2.0.residual.conv1").stride == (2, 2)


def test_weights_are_drawn_with_the_variance_of_the_released_code() -> None:
    torch.manual_seed(0)
    weight = zoo.build("preact_resnet11").get_parameter("layer3.0.residual.conv1.weight")  # 128 -> 64 channels, 1×1
    assert weight.var().item() == pytest.approx(2 / 64, rel=0.06)  # 8,192 numbers: a relative spread of 1.6 %


# ---- the shortcuts of Table 1


def test_gates_start_with_their_bias() -> None:
    network = zoo.build("preact_resnet14", shortcut="exclusive", gate_bias=-7)
    biases = [parameter for name, parameter in network.named_parameters() if name.endswith("gate.conv.bias")]
    assert len(biases) == 6 and all((bias == -7).all() for bias in biases)


def test_a_shortcut_is_dropped_in_training_only() -> None:
    torch.manual_seed(0)
    shortcut = zoo.build("preact_resnet14", shortcut="dropout", dropout=0.25).get_submodule("layer1.1.shortcut")
    x = torch.ones(1, 16, 32, 32)
    assert (shortcut(x) == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert torch.equal(shortcut.eval()(x), x)


# ---- what the trace sees


@pytest.mark.parametrize("arrangement", [*ARRANGEMENTS])
@pytest.mark.parametrize("shortcut", KINDS)
def test_every_unit_has_one_junction_of_its_kind(shortcut: str, arrangement: str) -> None:
    graph = traced("preact_resnet14", shortcut=shortcut, arrangement=arrangement)
    stays, changes = KINDS[shortcut]
    assert {j.name: j.kind for j in graph.junctions} == {
        f"layer{stage}.{unit}": changes if stage > 1 and unit == 0 else stays for stage in (1, 2, 3) for unit in (0, 1)
    }


@pytest.mark.parametrize("shortcut", KINDS)
def test_bottleneck_units_have_one_junction_each(shortcut: str) -> None:
    graph = traced("preact_resnet29", shortcut=shortcut)
    assert len(graph.junctions) == len(graph.shortcuts) == 9


@pytest.mark.parametrize("arrangement", [*ARRANGEMENTS])
@pytest.mark.parametrize("name", ["preact_resnet14", "preact_resnet11"])
def test_cutting_all_shortcuts_gives_the_plain_twin(name: str, arrangement: str) -> None:
    residual = zoo.build(name, arrangement=arrangement)
    plain = zoo.build(name, arrangement=arrangement, shortcut="none")
    kept = {key: value for key, value in residual.state_dict().items() if ".shortcut." not in key}
    plain.load_state_dict(kept)
    images = torch.randn(4, 3, 16, 16)
    graph = trace(residual, images)
    cut = operate(residual, Surgery.of(cut=[junction.name for junction in graph.shortcuts]), images)
    assert torch.equal(cut(images), plain(images))


# ---- what may be chosen


def test_the_block_of_a_name_is_the_published_one_and_else_fits_the_depth() -> None:
    blocks = {depth: getattr(zoo.spec(f"PreAct-ResNet-{depth}"), "block", None) for depth in (20, 29, 110, 164, 1001)}
    assert blocks == {20: "basic", 29: "bottleneck", 110: "basic", 164: "bottleneck", 1001: "bottleneck"}
    basic = zoo.spec("preact_resnet164", block="basic")
    assert (basic.name, basic.overrides()) == ("preact_resnet164", {"block": "basic"})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"depth": 57}, "depth of preact_resnet110 is 57: allowed are 6n+2 from 8 to 1202 with basic blocks"),
        ({"depth": 113}, "depth of preact_resnet110 is 113: allowed are 6n+2 from 8 to 1202 with basic blocks"),
        (
            {"depth": 116, "block": "bottleneck"},
            "depth of preact_resnet110 is 116: allowed are 9n+2 from 11 to 1199 with bottleneck blocks",
        ),
        ({"arrangement": "f"}, "arrangement of preact_resnet110 is f: allowed are a, b, c, d, e"),
        ({"shortcut": "B"}, "shortcut of preact_resnet110 is B: allowed are " + ", ".join([*KINDS, "none"])),
        ({"shortcut_scale": 1.5}, "shortcut_scale of preact_resnet110 is 1.5: allowed are numbers from 0 to 1"),
        ({"gate_bias": 1}, "gate_bias of preact_resnet110 is 1: allowed are numbers from -10 to 0"),
        ({"dropout": 1.5}, "dropout of preact_resnet110 is 1.5: allowed are numbers from 0 to 0.99"),
    ],
)
def test_a_bad_value_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, "preact_resnet110", **changes)


@pytest.mark.parametrize(
    ("name", "block", "depth"),
    [("preact_resnet32", "bottleneck", 29), ("preact_resnet1202", "bottleneck", 1199), ("preact_resnet11", "basic", 8)],
)
def test_other_blocks_take_the_nearest_depth_that_they_allow(name: str, block: str, depth: int) -> None:
    assert zoo.spec(name, block=block).depth == depth


@pytest.mark.parametrize("depth", ["17", "57", "2", "9" * 9])
def test_a_name_with_an_impossible_depth_is_one_sentence(depth: str) -> None:
    with pytest.raises(ValueError, match=rf"^depth of preact_resnet{depth} is {depth}: allowed are 6n\+2 "):
        zoo.spec(f"preact_resnet{depth}")


@pytest.mark.parametrize(("block", "first", "second"), [("basic", 8, 14), ("bottleneck", 11, 20)])
def test_depths_go_in_steps_of_the_block(block: str, first: int, second: int) -> None:
    (depth,) = (field for field in zoo.fields(zoo.spec("preact_resnet20", block=block)) if field.name == "depth")
    assert (depth.minimum, depth.minimum + depth.step) == (first, second)
    assert (depth.maximum - depth.minimum) % depth.step == 0


def test_factors_gates_and_rates_are_offered_with_their_shortcut_only() -> None:
    own = {"shortcut_scale", "branch_scale", "gate_bias", "dropout"}
    offered = {
        kind: own & {field.name for field in zoo.fields(zoo.spec("preact_resnet110", shortcut=kind))}
        for kind in (*KINDS, "none")
    }
    assert offered == {
        "identity": set(), "1x1": set(), "none": set(), "scaled": {"shortcut_scale", "branch_scale"},
        "exclusive": {"gate_bias"}, "shortcut_only": {"gate_bias"}, "dropout": {"dropout"},
    }  # fmt: skip


# ---- what was published


@pytest.mark.parametrize(
    ("name", "changes", "error"),
    [
        ("preact_resnet110", {}, 6.37),
        ("preact_resnet110", {"arrangement": "a", "shortcut": "exclusive"}, 8.70),
        ("preact_resnet110", {"arrangement": "a", "shortcut": "dropout"}, None),
        ("preact_resnet164", {"arrangement": "b"}, 6.50),
        ("preact_resnet1001", {"num_classes": 100}, 22.71),
    ],
)
def test_figures_stand_beside_the_network_that_was_measured(
    name: str, changes: dict[str, object], error: float | None
) -> None:
    (result,) = catalog.results(zoo.spec(name, **changes))
    assert result.error == error and result.fails == (error is None)
