"""The gate at a junction: y = s * shortcut + b * branch."""

from __future__ import annotations

from torch import Tensor, nn


class JunctionGate(nn.Module):
    """The sum at a junction with a factor on its shortcut and one on its residual branch (all its other terms).

    Set `shortcut` and `branch` at any time. At 1 and 1 it is the network's own sum, term by term in its own order, to
    the bit. A factor of 0 does not compute the product: what is cut passes neither infinities nor gradients. It has no
    parameters and no buffers, so that a network's state dict is the same with it.
    """

    def __init__(self, name: str, position: int) -> None:
        super().__init__()
        self.name = name
        self.position = position  # of the shortcut among the terms
        self.shortcut = 1.0
        self.branch = 1.0

    def forward(self, *terms: Tensor) -> Tensor:
        """The sum of the terms, given in the network's own order, with the factors as they are now."""
        if self.shortcut == 1 and self.branch == 1:
            return _left_fold(terms)
        shortcut = terms[self.position]
        branch = _left_fold(terms[: self.position] + terms[self.position + 1 :])
        if self.shortcut == 0 and self.branch == 0:
            return shortcut.new_zeros(shortcut.shape)
        if self.branch == 0:
            return _scaled(shortcut, self.shortcut)
        if self.shortcut == 0:
            return _scaled(branch, self.branch).expand_as(shortcut)
        return self.shortcut * shortcut + self.branch * branch

    def extra_repr(self) -> str:
        return f"{self.name!r}, shortcut={self.shortcut:g}, branch={self.branch:g}"


def _left_fold(terms: tuple[Tensor, ...]) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _scaled(term: Tensor, factor: float) -> Tensor:
    """A new tensor even at factor 1: an activation that works in place may follow, and must not reach the operand."""
    return term.clone() if factor == 1 else term * factor
