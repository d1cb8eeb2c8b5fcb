"""ResNeXt: the counts of the paper, one function in three forms, and as many weights at every cardinality."""

from __future__ import annotations

from itertools import permutations
from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_viz import zoo
from resnet_viz.probes.architecture import graph_of
from resnet_viz.probes.weights import build_seeded
from resnet_viz.zoo.networks.resnext import ResNeXt, convert
from resnet_viz.zoo.networks.resnext_forms import converted
from resnet_viz.zoo.specs import CifarResNeXtSpec, ResNeXtSpec
from resnet_viz.zoo.specs.resnext import FORMS, equal_cost
from tests.zoo.helpers import assert_refused, count, on_meta

# Xie et al. 2016, Tables 2 and 3: cardinality -> (width, weights of a block, of all 50 layers, of all 101 layers).
EQUAL_COST = {
    1: (64, 69_632, 25_557_032, 44_549_160),
    2: (40, 69_760, 25_425_000, 44_456_296),
    4: (24, 69_888, 25_292_968, 44_363_432),
    8: (14, 71_456, 25_603_016, 45_104_328),
    32: (4, 70_144, 25_028_904, 44_177_704),
}
SMALL = CifarResNeXtSpec(depth=11, cardinality=4, width=8, image_size=16)
DEVIATION = {torch.float32: 1e-5, torch.float64: 1e-10}  # of the largest number: sums are taken in another order


def trained(spec: zoo.NetworkSpec) -> ResNeXt:
    """A network that is not as new: batch norms have weights, biases and statistics of their own."""
    torch.manual_seed(0)
    network = zoo.build(spec)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
            module.running_mean = torch.randn(module.num_features) * 0.1
            module.running_var = torch.rand(module.num_features) + 0.5
            module.num_batches_tracked += 3
    return cast(ResNeXt, network)


def assert_near(one: Tensor, other: Tensor) -> None:
    deviation = DEVIATION.get(other.dtype, 0.0) * float(other.detach().abs().max())
    torch.testing.assert_close(one, other, rtol=0, atol=deviation)


# ---- counts


def test_equal_cost_is_the_table_of_the_paper() -> None:
    table = {template.cardinality: (template.width, template.parameters) for template in equal_cost()}
    assert table == {paths: row[:2] for paths, row in EQUAL_COST.items()}
    assert [template.group_width for template in equal_cost()] == [64, 80, 96, 112, 128]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cardinality", EQUAL_COST)
def test_a_template_counts_the_weights_of_a_block_in_every_form(cardinality: int, form: str) -> None:
    width, weights, _total, _deeper = EQUAL_COST[cardinality]
    network = on_meta(ResNeXtSpec(cardinality=cardinality, width=width, form=form))
    assert count(network.get_submodule("layer1.1.residual"), (nn.Conv2d,)) == weights


@pytest.mark.parametrize("cardinality", EQUAL_COST)
def test_imagenet_networks_have_the_published_number_of_parameters(cardinality: int) -> None:
    width, _weights, *totals = EQUAL_COST[cardinality]
    names = [f"resnext{depth}_{cardinality}x{width}d" for depth in (50, 101)]
    assert [count(on_meta(name)) for name in names] == totals


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_same_number_of_parameters(form: str) -> None:
    assert count(on_meta("resnext50_32x4d", form=form)) == EQUAL_COST[32][2]


@pytest.mark.parametrize(("name", "millions"), [("resnext29_8x64d", 34.4), ("resnext29_16x64d", 68.1)])
def test_cifar_networks_have_the_published_weights_without_those_of_the_batch_norms(name: str, millions: float) -> None:
    network = on_meta(name)
    assert round(count(network, (nn.Conv2d, nn.Linear)) / 1e6, 1) == millions
    assert count(network, (nn.BatchNorm2d,)) / count(network) < 0.002


def test_one_path_of_64_channels_is_a_resnet() -> None:
    resnext, resnet = on_meta("resnext50_1x64d"), on_meta("resnet50")
    assert {k: v.shape for k, v in resnext.state_dict().items()} == {k: v.shape for k, v in resnet.state_dict().items()}


# ---- three forms of one function


def outcome(network: ResNeXt, images: Tensor) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """(outputs, gradients, state afterwards) of one step; the latter two written in form (c)."""
    network.zero_grad()
    outputs = network(images)
    outputs.square().sum().backward()
    gradients = {name: cast(Tensor, p.grad) for name, p in network.named_parameters()}
    paths = network.spec.cardinality
    return outputs, converted(gradients, paths, "grouped"), converted(network.state_dict(), paths, "grouped")


@pytest.mark.parametrize(("source", "target"), [*permutations(FORMS, 2)])
@pytest.mark.parametrize("training", [True, False])
def test_every_form_gives_every_other_its_function_its_gradient_and_its_statistics(
    source: str, target: str, training: bool
) -> None:
    one = trained(SMALL.replace(form=source)).double().train(training)
    other = convert(one, target)
    assert other.spec == SMALL.replace(form=target) and other.training == training
    images = torch.randn(4, 3, 16, 16, dtype=torch.float64)
    expected, found = outcome(one, images), outcome(other, images)
    assert_near(found[0], expected[0])
    for mine, theirs in zip(found[1:], expected[1:], strict=True):
        assert mine.keys() == theirs.keys()
        for name in mine:
            assert_near(mine[name], theirs[name])


@pytest.mark.parametrize(("training", "dtype"), [(True, torch.float64), (False, torch.float32)])
def test_the_forms_of_resnext50_agree(training: bool, dtype: torch.dtype) -> None:
    """In training mode 50 batch norms magnify the rounding of single precision: there it takes double precision."""
    grouped = trained(zoo.spec("resnext50_32x4d")).to(dtype).train(training)
    images = torch.randn(2, 3, 64, 64, dtype=dtype)
    with torch.no_grad():
        expected = grouped(images)
        for form in ("concat", "sum"):
            assert_near(convert(grouped, form)(images), expected)


def test_in_single_precision_two_forms_differ_no_more_than_one_form_and_its_own_double_precision() -> None:
    network, images = trained(SMALL.replace(depth=56)), torch.randn(4, 3, 16, 16)
    with torch.no_grad():
        expected = network(images)
        rounding = (expected - convert(network, "grouped").double()(images.double())).abs().max()
        for form in ("concat", "sum"):
            assert (convert(network, form)(images) - expected).abs().max() < 2 * rounding < 1e-4


def test_there_and_back_again_are_the_same_bits_and_nothing_is_shared() -> None:
    network = trained(SMALL)
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    back = convert(convert(network, "sum"), "grouped")
    with torch.no_grad():
        for parameter in convert(network, "concat").parameters():
            parameter.zero_()
    for state in (network.state_dict(), back.state_dict()):
        assert state.keys() == before.keys() and all(torch.equal(state[key], before[key]) for key in before)


@pytest.mark.parametrize("form", ["sum", "concat"])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_seed_gives_the_same_function_in_every_form(form: str, batch_norm: bool) -> None:
    spec = SMALL.replace(batch_norm=batch_norm)
    images = torch.randn(4, 3, 16, 16)
    assert_near(build_seeded(spec.replace(form=form), 5)(images), build_seeded(spec, 5)(images))


def test_a_block_is_the_equation_of_the_paper() -> None:
    """y = f(x + Σ T_i(x)), equation 3, with the T_i of Figure 3 (a): here without batch norm, path by path."""
    network = zoo.build(SMALL, depth=20, batch_norm=False)
    block = network.get_submodule("layer2.1")
    x = torch.randn(2, 512, 8, 8)
    y = x.clone()
    for path in range(4):
        own = slice(16 * path, 16 * (path + 1))
        t = F.conv2d(x, block.residual.conv1.weight[own]).clamp(min=0)
        t = F.conv2d(t, block.residual.conv2.weight[own], padding=1).clamp(min=0)
        y += F.conv2d(t, block.residual.conv3.weight[:, own])
    assert_near(block(x), y.clamp(min=0))


# ---- what the choices do


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("overrides", [{}, {"batch_norm": False}, {"cardinality": 2}, {"shortcut": "none"}])
def test_a_block_has_one_shortcut_in_every_form(form: str, overrides: dict[str, object]) -> None:
    spec = SMALL.replace(form=form, **overrides)
    graph = graph_of(spec)
    assert len(graph.junctions) == len(graph.shortcuts) == spec.num_shortcuts


def test_every_stage_doubles_the_width_of_a_path_and_keeps_their_number() -> None:
    grouped, summed = on_meta("resnext50_32x4d"), on_meta("resnext50_32x4d", form="sum")
    for stage, width in enumerate((4, 8, 16, 32), start=1):
        conv2 = grouped.get_submodule(f"layer{stage}.0.residual.conv2")
        assert (conv2.groups, conv2.out_channels) == (32, 32 * width)
        paths = summed.get_submodule(f"layer{stage}.0.residual.paths")
        assert [path.conv2.out_channels for path in paths.children()] == [width] * 32


def test_a_single_path_has_no_forms() -> None:
    assert zoo.spec("resnext50_32x4d", form="sum", cardinality=1, width=64) == zoo.spec("resnext50_1x64d")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ResNeXt-50 32x4d", ResNeXtSpec()),
        ("resnext101_64x4d", ResNeXtSpec(depth=101, cardinality=64, width=4)),
        ("resnext152-16x8d", ResNeXtSpec(depth=152, cardinality=16, width=8)),
        ("ResNeXt-29 16x64d", CifarResNeXtSpec(cardinality=16)),
        ("resnext38_4x32d", CifarResNeXtSpec(depth=38, cardinality=4, width=32)),
    ],
)
def test_a_name_says_depth_paths_and_width(typed: str, expected: zoo.NetworkSpec) -> None:
    assert zoo.spec(typed) == expected


@pytest.mark.parametrize(
    ("name", "overrides", "sentence"),
    [
        ("resnext50_32x4d", {"cardinality": 0}, "is 0: allowed are whole numbers from 1 to 64"),
        ("resnext50_32x4d", {"width": 2.5}, "is 2.5: allowed are whole numbers from 1 to 128"),
        ("resnext50_32x4d", {"form": "d"}, "is d: allowed are sum, concat, grouped"),
        ("resnext50_32x4d", {"depth": 34}, "is 34: allowed are 50, 101, 152"),
        ("resnext29_8x64d", {"depth": 101}, "is 101: allowed are 9n+2 from 11 to 92"),
        ("resnext29_8x64d", {"depth": 50}, "is 50: allowed are 9n+2 from 11 to 92"),
    ],
)
def test_an_impossible_value_is_one_sentence(name: str, overrides: dict[str, object], sentence: str) -> None:
    (field,) = overrides
    assert_refused(f"{field} of {name} {sentence}", name, **overrides)


def test_networks_for_cifar_are_made_for_its_pictures() -> None:
    spec = zoo.spec("resnext29_8x64d")
    assert (spec.input_shape, spec.num_classes, spec.depth) == ((3, 32, 32), 10, 29)
