from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_viz.graph import Op, trace
from resnet_viz.graph.calls import canonical
from tests.graph.toys import Computes, image


def last_live(function: Any, **parts: nn.Module) -> Op:
    return [op for op in trace(Computes(function, **parts).eval(), image()).ops if op.is_live][-1]


CONVOLUTION = {
    "in_channels": 4,
    "out_channels": 6,
    "kernel_size": [3, 5],
    "stride": [2, 1],
    "padding": [1, 2],
    "dilation": [1, 1],
    "groups": 2,
    "transposed": False,
}
SAME_BY_MODULE_AND_FUNCTION = {
    "convolution": (
        CONVOLUTION,
        lambda n, x: n.m(x),
        lambda n, x: F.conv2d(x, n.m.weight, n.m.bias, (2, 1), (1, 2), groups=2),
        nn.Conv2d(4, 6, (3, 5), (2, 1), (1, 2), groups=2),
    ),
    "transposed convolution": (
        CONVOLUTION | {"transposed": True, "kernel_size": [3, 3], "stride": [2, 2], "padding": [0, 0]},
        lambda n, x: n.m(x),
        lambda n, x: F.conv_transpose2d(x, n.m.weight, stride=2, groups=2),
        nn.ConvTranspose2d(4, 6, 3, 2, groups=2),
    ),
    "linear": (
        {"in_features": 8, "out_features": 3},
        lambda n, x: n.m(x),
        lambda n, x: F.linear(x, n.m.weight, n.m.bias),
        nn.Linear(8, 3),
    ),
    "max pool": (
        {"pool": "max", "kernel_size": [3, 3], "stride": [2, 2], "padding": [1, 1]},
        lambda n, x: n.m(x),
        lambda n, x: F.max_pool2d(x, 3, 2, 1),
        nn.MaxPool2d(3, 2, 1),
    ),
    "average pool": (
        {"pool": "avg", "kernel_size": [2, 2], "stride": [2, 2], "padding": [0, 0]},
        lambda n, x: n.m(x),
        lambda n, x: F.avg_pool2d(x, 2),
        nn.AvgPool2d(2),
    ),
    "adaptive pool": (
        {"pool": "avg", "output_size": [1, 1]},
        lambda n, x: n.m(x),
        lambda n, x: F.adaptive_avg_pool2d(x, 1),
        nn.AdaptiveAvgPool2d(1),
    ),
    "upsampling": (
        {"scale": 2, "mode": "nearest"},
        lambda n, x: n.m(x),
        lambda n, x: F.interpolate(x, scale_factor=2),
        nn.Upsample(scale_factor=2),
    ),
    "group norm": (
        {"norm": "group", "num_groups": 2},
        lambda n, x: n.m(x),
        lambda n, x: F.group_norm(x, 2),
        nn.GroupNorm(2, 4),
    ),
    "dropout": (
        {"p": 0.25},
        lambda n, x: n.m(x),
        lambda n, x: F.dropout(x, 0.25),
        nn.Dropout(0.25),
    ),
}


@pytest.mark.parametrize("what", SAME_BY_MODULE_AND_FUNCTION)
def test_a_module_and_a_function_are_described_in_the_same_words(what: str) -> None:
    expected, as_module, as_function, module = SAME_BY_MODULE_AND_FUNCTION[what]
    by_module, by_function = last_live(as_module, m=module), last_live(as_function, m=module)
    assert by_module.attributes == by_function.attributes == expected
    assert by_module.kind == by_function.kind


FUNCTIONS = {
    "a number on the right": (lambda n, x: x - 0.5, {"scalar": 0.5}, "passive"),
    "a number on the left": (lambda n, x: 1 - x, {"scalar": 1.0, "scalar_first": True}, "passive"),
    "a number divided": (lambda n, x: 2 / x, {"scalar": 2.0, "scalar_first": True}, "passive"),
    "a product, either way": (lambda n, x: 3 * x, {"scalar": 3.0}, "passive"),
    "cat": (lambda n, x: torch.cat([x, x], dim=1), {"dim": 1}, "cat"),
    "stack": (lambda n, x: torch.stack([x, x]), {"dim": 0}, "other"),
    "softmax": (lambda n, x: x.softmax(-1), {"dim": -1}, "other"),
    "mean": (lambda n, x: x.mean((2, 3)), {"dim": [2, 3]}, "other"),
    "sum of everything": (lambda n, x: x.sum(), {}, "other"),
    "an element": (lambda n, x: x.chunk(2, 1)[1], {"index": 1}, "part"),
    "an element from the end": (lambda n, x: x.chunk(2, 1)[-1], {"index": -1}, "part"),
    "every second pixel": (lambda n, x: x[:, :, ::2, ::2], {"step": [1, 1, 2, 2]}, "passive"),
    "every second pixel, short": (lambda n, x: x[..., ::2], {"step": [1, 1, 1, 2]}, "passive"),
    "a slice": (lambda n, x: x[:, 1:], {"item": ":, 1:"}, "part"),
    "permute": (lambda n, x: x.permute(0, 2, 3, 1), {"dims": [0, 2, 3, 1]}, "passive"),
    "transpose": (lambda n, x: torch.transpose(x, 1, 2), {"dims": [1, 2]}, "passive"),
    "pad": (lambda n, x: F.pad(x, (0, 1, 0, 1)), {"padding": [0, 1, 0, 1]}, "passive"),
    "a weighted sum": (lambda n, x: torch.add(x, n.a(x), alpha=2), {"alpha": 2}, "other"),
    "a product of two": (lambda n, x: x * n.a(x), {}, "other"),
    "an unknown function": (lambda n, x: torch.special.i0(x), {}, "other"),
}


@pytest.mark.parametrize("what", FUNCTIONS)
def test_functions_are_described_and_sorted(what: str) -> None:
    function, attributes, kind = FUNCTIONS[what]
    op = last_live(function)
    assert (op.attributes, op.kind) == (attributes, kind)


class NormAndActivation(nn.BatchNorm2d):
    """As timm's BatchNormAct2d: a library's own class, which applies an activation too."""

    def __init__(self, channels: int, act: nn.Module) -> None:
        super().__init__(channels)
        self.act = act

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(super().forward(x))


def test_a_librarys_own_norm_is_a_norm_and_tells_its_activation() -> None:
    with_activation = last_live(lambda n, x: n.m(x), m=NormAndActivation(4, nn.SiLU()))
    without = last_live(lambda n, x: n.m(x), m=NormAndActivation(4, nn.Identity()))
    assert with_activation.attributes == {"norm": "batch", "activation": "SiLU"}
    assert (with_activation.kind, without.kind) == ("other", "passive")


def test_attention_tells_its_heads() -> None:
    heads = nn.MultiheadAttention(8, 2, batch_first=True)
    op = next(op for op in trace(Attends(heads), torch.zeros(2, 5, 8)).ops if op.is_module)
    assert (op.attributes, op.kind) == ({"num_heads": 2, "embed_dim": 8}, "weighted")


class Attends(nn.Module):
    def __init__(self, heads: nn.MultiheadAttention) -> None:
        super().__init__()
        self.heads = heads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.heads(x, x, x)[0]


SPELLINGS = {
    "add": ["add", "add_", "__add__", "__iadd__", "__radd__", "iadd"],
    "mul": ["mul", "mul_", "__rmul__", "imul", "multiply"],
    "div": ["truediv", "__truediv__", "__rtruediv__", "divide", "div_", "itruediv"],
    "sub": ["sub", "__rsub__", "subtract"],
    "cat": ["cat", "concat", "concatenate"],
    "relu": ["relu", "relu_"],
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_all_spellings_of_a_function_have_one_name(name: str) -> None:
    assert {canonical(spelling)[0] for spelling in SPELLINGS[name]} == {name}
