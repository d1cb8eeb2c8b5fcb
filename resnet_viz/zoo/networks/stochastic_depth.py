"""ResNets of stochastic depth (Huang et al. 2016, section 3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import Network, Place, v1_parts
from resnet_viz.zoo.networks.resnet import BasicBlock
from resnet_viz.zoo.specs import StochasticDepthSpec


class StochasticDepth(nn.Module):
    """b · x with b = 1 of probability `survival`, else 0, drawn once for a mini-batch; in evaluation survival · x.

    What is dropped was computed all the same, so it saves no time here.
    """

    def __init__(self, survival: float) -> None:
        super().__init__()
        self.survival = survival

    @property
    def drop_prob(self) -> float:
        """Probability that x is dropped, by the name that libraries give it."""
        return 1 - self.survival

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return self.survival * x
        return torch.empty((), dtype=x.dtype, device=x.device).bernoulli_(self.survival) * x

    def extra_repr(self) -> str:
        return f"survival={self.survival:g}"


class StochasticBlock(BasicBlock):
    """y = relu(shortcut(x) + b · residual(x)): b is 0 or 1 in training, its expectation in evaluation."""

    shortcut: nn.Module  # there always is one

    def __init__(self, spec: StochasticDepthSpec, place: Place) -> None:
        super().__init__(spec, place)
        self.drop = StochasticDepth(spec.survival_of(place.number))

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        return self.relu(self.shortcut(x) + self.drop(self.residual(x)))


def stochastic_depth(spec: StochasticDepthSpec) -> Network:
    """A ResNet v1 for CIFAR of stochastic depth."""
    return Network(spec, v1_parts(spec, lambda place: StochasticBlock(spec, place)))
