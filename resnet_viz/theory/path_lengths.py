"""How long the paths are over which the gradient comes: how many of each length there are, and how much each carries.

Veit et al. 2016 (arXiv:1605.06431, section 3) unravel L residual blocks into 2^L paths; those of length k, with k
residual branches, number binomial(L, k). What a path carries is another matter. In x_l = x_{l-1} + β W ρ(n(x_{l-1}))
with independent W of variance 2/N (He et al. 2015, arXiv:1502.01852) a branch multiplies the mean square of a gradient
by a_l = β² without norm, and by a_l = β² / s_l² where n divides by the deviation s_l (the assumptions and the recursion
of Balduzzi et al. 2017, arXiv:1702.08591, theorems 2 and 3, with the scale of the input kept exactly). Different paths
go through independent weights, so their energies add up, and those of length k have

    E_k = Σ over all subsets of k blocks of Π a_l = e_k(a_1, …, a_L),

an elementary symmetric polynomial. As a share of Π (1 + a_l) it is the chance that k of L independent coins fall on
the side with p_l = a_l / (1 + a_l): a Poisson-binomial distribution, whose mean is Σ p_l.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from resnet_viz.zoo.specs import MLPSpec, NetworkSpec

Floats = NDArray[np.float64]


def binomial(num_blocks: int, chance: float = 0.5) -> Floats:
    """Share of the paths of each length 0 … L among all 2^L (Veit et al. 2016, section 3)."""
    return np.asarray(binom.pmf(np.arange(num_blocks + 1), num_blocks, chance))


def poisson_binomial(chances: Floats) -> Floats:
    """Share of each length 0 … L, where block l is taken by its branch with chance p_l, each on its own.

    Multiplies the polynomials 1 - p_l + p_l z, whose coefficients are all positive: nothing cancels.
    """
    shares = np.ones(1)
    for chance in chances:
        shares = np.convolve(shares, (1 - chance, chance))
    return shares


def symmetric_polynomials(factors: Floats) -> Floats:
    """e_0, …, e_L of a_1, …, a_L: the energy of each length, where the direct path has 1."""
    energies = np.ones(1)
    for factor in factors:
        energies = np.convolve(energies, (1, factor))
    return energies


def chances(factors: Floats) -> Floats:
    """p_l = a_l / (1 + a_l): how much of the energy at block l came by its branch."""
    return factors / (1 + factors)


def mean_length(factors: Floats) -> float:
    """Mean number of branches weighted by energy, Σ p_l."""
    return float(chances(factors).sum())


def branch_factors(network: NetworkSpec, pictures: Floats) -> Floats | None:
    """a_l of every block of a network with these initial weights; None where this theory says nothing about it.

    It is about residual multilayer perceptrons with ReLU; `pictures` (B, …) are those that they are shown.
    """
    if not isinstance(network, MLPSpec) or not network.is_residual or network.activation != "relu":
        return None
    if network.norm == "bn":
        return batch_norm_factors(network.num_blocks, linear_kernel(pictures), network.beta)
    return residual_factors(network.num_blocks, network.beta)


def residual_factors(num_blocks: int, beta: float = 1.0) -> Floats:
    """a_l = β² of residual blocks without norm, or with mean-only batch norm, of which nothing depends on the inputs.

    With β = 1 the mean length is L / 2 and the distribution that of the paths themselves (Balduzzi et al. 2017, theorem
    2: mean square gradients double with every block).
    """
    return np.full(num_blocks, beta**2)


def batch_norm_factors(num_blocks: int, kernel: Floats, beta: float = 1.0) -> Floats:
    """a_l = β² E[1 / s_l²] of residual blocks with batch norm and ReLU, whose statistics are constants on the way back.

    `kernel` (B, B) holds the mean products ⟨x_i, x_j⟩ / N of the pictures where the first block begins. s_l² is the
    variance over the batch of a unit that enters block l. It grows by what the branches add: with K the kernel and c
    the correlations after centring and dividing, K ← K + β² κ₁(c), where κ₁(c) = (√(1 - c²) + (π - arccos c) c) / π is
    the arc-cosine kernel of order 1 (Cho, Saul 2009) for He's weights. Balduzzi et al. 2017, theorem 3, have
    s_l² = 1 + β² l; ReLU's mean, which the next batch norm removes, makes it grow by (π - 1) / π of that.

    The mean of 1 / s_l² over units is more than one over their mean variance v_l, because a batch has few pictures: by
    (B - 1) / (B - 3) where they have nothing in common, by more where they are alike. Raises ValueError for pictures
    that differ in fewer than three directions: there is no such mean.
    """
    size = len(kernel)
    centring = np.eye(size) - 1 / size
    factors = np.empty(num_blocks)
    for block in range(num_blocks):
        centred = centring @ kernel @ centring
        factors[block] = beta**2 * size * _mean_inverse(np.asarray(np.linalg.eigvalsh(centred), np.float64))
        kernel = kernel + beta**2 * _relu_kernel(centred * size / np.trace(centred))
    return factors


def _mean_inverse(scales: Floats) -> float:
    """E[1 / X] of X = Σ λ_i z_i² with normal z_i: ∫ E[exp(-u X)] du = ∫ Π (1 + 2 λ_i u)^(-1/2) du over u > 0.

    With u = e^t the trapezoidal rule gets all digits: the integrand is smooth and falls exponentially on both sides.
    """
    total = scales.sum()
    kept = scales[scales > 1e-10 * total] / total
    if total <= 0 or len(kept) < 3:
        raise ValueError(f"pictures that differ in {len(kept) if total > 0 else 0} directions: at least 3 are wanted")
    t = np.arange(-40, 80, 0.125)
    integrand = np.exp(t - np.log1p(2 * kept[:, None] * np.exp(t)).sum(0) / 2)
    return float(integrand.sum() * 0.125 / total)


def linear_kernel(pictures: Floats) -> Floats:
    """(B, B) mean products of pictures (B, …) after a linear layer with weights of variance 1 / pixels."""
    rows = pictures.reshape(len(pictures), -1).astype(np.float64)
    return rows @ rows.T / rows.shape[1]


def _relu_kernel(covariance: Floats) -> Floats:
    """2 E[ρ(u) ρ(v)] for normal u, v with this covariance."""
    deviation = np.sqrt(np.diag(covariance))
    scale = np.outer(deviation, deviation)
    cosine = np.clip(covariance / np.where(scale > 0, scale, 1), -1, 1)
    return scale * (np.sqrt(1 - cosine**2) + (math.pi - np.arccos(cosine)) * cosine) / math.pi
