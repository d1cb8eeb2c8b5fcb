"""HO-ResNet (Luo et al. 2021): a block is one step of a Runge–Kutta method whose evaluations are separate branches.

Only the form of the step is taken from the methods. F₁, F₂, … have weights of their own, so they are different
functions, and the order of accuracy that a method has for one function says nothing about the network.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import ACTIVATIONS, Network, Place, make_shortcut, same_size_conv, v1_parts
from resnet_viz.zoo.specs import HOResNetSpec
from resnet_viz.zoo.specs.ho_resnet import Weights


class RungeKuttaBlock(nn.Module):
    """One step of `spec.tableau` from x, and an activation. Runge–Kutta 4, for example:

    k₁ = F₁(x), k₂ = F₂(x + k₁/2), k₃ = F₃(x + k₂/2), k₄ = F₄(x + k₃), y = ReLU(x + (k₁ + 2k₂ + 2k₃ + k₄)/6).
    Where the shape changes, F₁ takes the stride, and in all sums x stands for what the shortcut makes of it.
    """

    def __init__(self, spec: HOResNetSpec, place: Place) -> None:
        super().__init__()
        self.tableau = spec.tableau
        first = evaluation(spec, place.in_channels, place.channels, place.stride)
        later = [evaluation(spec, place.channels, place.channels) for _ in self.tableau.inner]
        self.residual = nn.ModuleList([first, *later])
        shortcut = make_shortcut(spec, place.in_channels, place.channels, place.stride)
        assert shortcut is not None  # the family has no plain network
        self.shortcut = shortcut
        self.relu = ACTIVATIONS[spec.activation]()

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        first, *later = self.residual
        slopes, x = [first(x)], self.shortcut(x)
        for function, weights in zip(later, self.tableau.inner, strict=True):
            slopes.append(function(x + weighted(slopes, weights)))
        return self.relu(x + weighted(slopes, self.tableau.outer))


def weighted(slopes: Sequence[Tensor], weights: Weights) -> Tensor:
    """(factor₁ · slope₁ + factor₂ · slope₂ + …) / divisor; a 0 takes no part, and nothing is multiplied by 1."""
    weighed = zip(weights.factors, slopes, strict=True)
    first, *others = [slope if factor == 1 else factor * slope for factor, slope in weighed if factor]
    total = sum(others, first)
    return total if weights.divisor == 1 else total / weights.divisor


def evaluation(spec: HOResNetSpec, in_channels: int, channels: int, stride: int = 1) -> nn.Sequential:
    """F: norm, activation, 3×3 convolution, twice; the first convolution takes the stride."""
    parts: dict[str, nn.Module] = {}
    for number, (width, pace) in enumerate([(in_channels, stride), (channels, 1)], start=1):
        if spec.batch_norm:
            parts[f"bn{number}"] = nn.BatchNorm2d(width)
        parts[f"relu{number}"] = ACTIVATIONS[spec.activation]()
        parts[f"conv{number}"] = same_size_conv(width, channels, 3, pace)
    return nn.Sequential(OrderedDict(parts))


def ho_resnet(spec: HOResNetSpec) -> Network:
    """An HO-ResNet."""
    return Network(spec, v1_parts(spec, lambda place: RungeKuttaBlock(spec, place)))
