"""Built networks hold the papers' counts, and are what their specification says."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_viz import zoo
from tests.zoo.helpers import count, on_meta

# He et al. 2015: Table 1 (as counted in torchvision's models too), and section 4.2 with option A and with option B.
IMAGENET = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808}
CIFAR_A = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962, 1202: 19_421_274}
CIFAR_B = {20: 272_474, 32: 466_906, 44: 661_338, 56: 855_770, 110: 1_730_714, 1202: 19_424_026}


@pytest.mark.parametrize("stride_in", ["3x3", "1x1"])
@pytest.mark.parametrize("depth", IMAGENET)
def test_imagenet_networks_have_the_published_number_of_parameters(depth: int, stride_in: str) -> None:
    assert count(on_meta(f"resnet{depth}", stride_in=stride_in)) == IMAGENET[depth]


@pytest.mark.parametrize("depth", CIFAR_A)
def test_cifar_networks_and_their_plain_twins_have_the_published_number(depth: int) -> None:
    assert count(on_meta(f"resnet{depth}")) == CIFAR_A[depth]
    assert count(on_meta(f"plain{depth}")) == CIFAR_A[depth]
    assert count(on_meta(f"resnet{depth}", shortcut="B")) == CIFAR_B[depth]


@pytest.mark.parametrize("name", zoo.names())
def test_every_entry_builds_and_maps_its_usual_input_to_its_classes(name: str) -> None:
    spec = zoo.spec(name)
    images = torch.empty(2, *spec.input_shape, device="meta")
    output = on_meta(name)(images)
    assert output.shape[:2] == (2, spec.num_classes)
    assert output.dim() == (4 if name.startswith("unipose") else 2)  # its classes are heatmaps


@pytest.mark.parametrize("name", ["resnet20", "resnet56", "resnet18", "resnet50", "resnet152"])
def test_depth_counts_the_layers_with_weights_outside_projections(name: str) -> None:
    layers = [
        n for n, m in on_meta(name).named_modules() if isinstance(m, nn.Conv2d | nn.Linear) and ".shortcut" not in n
    ]
    assert len(layers) == zoo.spec(name).depth


@pytest.mark.parametrize("name", ["resnet20", "resnet18", "resnet50"])
@pytest.mark.parametrize("shortcut", ["A", "B", "C"])
def test_a_plain_twin_has_the_same_keys_but_for_projections(name: str, shortcut: str) -> None:
    residual, plain = on_meta(name, shortcut=shortcut).state_dict(), on_meta(name, shortcut="none").state_dict()
    assert {key: value.shape for key, value in residual.items() if ".shortcut." not in key} == {
        key: value.shape for key, value in plain.items()
    }


@pytest.mark.parametrize(("shortcut", "projections"), [("A", 0), ("B", 3), ("C", 16)])
def test_option_c_has_13_projections_more_than_option_b(shortcut: str, projections: int) -> None:
    network = on_meta("resnet34", shortcut=shortcut)
    assert sum(name.endswith("shortcut.conv") for name, _ in network.named_modules()) == projections


def test_option_a_keeps_every_second_pixel_and_adds_zero_channels() -> None:
    shortcut = zoo.build("resnet8").get_submodule("layer2.0.shortcut")
    x = torch.randn(2, 16, 8, 8)
    expected = torch.zeros(2, 32, 4, 4)
    for row in range(4):
        for column in range(4):
            expected[:, :16, row, column] = x[:, :, 2 * row, 2 * column]
    assert torch.equal(shortcut(x), expected)


@pytest.mark.parametrize("name", ["resnet8", "plain8", "resnet50"])
def test_nothing_is_done_in_place(name: str) -> None:
    network = zoo.build(name).eval()
    kept: list[tuple[torch.Tensor, torch.Tensor]] = []
    for module in network.modules():
        module.register_forward_hook(lambda _module, _inputs, output: kept.append((output, output.clone())))
    x = torch.randn(1, 3, 16, 16)
    before = x.clone()
    with torch.no_grad():
        network(x)
    assert torch.equal(x, before)
    assert all(torch.equal(output, copy) for output, copy in kept)


@pytest.mark.parametrize(("stride_in", "halved"), [("1x1", "conv1"), ("3x3", "conv2")])
def test_the_stride_of_a_bottleneck_sits_where_it_is_asked_for(stride_in: str, halved: str) -> None:
    residual = on_meta("resnet50", stride_in=stride_in).get_submodule("layer2.0.residual")
    strides = {name: module.stride for name, module in residual.named_children() if isinstance(module, nn.Conv2d)}
    assert strides == {"conv1": (1, 1), "conv2": (1, 1), "conv3": (1, 1), halved: (2, 2)}


def test_a_block_computes_its_equation() -> None:
    network = zoo.build("resnet8")
    block = network.get_submodule("layer2.0")
    x = torch.randn(2, 16, 8, 8)
    r, eps = block.residual, 1e-5

    def norm(y: torch.Tensor) -> torch.Tensor:
        return (y - y.mean((0, 2, 3), keepdim=True)) / (y.var((0, 2, 3), unbiased=False, keepdim=True) + eps).sqrt()

    y = norm(nn.functional.conv2d(x, r.conv1.weight, stride=2, padding=1)).clamp(min=0)
    y = norm(nn.functional.conv2d(y, r.conv2.weight, padding=1))
    y[:, :16] += x[:, :, ::2, ::2]
    torch.testing.assert_close(block(x), y.clamp(min=0))


def test_without_batch_norm_there_is_neither_norm_nor_bias() -> None:
    network = on_meta("resnet20", shortcut="C", batch_norm=False)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    assert {name for name, _ in network.named_parameters() if name.endswith("bias")} == {"fc.bias"}


@pytest.mark.parametrize(("activation", "kind"), [("relu", nn.ReLU), ("tanh", nn.Tanh), ("sigmoid", nn.Sigmoid)])
def test_the_activation_is_the_one_that_is_asked_for(activation: str, kind: type[nn.Module]) -> None:
    modules = list(on_meta("resnet20", activation=activation).modules())
    assert sum(isinstance(module, kind) for module in modules) == 19
    assert sum(isinstance(module, nn.ReLU | nn.Tanh | nn.Sigmoid) for module in modules) == 19


@pytest.mark.parametrize(
    ("overrides", "variance"),
    [
        ({"init": "he"}, 2 / (9 * 64)),
        ({"init": "xavier"}, 2 / (9 * (32 + 64))),
        ({"init": "normal", "init_std": 0.03}, 0.03**2),
    ],
)
def test_weights_are_drawn_with_the_variance_of_the_initialisation(
    overrides: dict[str, object], variance: float
) -> None:
    torch.manual_seed(0)
    weight = zoo.build("resnet8", **overrides).get_parameter("layer3.0.residual.conv1.weight")  # 32 -> 64 channels
    assert weight.var().item() == pytest.approx(variance, rel=0.05)  # 18,432 numbers: a relative spread of 1 %


def test_a_seed_gives_the_same_weights_again() -> None:
    states = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        states.append(zoo.build("resnet8").state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert not torch.equal(states[0]["conv1.weight"], states[2]["conv1.weight"])
