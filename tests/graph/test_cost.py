from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resnet_viz import zoo
from resnet_viz.graph import trace
from tests.graph.toys import WIDTH, Computes, Context, SqueezeExcitation, conv, image
from tests.networks import NETWORKS, Case

# He et al. 2015, Table 1, counted anew: multiply-adds in units of 10^9 at 224 x 224, stride in the 3x3 or in the 1x1.
PUBLISHED = {
    ("resnet18", "3x3"): 1.814,
    ("resnet34", "3x3"): 3.664,
    ("resnet50", "3x3"): 4.089,
    ("resnet101", "3x3"): 7.801,
    ("resnet152", "3x3"): 11.514,
    ("resnet50", "1x1"): 3.858,
    ("resnet101", "1x1"): 7.570,
    ("resnet152", "1x1"): 11.282,
}


@pytest.mark.parametrize(("name", "stride_in"), PUBLISHED)
def test_multiply_adds_of_resnets_are_the_published_ones(name: str, stride_in: str) -> None:
    with torch.device("meta"):
        model = zoo.build(name, stride_in=stride_in)
    graph = trace(model, torch.zeros(2, 3, 224, 224, device="meta"))
    assert round(graph.macs / 1e9, 3) == PUBLISHED[name, stride_in]


QUICK = [case for case in NETWORKS if case.is_quick and "vit" not in case.name]


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_multiply_adds_are_half_the_operations_that_torch_counts(case: Case) -> None:
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        case.build()(torch.zeros(case.input_shape, device="meta"))
    assert case.graph.macs == counter.get_total_flops() // 2 // 2  # a multiply-add is two; a batch of two


def test_attention_costs_its_projections_and_two_products() -> None:
    tokens, width, heads = 5, 8, 2
    graph = trace(nn.TransformerEncoderLayer(width, heads, 16, batch_first=True), torch.zeros(2, tokens, width))
    attention = next(op for op in graph.ops if op.function == "MultiheadAttention")
    assert attention.macs == 4 * tokens * width**2 + 2 * tokens**2 * width


SPELLINGS = {
    "convolution": (lambda n, x: n.a(x), lambda n, x: F.conv2d(x, n.a.weight, n.a.bias, padding=1)),
    "transposed": (
        lambda n, x: n.up(x),
        lambda n, x: F.conv_transpose2d(x, n.up.weight, n.up.bias, stride=2, groups=2),
    ),
    "linear": (lambda n, x: n.last(x), lambda n, x: F.linear(x, n.last.weight)),
    "matmul": (lambda n, x: x @ x.transpose(2, 3), lambda n, x: torch.einsum("bchw,bcvw->bchv", x, x)),
}


@pytest.mark.parametrize("what", SPELLINGS)
def test_a_function_costs_what_its_module_costs(what: str) -> None:
    parts = {"up": nn.ConvTranspose2d(4, 6, 3, 2, groups=2), "last": nn.Linear(8, 5)}
    costs = {trace(Computes(function, **parts), image()).macs for function in SPELLINGS[what]}
    assert len(costs) == 1
    assert costs.pop() > 0


def test_costs_are_those_of_one_example() -> None:
    assert trace(conv(), image(batch=2)).macs == trace(conv(), image(batch=6)).macs == 8 * 8 * 4 * 4 * 9
    assert trace(conv(), image(batch=2)).activation_elements == 4 * 8 * 8


def test_windows_on_the_batch_axis_cost_what_they_cost() -> None:
    windows = lambda n, x: n.last(x.reshape(-1, 16)).reshape(x.shape)  # noqa: E731
    graph = trace(Computes(windows, last=nn.Linear(16, 16)), image())
    assert graph.macs == 4 * 8 * 8 * 16


def test_what_does_not_depend_on_the_input_is_free() -> None:
    graph = trace(Computes(lambda n, x: x + n.last(n.last.weight).sum(), last=nn.Linear(4, 4)), image())
    assert graph.macs == 0


# ---- receptive field


def support(network: nn.Module, size: int) -> int:
    """Extent along one side of the pixels on which the central element of the result depends (gradient not zero)."""
    network = network.double().eval()
    for parameter in network.parameters():
        nn.init.constant_(parameter, 1.0)
    x = torch.rand(1, 1, size, size, dtype=torch.double, requires_grad=True)
    y = network(x)
    y[0, 0, y.shape[2] // 2, y.shape[3] // 2].backward()
    columns = x.grad[0, 0].abs().sum(0).nonzero()
    return int(columns.max() - columns.min()) + 1


def layer(kernel: int, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(1, 1, kernel, stride, padding=dilation * (kernel // 2), dilation=dilation)


STACKS = {
    "3x3 twice": lambda: nn.Sequential(layer(3), layer(3)),
    "strides": lambda: nn.Sequential(layer(7, 2), layer(3, 2), layer(3)),
    "dilation": lambda: nn.Sequential(layer(3, 1, 2), layer(3, 2), layer(3, 1, 3)),
    "pools": lambda: nn.Sequential(layer(3), nn.AvgPool2d(3, 2, 1), layer(5), nn.AvgPool2d(2), layer(3)),
    "1x1 only": lambda: nn.Sequential(layer(1), layer(1, 2), layer(1)),
    "functions": lambda: Computes(lambda n, x: F.avg_pool2d(F.conv2d(x, n.w.weight, padding=1), 3, 2), w=layer(3)),
    "slices": lambda: Computes(lambda n, x: n.w(x[:, :, ::2, ::2]), w=layer(3)),
    "long kernels": lambda: nn.Sequential(nn.Conv2d(1, 1, (1, 7), 1, (0, 3)), nn.Conv2d(1, 1, (7, 1), 1, (3, 0))),
    "two ways": lambda: Computes(lambda n, x: n.w(x) + n.v(x), w=layer(7), v=nn.Sequential(layer(3), layer(3))),
}


@pytest.mark.parametrize("what", STACKS)
def test_the_receptive_field_is_where_the_gradient_is_not_zero(what: str) -> None:
    network = STACKS[what]()
    assert trace(network, torch.zeros(2, 1, 97, 97)).receptive_field == support(network, 97)


def test_the_receptive_field_of_resnet_50_is_that_of_the_closed_formula() -> None:
    """Sum over layers of (kernel - 1) times the product of the strides before it (Araujo et al. 2019)."""
    layers = [(7, 2), (3, 2)]  # stem and its pool
    for stage, blocks in enumerate([3, 4, 6, 3]):
        layers += [(3, 2 if stage and not block else 1) for block in range(blocks)]
    field, jump = 1, 1
    for kernel, stride in layers:
        field, jump = field + (kernel - 1) * jump, jump * stride
    with torch.device("meta"):
        graph = trace(zoo.build("resnet50"), torch.zeros(2, 3, 224, 224))
    assert graph.receptive_field == field == 427


POOLED = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTH, 3))
HEADS = {
    "none": (),
    "pooling": POOLED,
    "a mean and two layers": (Computes(lambda n, x: x.mean((2, 3))), nn.Linear(WIDTH, 5), nn.ReLU(), nn.Linear(5, 3)),
    "linear maps over all positions": (nn.Flatten(), nn.Linear(WIDTH * 64, 5), nn.Linear(5, 3)),
    "two poolings joined": (Computes(lambda n, x: torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)), nn.Linear(8, 3)),
    "a gate between channels": (*POOLED[:2], Computes(lambda n, x: x * n.w(x).sigmoid(), w=nn.Linear(WIDTH, WIDTH))),
}
SEEING_ALL = {
    "a gate that pools": SqueezeExcitation,
    "a vector added everywhere": Context,
    "attention": lambda: Computes(lambda n, x: F.scaled_dot_product_attention(x, x, x)),
    "a mixer of positions": lambda: Computes(lambda n, x: n.w(x.flatten(2)).reshape(x.shape), w=nn.Linear(64, 64)),
}


@pytest.mark.parametrize("head", HEADS)
def test_a_head_does_not_count(head: str) -> None:
    assert trace(nn.Sequential(conv(), nn.ReLU(), conv(), *HEADS[head]), image()).receptive_field == 5


@pytest.mark.parametrize("what", SEEING_ALL)
@pytest.mark.parametrize("head", HEADS)
def test_a_network_that_sees_all_before_its_head_has_an_infinite_field(what: str, head: str) -> None:
    network = nn.Sequential(conv(), SEEING_ALL[what](), conv(), *HEADS[head])
    assert trace(network, image()).receptive_field == math.inf


PUBLISHED_FIELDS = {  # Araujo et al. 2019, appendix; those with gates see everything
    "torchvision:vgg16_bn": 212,
    "torchvision:alexnet": 195,
    "torchvision:inception_v3": 1311,
    "torchvision:resnet152": 1451,
    "torchvision:densenet121": 2071,
    "torchvision:efficientnet_b0": math.inf,
    "timm:seresnet50": math.inf,
    "timm:vit_tiny_patch16_224": math.inf,
}


@pytest.mark.parametrize("name", PUBLISHED_FIELDS)
def test_the_receptive_fields_of_known_networks(name: str) -> None:
    (case,) = (case for case in NETWORKS if case.name == name)
    assert case.graph.receptive_field == PUBLISHED_FIELDS[name]


GLOBAL = {
    "global pooling": lambda: nn.AdaptiveAvgPool2d(1),
    "mean": lambda: Computes(lambda n, x: x.mean((2, 3))),
    "a gate that pools": SqueezeExcitation,
    "a linear map over all positions": lambda: nn.Sequential(nn.Flatten(), nn.Linear(4 * 64, 3)),
    "a mixer of positions": lambda: nn.Sequential(nn.Flatten(2), nn.Linear(64, 64)),
    "attention": lambda: Computes(lambda n, x: F.scaled_dot_product_attention(x, x, x)),
}
LOCAL = {
    "a linear map over channels": lambda: Computes(lambda n, x: n.w(x.permute(0, 2, 3, 1)), w=nn.Linear(4, 4)),
    "over channels of tokens": lambda: Computes(lambda n, x: n.w(x.flatten(2).transpose(1, 2)), w=nn.Linear(4, 4)),
    "softmax over channels": lambda: Computes(lambda n, x: x.softmax(1)),
    "mean over channels": lambda: Computes(lambda n, x: x.mean(1, keepdim=True)),
}


@pytest.mark.parametrize("what", GLOBAL)
def test_what_reads_all_positions_is_global(what: str) -> None:
    assert trace(GLOBAL[what](), image()).ops[-1].receptive_field == math.inf


@pytest.mark.parametrize("what", LOCAL)
def test_what_reads_channels_only_is_local(what: str) -> None:
    assert trace(LOCAL[what](), image()).ops[-1].receptive_field == 1
