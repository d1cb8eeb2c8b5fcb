"""ResNet v2 is its equations: every arrangement of Figure 4 and every shortcut of Table 1, against their words."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.zoo.specs import PreActSpec

# Figure 4 of the paper: W a convolution, B a batch norm, R a ReLU, + the addition; then the same with three layers.
UNITS = {
    "basic": {"a": "WBRWB+R", "b": "WBRW+BR", "c": "WBRWBR+", "d": "RWBRWB+", "e": "BRWBRW+"},
    "bottleneck": {"a": "WBRWBRWB+R", "b": "WBRWBRW+BR", "c": "WBRWBRWBR+", "d": "RWBRWBRWB+", "e": "BRWBRWBRW+"},
}
ENDS = {"a": ("WBR", ""), "b": ("WBR", ""), "c": ("WBR", ""), "d": ("WB", "R"), "e": ("W", "BR")}  # before, after all


class Naive:
    """What a network computes in training, by hand: from its weights and the letters above."""

    def __init__(self, network: nn.Module, spec: PreActSpec) -> None:
        self.spec, self.modules = spec, dict(network.named_modules())

    def __call__(self, x: Tensor) -> Tensor:
        before, after = ENDS[self.spec.arrangement]
        x = self.in_order("", before, x)
        for path in (path for path in self.modules if path.startswith("layer") and path.count(".") == 1):
            x = self.in_order(path, UNITS[self.spec.block][self.spec.arrangement], x)
        x = self.in_order("", after, x)
        return F.linear(x.mean((2, 3)), self.modules["fc"].weight, self.modules["fc"].bias)

    def in_order(self, path: str, letters: str, x: Tensor) -> Tensor:
        source, seen = x, Counter[str]()
        splits_late = path == "layer1.0" or isinstance(self.modules.get(f"{path}.shortcut"), nn.Conv2d)
        for letter in letters:
            if letter == "W" and not seen["W"] and splits_late:
                source = x
            seen[letter] += 1
            x = self.joined(path, source, x) if letter == "+" else self.part(path, letter, seen[letter], x)
        return x

    def part(self, path: str, letter: str, number: int, x: Tensor) -> Tensor:
        if letter == "R":
            return x.clamp(min=0)
        name = f"{'conv' if letter == 'W' else 'bn'}{number}"
        places = (f"{path}.before.{name}", f"{path}.residual.{name}", f"{path}.after.{name}", f"{path}{name}")
        module = next(self.modules[place] for place in places if place in self.modules)
        if letter == "W":
            return F.conv2d(x, module.weight, stride=module.stride, padding=module.padding)
        centred = x - x.mean((0, 2, 3), keepdim=True)
        normed = centred / (centred.square().mean((0, 2, 3), keepdim=True) + module.eps).sqrt()
        return normed * module.weight[:, None, None] + module.bias[:, None, None]

    def joined(self, path: str, x: Tensor, f: Tensor) -> Tensor:
        stride, projection = x.shape[2] // f.shape[2], self.modules[f"{path}.shortcut"]
        if isinstance(projection, nn.Conv2d):
            return F.conv2d(x, projection.weight, stride=stride) + f
        h = torch.zeros_like(f)
        h[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
        if self.spec.shortcut == "scaled":
            return self.spec.shortcut_scale * h + self.spec.branch_scale * f
        if self.spec.shortcut in ("exclusive", "shortcut_only"):
            gate = self.modules[f"{path}.gate.conv"]
            g = 1 / (1 + (-F.conv2d(x, gate.weight, gate.bias, stride=stride)).exp())
            return (1 - g) * h + (g if self.spec.shortcut == "exclusive" else 1) * f
        return h + f


def assert_is_its_equations(spec: zoo.NetworkSpec) -> None:
    assert isinstance(spec, PreActSpec)
    torch.manual_seed(0)
    network = zoo.build(spec).double()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):  # not the identity, so that its place shows
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
    images = torch.randn(4, 3, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(network(images), Naive(network, spec)(images))


@pytest.mark.parametrize("arrangement", ENDS)
@pytest.mark.parametrize("block", UNITS)
def test_every_arrangement_is_its_figure(block: str, arrangement: str) -> None:
    assert_is_its_equations(zoo.spec("preact_resnet20", block=block, arrangement=arrangement))


@pytest.mark.parametrize("arrangement", ["a", "e"])
@pytest.mark.parametrize(
    "changes",
    [
        {"shortcut": "scaled", "shortcut_scale": 0.25},
        {"shortcut": "scaled", "branch_scale": 0.75},
        {"shortcut": "exclusive", "gate_bias": -1},
        {"shortcut": "shortcut_only", "gate_bias": 0},
        {"shortcut": "1x1"},
        {"shortcut": "dropout", "dropout": 0},
    ],
)
def test_every_shortcut_is_its_equation(arrangement: str, changes: dict[str, object]) -> None:
    assert_is_its_equations(zoo.spec("preact_resnet14", arrangement=arrangement, **changes))
