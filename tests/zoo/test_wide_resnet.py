"""Wide ResNets hold the paper's counts; every block is its equation, and every knob does what it says."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.probes.architecture import graph_of
from resnet_viz.surgery import operate
from resnet_viz.surgery.plan import Surgery
from resnet_viz.zoo import catalog
from resnet_viz.zoo.specs import WideResNetSpec
from tests.zoo.helpers import assert_refused, count, on_meta

PARAMETERS = {  # to the last digit what the paper (36.5M, 8.9M, …) and torchvision give
    "wrn_40_1": 563_930,
    "wrn_40_2": 2_243_546,
    "wrn_40_4": 8_949_210,
    "wrn_40_8": 35_748_314,
    "wrn_28_10": 36_479_194,
    "wrn_28_12": 52_517_850,
    "wrn_22_8": 17_158_106,
    "wrn_22_10": 26_797_914,
    "wrn_16_8": 10_961_370,
    "wrn_16_10": 17_116_634,
    "wide_resnet50_2": 68_883_240,
    "wide_resnet101_2": 126_886_696,
}
BLOCK_TYPES = {"b33": 28, "b313": 22, "b131": 31, "b13": 16, "b31": 40, "b311": 13}  # each with a depth it allows


def convolutions(network: nn.Module) -> dict[str, nn.Conv2d]:
    return {name: module for name, module in network.named_modules() if isinstance(module, nn.Conv2d)}


@pytest.mark.parametrize("name", PARAMETERS)
def test_networks_have_the_published_number_of_parameters(name: str) -> None:
    assert count(on_meta(name)) == PARAMETERS[name]


def test_dropout_costs_no_parameters() -> None:
    plain, dropping = on_meta("wrn_28_10").state_dict(), on_meta("wrn_28_10", dropout=0.3).state_dict()
    assert {key: value.shape for key, value in plain.items()} == {key: value.shape for key, value in dropping.items()}


@pytest.mark.parametrize("block_type", BLOCK_TYPES)
def test_depth_counts_the_convolutions_with_the_projections(block_type: str) -> None:
    network = on_meta(WideResNetSpec(depth=BLOCK_TYPES[block_type], widen_factor=2, block_type=block_type).name)
    assert len(convolutions(network)) == BLOCK_TYPES[block_type]


@pytest.mark.parametrize("block_type", BLOCK_TYPES)
def test_a_block_has_the_kernels_of_its_name_and_strides_with_the_first(block_type: str) -> None:
    spec = WideResNetSpec(depth=BLOCK_TYPES[block_type], widen_factor=3, block_type=block_type)
    found = list(convolutions(on_meta(spec.name).get_submodule("layer2.0.residual")).values())
    assert tuple(conv.kernel_size[0] for conv in found) == spec.kernel_sizes
    assert [conv.stride[0] for conv in found] == [2, *[1] * (len(found) - 1)]
    assert [conv.in_channels for conv in found] == [48, *[96] * (len(found) - 1)]
    assert all(conv.out_channels == 96 for conv in found)


@pytest.mark.parametrize(("name", "projected"), [("wrn_40_1", (2, 3)), ("wrn_40_2", (1, 2, 3))])
def test_a_projection_stands_where_the_number_of_channels_changes(name: str, projected: tuple[int, ...]) -> None:
    found = {path for path in convolutions(on_meta(name)) if path.endswith("shortcut")}
    assert found == {f"layer{stage}.0.shortcut" for stage in projected}


def norm(x: Tensor) -> Tensor:
    return (x - x.mean((0, 2, 3), keepdim=True)) / (x.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-5).sqrt()


def test_a_block_that_keeps_the_shape_adds_its_input() -> None:
    block = zoo.build("wrn_16_2").get_submodule("layer2.1")
    x = torch.randn(2, 64, 8, 8)
    y = F.conv2d(norm(x).clamp(min=0), block.residual.conv1.weight, padding=1)
    y = F.conv2d(norm(y).clamp(min=0), block.residual.conv2.weight, padding=1)
    torch.testing.assert_close(block(x), x + y)


def test_a_block_that_changes_the_shape_splits_behind_the_first_norm_and_relu() -> None:
    block = zoo.build("wrn_22_2_b313").get_submodule("layer2.0")
    x = torch.randn(2, 32, 8, 8)
    z = norm(x).clamp(min=0)
    y = F.conv2d(z, block.residual.conv1.weight, stride=2, padding=1)
    y = F.conv2d(norm(y).clamp(min=0), block.residual.conv2.weight)
    y = F.conv2d(norm(y).clamp(min=0), block.residual.conv3.weight, padding=1)
    torch.testing.assert_close(block(x), F.conv2d(z, block.shortcut.weight, stride=2) + y)


def test_the_last_block_is_normalised_and_rectified_before_the_pool() -> None:
    network = zoo.build("wrn_10_1")
    x = torch.randn(2, 3, 8, 8)
    blocks = network.layer3(network.layer2(network.layer1(network.conv1(x))))
    torch.testing.assert_close(network(x), network.fc(norm(blocks).clamp(min=0).mean((2, 3))))


def test_dropout_stands_between_the_convolutions_and_never_on_the_shortcut() -> None:
    network = zoo.build("wrn_13_1_b131", dropout=0.4)
    paths = [name for name, module in network.named_modules() if isinstance(module, nn.Dropout)]
    assert paths == [f"layer{stage}.0.residual.dropout{number}" for stage in (1, 2, 3) for number in (2, 3)]
    assert [name for name, _ in network.get_submodule("layer1.0.residual").named_children()] == [
        "bn1", "relu1", "conv1", "bn2", "relu2", "dropout2", "conv2", "bn3", "relu3", "dropout3", "conv3",
    ]  # fmt: skip
    assert all(network.get_submodule(path).p == 0.4 for path in paths)
    assert not any(isinstance(module, nn.Dropout) for module in zoo.build("wrn_16_1").modules())


def test_cutting_every_shortcut_gives_the_plain_twin() -> None:
    spec = zoo.spec("wrn_13_2_b131", image_size=8)
    twin = spec.without_shortcuts()
    assert twin is not None and twin.is_plain and twin.with_shortcuts() == spec
    network, plain = zoo.build(spec), zoo.build(twin)
    plain.load_state_dict({key: value for key, value in network.state_dict().items() if ".shortcut." not in key})
    x = torch.randn(2, 3, 8, 8)
    junctions = [junction.name for junction in graph_of(spec).shortcuts]
    assert len(junctions) == spec.num_shortcuts == 3 and twin.num_shortcuts == 0
    assert torch.equal(operate(network, Surgery.of(cut=junctions), x)(x), plain(x))


@pytest.mark.parametrize("name", ["wrn_40_1", "wrn_28_10", "wrn_31_2_b131", "wide_resnet50_2"])
def test_every_block_has_one_shortcut_projected_where_shapes_change(name: str) -> None:
    spec, graph = zoo.spec(name), graph_of(zoo.spec(name))
    assert len(graph.shortcuts) == spec.num_shortcuts == len(graph.blocks)
    projections = [path for path in convolutions(on_meta(name)) if ".shortcut" in path]
    assert [junction.kind for junction in graph.shortcuts].count("projection") == len(projections)
    assert {junction.kind for junction in graph.shortcuts} == {"projection", "identity"}


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        (
            "wrn_28_10", {"depth": 29},
            "depth of wrn_28_10 is 29: allowed are 6n+4 from 10 to 1000",
        ),
        ("wrn_28_10", {"depth": 31}, "depth of wrn_28_10 is 31: allowed are 6n+4 from 10 to 1000"),
        ("wrn_31_2_b131", {"depth": 28}, "depth of wrn_31_2_b131 is 28: allowed are 9n+4 from 13 to 994"),
        ("wrn_28_10", {"widen_factor": 0}, "widen_factor of wrn_28_10 is 0: allowed are whole numbers from 1 to 32"),
        ("wrn_28_10", {"dropout": 1.5}, "dropout of wrn_28_10 is 1.5: allowed are numbers from 0 to 0.99"),
        (
            "wrn_28_10", {"block_type": "b33333"},
            "block_type of wrn_28_10 is b33333: allowed are b33, b313, b131, b13, b31, b311",
        ),
        ("wrn_28_10", {"shortcut": "A"}, "shortcut of wrn_28_10 is A: allowed are B, none"),
        ("wide_resnet50_2", {"depth": 34}, "depth of wide_resnet50_2 is 34: allowed are 50, 101, 152"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_one_sentence(name: str, changes: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, name, **changes)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("WRN-28-10", "wrn_28_10"),
        ("wrn 34 7", "wrn_34_7"),
        ("wrn_28_10_b33", "wrn_28_10"),
        ("WRN-31-2-B131", "wrn_31_2_b131"),
    ],
)
def test_a_name_is_read_however_it_is_typed(typed: str, name: str) -> None:
    spec = zoo.spec(typed)
    assert spec.name == spec.label == name and spec.entry() == spec


def test_a_name_with_an_impossible_depth_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^depth of wrn_29_10 is 29: allowed are 6n\+4"):
        zoo.spec("wrn_29_10")


@pytest.mark.parametrize(
    ("name", "block_type", "becomes"),
    [
        ("wrn_28_10", "b131", "wrn_31_10_b131"),
        ("wrn_28_10", "b31", "wrn_28_10_b31"),
        ("wrn_40_2", "b313", "wrn_40_2_b313"),
        ("wrn_10_2", "b311", "wrn_13_2_b311"),
        ("wrn_1000_1", "b131", "wrn_994_1_b131"),
    ],
)
def test_other_blocks_take_the_nearest_depth_that_they_allow(name: str, block_type: str, becomes: str) -> None:
    assert zoo.spec(name, block_type=block_type).name == becomes


def test_the_depth_offered_follows_the_blocks() -> None:
    steps = {name: zoo.fields(zoo.spec(name))[0] for name in ("wrn_28_10", "wrn_31_10_b131")}
    assert [(field.name, field.minimum, field.step) for field in steps.values()] == [("depth", 10, 6), ("depth", 13, 9)]
    for name, field in steps.items():
        for depth in (int(field.minimum), int(field.minimum) + field.step, int(field.maximum)):
            assert zoo.spec(name, depth=depth).depth == depth


def test_only_the_3x3_convolutions_of_a_bottleneck_are_wider() -> None:
    usual, wide = on_meta("resnet50").state_dict(), on_meta("wide_resnet50_2").state_dict()
    assert list(usual) == list(wide)
    for stage, width in enumerate((64, 128, 256, 512), start=1):
        assert usual[f"layer{stage}.1.residual.conv2.weight"].shape == (width, width, 3, 3)
        assert wide[f"layer{stage}.1.residual.conv2.weight"].shape == (2 * width, 2 * width, 3, 3)
        assert wide[f"layer{stage}.1.residual.conv3.weight"].shape == (4 * width, 2 * width, 1, 1)
    once = on_meta("wide_resnet50_1").state_dict()
    assert {key: value.shape for key, value in once.items()} == {key: value.shape for key, value in usual.items()}


def test_errors_of_the_two_preprocessings_stay_apart() -> None:
    results = {result.measured: result.error for result in catalog.results(zoo.spec("wrn_28_10"))}
    assert results == {"CIFAR-10 test, ZCA whitening": 4.17, "CIFAR-10 test, mean/std preprocessing": 4.0}
    (dropping,) = catalog.results(zoo.spec("wrn_28_10", dropout=0.3))
    assert (dropping.measured, dropping.error) == ("CIFAR-10 test, mean/std preprocessing", 3.89)
