"""Modules of a single number: a fixed factor, a learned one, a learned bias."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Factor(nn.Module):
    """Multiplies by a fixed number."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, x: Tensor) -> Tensor:
        return x * self.value

    def extra_repr(self) -> str:
        return f"{self.value:g}"


class Scale(nn.Module):
    """Multiplies by one learned number, α, which begins as `initial`."""

    def __init__(self, initial: float) -> None:
        super().__init__()
        self.initial = initial
        self.alpha = nn.Parameter(torch.empty(1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.constant_(self.alpha, self.initial)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.alpha

    def extra_repr(self) -> str:
        return f"initial={self.initial:g}"


class Bias(nn.Module):
    """Adds one learned number, the same everywhere, which begins as 0."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.empty(1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias
