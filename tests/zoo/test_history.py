"""Networks before shortcuts: their sizes, their sums of layers, and the smallest pictures they take."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_viz import zoo
from resnet_viz.probes.architecture import graph_of
from resnet_viz.zoo.torchvision_guard import import_torchvision
from resnet_viz.zoo.weights import renamed
from tests.zoo.helpers import assert_refused, count, on_meta

DEPTHS = {"lenet5": 5, "alexnet": 8, "vgg11": 11, "vgg13": 13, "vgg16": 16, "vgg19": 19}
COUNTS = {
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
}  # as torchvision's documentation gives them


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_are_as_many_as_torchvision_says(name: str) -> None:
    assert graph_of(zoo.spec(name)).num_parameters == COUNTS[name]


def test_lenet5_has_the_parameters_that_its_layers_need() -> None:
    layers = [count(layer) for layer in on_meta("lenet5").children()]
    assert [layer for layer in layers if layer] == [6 * 26, 16 * (6 * 25 + 1), 120 * (16 * 25 + 1), 84 * 121, 10 * 85]


@pytest.mark.parametrize("name", DEPTHS)
def test_depth_is_the_number_of_layers_with_weights_and_none_is_jumped(name: str) -> None:
    spec = zoo.spec(name)
    layers = [m for m in on_meta(spec).modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == spec.depth == DEPTHS[name]
    assert not graph_of(spec).junctions
    assert spec.num_shortcuts == 0 and spec.is_plain and spec.with_shortcuts() is None


def test_lenet5_computes_what_the_figure_of_its_paper_shows() -> None:
    torch.manual_seed(0)
    network = zoo.build("lenet5")
    state, x = network.state_dict(), torch.randn(2, 1, 32, 32)
    y = x
    for layer, maps, side in ((1, 6, 14), (3, 16, 5), (5, 120, 1)):
        y = F.conv2d(y, state[f"conv{layer}.weight"], state[f"conv{layer}.bias"]).tanh()
        if layer < 5:
            y = y.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5))
        assert y.shape == (2, maps, side, side)
    y = (y.flatten(1) @ state["fc6.weight"].T + state["fc6.bias"]).tanh()
    torch.testing.assert_close(network(x), y @ state["fc7.weight"].T + state["fc7.bias"])


@pytest.mark.parametrize("depth", [11, 13, 16, 19])
def test_vgg_with_batch_norm_has_torchvisions_keys(depth: int) -> None:
    with torch.device("meta"):
        theirs = import_torchvision().models.get_model(f"vgg{depth}_bn", weights=None, init_weights=False)
    spec = zoo.spec(f"vgg{depth}", batch_norm=True)
    expected = {key: value.shape for key, value in renamed(theirs.state_dict(), spec).items()}
    assert {key: value.shape for key, value in on_meta(spec).state_dict().items()} == expected


def test_vgg_with_batch_norm_is_torchvisions_function() -> None:
    torch.manual_seed(0)
    spec, x = zoo.spec("vgg11", batch_norm=True, num_classes=10), torch.randn(2, 3, 32, 32)
    theirs, ours = import_torchvision().models.get_model("vgg11_bn", weights=None, num_classes=10), zoo.build(spec)
    ours.load_state_dict(renamed(theirs.state_dict(), spec))
    with torch.no_grad():
        assert torch.equal(ours.eval()(x), theirs.eval()(x))


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "vgg19"])
def test_the_smallest_picture_that_is_allowed_is_the_smallest_that_fits(name: str) -> None:
    size = next(field for field in zoo.fields(zoo.spec(name)) if field.name == "image_size")
    smallest = zoo.spec(name, image_size=int(size.minimum))
    network = on_meta(smallest)
    network(torch.empty(2, *smallest.input_shape, device="meta"))
    channels, side, _ = smallest.input_shape
    with pytest.raises(RuntimeError):
        network(torch.empty(2, channels, side - 1, side - 1, device="meta"))


@pytest.mark.parametrize("side", [33, 40, 100, 256])
def test_lenet5_is_made_for_the_size_of_its_pictures(side: int) -> None:
    spec = zoo.spec("lenet5", image_size=side)
    assert on_meta(spec)(torch.empty(2, *spec.input_shape, device="meta")).shape == (2, 10)
    assert spec.is_tied_to_image_size and not zoo.spec("vgg16").is_tied_to_image_size


def test_vgg_begins_as_in_torchvision() -> None:
    torch.manual_seed(0)
    network = zoo.build("vgg11", num_classes=10, image_size=32)
    assert network.get_parameter("conv4_2.weight").var().item() == pytest.approx(2 / (9 * 512), rel=0.01)
    assert network.get_parameter("fc7.weight").std().item() == pytest.approx(0.01, rel=0.01)
    assert not any(value.any() for name, value in network.named_parameters() if name.endswith("bias"))


@pytest.mark.parametrize("name", ["alexnet", "vgg16"])
def test_dropout_is_that_which_is_asked_for(name: str) -> None:
    drops = [m.p for m in on_meta(name, dropout=0.1).modules() if isinstance(m, nn.Dropout)]
    assert drops == [0.1, 0.1]


def test_activation_and_batch_norm_follow_every_convolution() -> None:
    network = on_meta("alexnet", activation="sigmoid", batch_norm=True)
    kinds = [type(module) for module in network.children()]
    assert (kinds.count(nn.BatchNorm2d), kinds.count(nn.Sigmoid), kinds.count(nn.ReLU)) == (5, 7, 0)


@pytest.mark.parametrize(
    ("name", "choices", "sentence"),
    [
        ("lenet5", {"image_size": 28}, "image_size of lenet5 is 28: allowed are whole numbers from 32 to 256"),
        ("alexnet", {"image_size": 62}, "image_size of alexnet is 62: allowed are whole numbers from 63 to 1024"),
        ("alexnet", {"dropout": 1.5}, "dropout of alexnet is 1.5: allowed are numbers from 0 to 0.99"),
        ("vgg16", {"depth": 12}, "depth of vgg16 is 12: allowed are 11, 13, 16, 19"),
        ("vgg16", {"image_size": 31}, "image_size of vgg16 is 31: allowed are whole numbers from 32 to 1024"),
    ],
)
def test_an_impossible_value_is_one_sentence(name: str, choices: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, name, **choices)


@pytest.mark.parametrize(("typed", "name"), [("LeNet-5", "lenet5"), ("AlexNet", "alexnet"), ("VGG 16", "vgg16")])
def test_names_are_found_as_papers_write_them(typed: str, name: str) -> None:
    assert zoo.spec(typed) == zoo.spec(name)
