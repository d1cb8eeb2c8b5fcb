"""What the convolutions of a block cost, term by term: the basic block against the bottleneck (He et al. 2015, Fig. 5).

Weights only: batch norms and projections are left out, as in the paper's figure. At one position of the map a weight is
one multiply-add, so that the same numbers compare the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Convolution(NamedTuple):
    """A square convolution from so many to so many channels."""

    kernel_size: int
    in_channels: int
    out_channels: int

    @property
    def num_weights(self) -> int:
        return self.kernel_size**2 * self.in_channels * self.out_channels

    @property
    def term(self) -> str:
        """As in "3² · 64 · 256", in LaTeX."""
        kernel = rf"{self.kernel_size}^2 \cdot " if self.kernel_size > 1 else ""
        return rf"{kernel}{self.in_channels} \cdot {self.out_channels}"

    @property
    def words(self) -> str:
        return f"{self.kernel_size}×{self.kernel_size}, {self.in_channels} → {self.out_channels}"


def basic(channels: int) -> tuple[Convolution, ...]:
    """The convolutions of a basic block."""
    return (Convolution(3, channels, channels),) * 2


def bottleneck(channels: int, width: int) -> tuple[Convolution, ...]:
    """The convolutions of a bottleneck block that narrows `channels` to `width` and widens them again."""
    return Convolution(1, channels, width), Convolution(3, width, width), Convolution(1, width, channels)


def num_weights(convolutions: Sequence[Convolution]) -> int:
    """All their weights."""
    return sum(convolution.num_weights for convolution in convolutions)


def num_batch_norm_parameters(convolutions: Sequence[Convolution]) -> int:
    """A scale and a shift for every channel that a convolution gives."""
    return 2 * sum(convolution.out_channels for convolution in convolutions)


def sum_in_latex(convolutions: Sequence[Convolution]) -> str:
    r"""As in "256 \cdot 64 + 3^2 \cdot 64 \cdot 64 + 64 \cdot 256 = 69{,}632"."""
    total = f"{num_weights(convolutions):,}".replace(",", "{,}")
    return f"{' + '.join(convolution.term for convolution in convolutions)} = {total}"
