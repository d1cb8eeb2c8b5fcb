"""Cutting and scaling at a junction whose shortcut is gated, held against the equation written out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.surgery import Surgery, operate
from tests.graph.toys import WIDTH, Computes, Highway, conv, image

Terms = tuple[Tensor, Tensor]  # of a sum: (residual branch, shortcut)


def highway(n: Highway, x: Tensor) -> Terms:
    """T·H and (1 − T)·x (Srivastava et al. 2015)."""
    gate = torch.sigmoid(n.gate(x))
    return gate * n.transform(x), (1 - gate) * x


def exclusive(n: Computes, x: Tensor) -> Terms:
    """g·F and (1 − g)·x (He et al. 2016, Table 1)."""
    gate = torch.sigmoid(n.a(x))
    return gate * n.c(F.relu(n.b(x))), (1 - gate) * x


def shortcut_only(n: Computes, x: Tensor) -> Terms:
    """F and (1 − g)·x (the same table)."""
    return n.c(F.relu(n.b(x))), (1 - torch.sigmoid(n.a(x))) * x


def padded(n: Computes, x: Tensor) -> Terms:
    """g·F and (1 − g)·h(x), where h subsamples and pads."""
    gate = torch.sigmoid(n.g(x))
    return gate * n.f(x), (1 - gate) * F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2))


def summed(terms: Callable[[Computes, Tensor], Terms]) -> Callable[[Computes, Tensor], Tensor]:
    def forward(n: Computes, x: Tensor) -> Tensor:
        branch, shortcut = terms(n, x)
        return branch + shortcut

    return forward


def made(terms: Callable[..., Terms]) -> nn.Module:
    torch.manual_seed(0)
    if terms is highway:
        return Highway()
    wide = {name: conv(WIDTH, WIDTH + 4, stride=2) for name in "gf"} if terms is padded else {}
    return Computes(summed(terms), **wide)


@pytest.mark.parametrize("terms", [highway, exclusive, shortcut_only, padded])
@pytest.mark.parametrize(("s", "b"), [(1, 1), (0, 1), (1, 0), (0.5, 1), (1, -2), (0.3, 0.7), (0, 0)])
def test_either_side_can_be_cut_and_scaled(terms: Callable[..., Terms], s: float, b: float) -> None:
    model, x = made(terms), image()
    operated = operate(model, Surgery(), x)
    (name,) = operated.gates
    operated.perform(Surgery.of(shortcuts={name: s}, branches={name: b}))
    branch, shortcut = terms(model, x)
    expected = {(0, 1): branch, (1, 0): shortcut}.get((s, b))
    if expected is not None:
        assert torch.equal(operated(x), expected)
    assert torch.allclose(operated(x), s * shortcut + b * branch, atol=1e-6)


@pytest.mark.parametrize("terms", [highway, exclusive, shortcut_only, padded])
@pytest.mark.parametrize(("s", "b"), [(1, 1), (0, 1), (1, 0), (0.5, -2)])
def test_gradients_are_those_of_the_equation(terms: Callable[..., Terms], s: float, b: float) -> None:
    """The gate learns through whichever of its two products is left."""
    model, x = made(terms), image().requires_grad_()
    operated = operate(model, Surgery(), x.detach())
    (name,) = operated.gates
    operated.perform(Surgery.of(shortcuts={name: s}, branches={name: b}))
    leaves = [x, *model.parameters()]
    branch, shortcut = terms(model, x)
    expected = torch.autograd.grad((s * shortcut + b * branch).square().sum(), leaves, allow_unused=True)
    found = torch.autograd.grad(operated(x).square().sum(), leaves, allow_unused=True)
    for one, other in zip(found, expected, strict=True):
        zero = torch.zeros(())
        assert torch.allclose(zero if one is None else one, zero if other is None else other, rtol=1e-4, atol=1e-5)


def test_a_highway_network_with_all_shortcuts_cut_has_only_its_transformed_half() -> None:
    torch.manual_seed(0)
    model, x = zoo.build("highway20", depth=8).eval(), torch.randn(2, 3, 16, 16)
    operated = operate(model, Surgery(), x)
    names = [junction.name for junction in operated.graph.shortcuts]
    operated.perform(Surgery.of(cut=names))
    for name in names:
        block = model.get_submodule(name)
        block.forward = _transformed_half(block)
    assert torch.allclose(operated(x), model(x), atol=1e-6)


def _transformed_half(block: nn.Module) -> Callable[[Tensor], Tensor]:
    def forward(x: Tensor) -> Tensor:
        return block.residual(x) * block.transform_gate(x)

    return forward
