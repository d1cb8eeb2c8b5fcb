"""Multilayer perceptrons whose gradients shatter, or do not (Balduzzi et al. 2017, arXiv:1702.08591).

With x_0 = W_0 u for the pixels u, ρ the activation and N the width, block l gives

plain             x_l = W ρ(n(x_{l-1}))
residual          x_l = x_{l-1} + β W ρ(n(x_{l-1}))
looks-linear      x_l = [W', -W'] CReLU(x_{l-1})

where n is batch norm, its mean alone, or nothing. Without biases and with entries of W of variance 2/N (He et al. 2015,
arXiv:1502.01852) these are the networks of the paper's theorems; batch norm has the learned scale and shift that it
usually has.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import ACTIVATIONS, Network
from resnet_viz.zoo.networks.scalars import Factor
from resnet_viz.zoo.specs import MLPSpec


class MeanOnlyBatchNorm1d(nn.BatchNorm1d):
    """Subtracts the mean of the batch and does not divide (Salimans, Kingma 2016, arXiv:1602.07868).

    Running statistics as in `nn.BatchNorm1d`, of which the mean is used in eval mode; nothing is learned.
    """

    def __init__(self, num_features: int) -> None:
        super().__init__(num_features, affine=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, N) -> (B, N)
        assert self.running_mean is not None and self.momentum is not None
        if not self.training:
            return x - self.running_mean
        mean = x.mean(0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
        return x - mean


class CReLU(nn.Module):
    """Positive and negative part side by side (Shang et al. 2016, arXiv:1603.05201)."""

    def forward(self, x: Tensor) -> Tensor:  # (B, N) -> (B, 2N)
        return torch.cat((F.relu(x), F.relu(-x)), dim=1)


class MLPBlock(nn.Module):
    """y = x + β W ρ(n(x)), or y = W ρ(n(x)) in a plain network, whose `shortcut` is None."""

    def __init__(self, spec: MLPSpec) -> None:
        super().__init__()
        self.residual = nn.Sequential(OrderedDict(_residual(spec)))
        self.shortcut = nn.Identity() if spec.is_residual else None

    def forward(self, x: Tensor) -> Tensor:  # (B, N) -> (B, N)
        if self.shortcut is None:
            return self.residual(x)
        return self.shortcut(x) + self.residual(x)


_NORMS = {"bn": nn.BatchNorm1d, "mean_bn": MeanOnlyBatchNorm1d}


def _residual(spec: MLPSpec) -> dict[str, nn.Module]:
    if spec.kind == "looks_linear":
        return {"crelu": CReLU(), "fc": nn.Linear(2 * spec.width, spec.width, bias=False)}
    norm = {"norm": _NORMS[spec.norm](spec.width)} if spec.norm else {}
    layer = {"relu": ACTIVATIONS[spec.activation](), "fc": nn.Linear(spec.width, spec.width, bias=False)}
    factor = {"scale": Factor(spec.beta)} if spec.beta != 1 else {}
    return {**norm, **layer, **factor}


class MLPNetwork(Network):
    """Draws the first layer with variance 1 / pixels, a block's with 2 / N, or looks-linear; the classifier as torch
    does."""

    spec: MLPSpec

    def initialise(self, path: str, module: nn.Module) -> None:
        if not isinstance(module, nn.Linear) or path == "fc":
            return
        if path == "first":
            nn.init.kaiming_normal_(module.weight, nonlinearity="linear")
        elif self.spec.kind == "looks_linear":
            half = nn.init.orthogonal_(module.weight.new_empty(module.out_features, module.out_features))
            with torch.no_grad():
                module.weight.copy_(torch.cat((half, -half), dim=1))
        else:
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")


def mlp(spec: MLPSpec) -> MLPNetwork:
    """A multilayer perceptron: flatten, first, layers, fc."""
    pixels = spec.in_channels * spec.image_size**2
    return MLPNetwork(
        spec,
        {
            "flatten": nn.Flatten(),
            "first": nn.Linear(pixels, spec.width, bias=False),
            "layers": nn.Sequential(*(MLPBlock(spec) for _ in range(spec.num_blocks))),
            "fc": nn.Linear(spec.width, spec.num_classes),
        },
    )
