"""The gate at a junction: y = s * shortcut + b * branch."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn

Term = TypeVar("Term")


class JunctionGate(nn.Module):
    """The sum at a junction with a factor on its shortcut and one on its residual branch (all its other terms).

    Set `shortcut` and `branch` at any time. At 1 and 1 it is the network's own sum, term by term in its own order, to
    the bit. A factor of 0 does not compute the product: what is cut passes neither infinities nor gradients.

    `shortcut_gradient` and `branch_gradient` are further factors on the way back only: the values stay as they are, to
    the bit, and the gradient that leaves by that side is multiplied. 0 detaches the side, so that autograd does not go
    there at all.

    With `record` set, each forward leaves in `shortcut_norm` and `branch_norm` the Euclidean norms, over the batch, of
    what came in on either side, before any factor.

    It has no parameters and no buffers, so that a network's state dict is the same with it.
    """

    def __init__(self, name: str, position: int) -> None:
        super().__init__()
        self.name = name
        self.position = position  # of the shortcut among the terms
        self.record = False
        self.shortcut_norm: float | None = None
        self.branch_norm: float | None = None
        self.open()

    def open(self) -> None:
        """Set every factor to 1, forward and backward."""
        self.shortcut = self.branch = self.shortcut_gradient = self.branch_gradient = 1.0

    def take_factors(self, other: JunctionGate) -> None:
        """Set every factor to what it is at another gate."""
        self.shortcut, self.branch = other.shortcut, other.branch
        self.shortcut_gradient, self.branch_gradient = other.shortcut_gradient, other.branch_gradient

    def kept(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        """Which of a junction's terms it takes: all."""
        return terms

    def forward(self, *terms: Tensor) -> Tensor:
        """The sum of the terms, given in the network's own order, with the factors as they are now."""
        if self.record:
            self._record(terms)
        if self.shortcut_gradient != 1 or self.branch_gradient != 1:
            factors = [self.branch_gradient] * len(terms)
            factors[self.position] = self.shortcut_gradient
            terms = tuple(map(with_gradient_scaled, terms, factors))
        if self.shortcut == 1 and self.branch == 1:
            return left_fold(terms)
        (shortcut,), others = sides(terms, self.position)
        branch = left_fold(others)
        if self.shortcut == 0 and self.branch == 0:
            return shortcut.new_zeros(shortcut.shape)
        if self.branch == 0:
            return scaled(shortcut, self.shortcut)
        if self.shortcut == 0:
            return scaled(branch, self.branch).expand_as(shortcut)
        return self.shortcut * shortcut + self.branch * branch

    def _record(self, terms: tuple[Tensor, ...]) -> None:
        with torch.no_grad():
            (shortcut,), others = sides(terms, self.position)
            self.shortcut_norm = _norm(shortcut)
            self.branch_norm = _norm(left_fold(others).expand_as(shortcut))

    def extra_repr(self) -> str:
        return f"{self.name!r}, shortcut={self.shortcut:g}, branch={self.branch:g}"


class OneSidedGate(nn.Module):
    """What a closed gate leaves of a junction when the other side is not even computed; its factors are fixed."""

    def __init__(self, closed: JunctionGate) -> None:
        super().__init__()
        self.position = closed.position
        self.keeps_shortcut = closed.branch == 0
        self.factor = closed.shortcut if self.keeps_shortcut else closed.branch
        self.gradient_factor = closed.shortcut_gradient if self.keeps_shortcut else closed.branch_gradient

    def kept(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        """Which of a junction's terms it takes: the shortcut, or all others."""
        shortcut, others = sides(terms, self.position)
        return shortcut if self.keeps_shortcut else others

    def forward(self, *terms: Tensor) -> Tensor:
        """The sum of the terms that are kept, with its factor."""
        if self.factor == 0:
            return terms[0].new_zeros(terms[0].shape)
        return scaled(left_fold(tuple(with_gradient_scaled(term, self.gradient_factor) for term in terms)), self.factor)


def sides(terms: tuple[Term, ...], position: int) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """(the shortcut alone, all other terms)"""
    return terms[position : position + 1], terms[:position] + terms[position + 1 :]


def left_fold(terms: tuple[Tensor, ...]) -> Tensor:
    """The sum in the order of the terms."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def scaled(term: Tensor, factor: float) -> Tensor:
    """A new tensor even at factor 1: an activation that works in place may follow, and must not reach the operand."""
    return term.clone() if factor == 1 else term * factor


def with_gradient_scaled(term: Tensor, factor: float) -> Tensor:
    """The same values; the gradient that comes back this way, and no other, is multiplied by the factor."""
    if factor == 1 or not term.requires_grad:
        return term
    if factor == 0:
        return term.detach()
    other_name = term.view_as(term)
    other_name.register_hook(lambda gradient: gradient * factor)
    return other_name


def _norm(values: Tensor) -> float:
    """In double, because squares leave the range of float32 long before the numbers do."""
    return float(torch.linalg.vector_norm(values, dtype=torch.float64))
