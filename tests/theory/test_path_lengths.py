"""Theory of path lengths against enumeration, closed forms and drawn numbers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from resnet_viz import zoo
from resnet_viz.theory import path_lengths as theory

FACTORS = np.array([0.3, 1.0, 2.5, 0.05, 0.7])


def test_without_preference_a_length_has_its_share_of_all_paths() -> None:
    assert theory.binomial(54) == pytest.approx([math.comb(54, k) / 2**54 for k in range(55)], rel=1e-10)
    assert theory.binomial(54)[19:36].sum() == pytest.approx(0.980, abs=5e-4)  # Veit et al.: more than 95 % in 19 to 35
    assert theory.binomial(54)[5:18].sum() == pytest.approx(0.004537, abs=5e-7)  # and 0.45 % in 5 to 17


def test_energies_are_sums_over_all_subsets() -> None:
    blocks = range(len(FACTORS))
    expected = [sum(math.prod(FACTORS[list(s)]) for s in itertools.combinations(blocks, k)) for k in range(6)]
    assert theory.symmetric_polynomials(FACTORS) == pytest.approx(expected, rel=1e-12)


def test_shares_of_energy_are_those_of_independent_coins() -> None:
    energies = theory.symmetric_polynomials(FACTORS)
    chances = theory.chances(FACTORS)
    shares = theory.poisson_binomial(chances)
    assert shares == pytest.approx(energies / energies.sum(), rel=1e-12)
    assert np.arange(6) @ shares == pytest.approx(theory.mean_length(FACTORS)) == pytest.approx(chances.sum())
    assert theory.poisson_binomial(np.full(9, 0.5)) == pytest.approx(theory.binomial(9))


def test_many_blocks_lose_no_digits() -> None:
    shares = theory.poisson_binomial(theory.chances(1 / (1 + np.arange(600.0))))
    assert (shares >= 0).all() and shares.sum() == pytest.approx(1, rel=1e-12)


def test_without_a_norm_half_the_blocks_are_passed() -> None:
    assert theory.mean_length(theory.residual_factors(54)) == 27
    assert theory.mean_length(theory.residual_factors(54, beta=0.5)) == pytest.approx(54 * 0.2)


@pytest.mark.parametrize("beta", [1.0, 0.3])
def test_pictures_that_have_nothing_in_common_have_a_closed_form(beta: float) -> None:
    """All pairs stay alike, with correlation -1/(B-1) after centring: the variance grows by the same in each block."""
    size, blocks = 64, 54
    c = -1 / (size - 1)
    step = 1 - (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi
    variance = (1 - 1 / size) * (1 + beta**2 * step * np.arange(blocks))
    expected = beta**2 / variance * (size - 1) / (size - 3)
    assert theory.batch_norm_factors(blocks, np.eye(size), beta) == pytest.approx(expected, rel=1e-9)


def test_a_branch_adds_what_a_random_layer_adds() -> None:
    """The mean of 1 / variance over many drawn units, where the first block begins and after it."""
    draw = np.random.default_rng(0)
    pictures = draw.standard_normal((12, 20)) @ np.diag(np.linspace(0.2, 2, 20))
    units = 3000
    first, second = theory.batch_norm_factors(2, theory.linear_kernel(pictures))
    inverses: list[list[float]] = [[], []]
    for _ in range(12):
        x = pictures @ draw.standard_normal((20, units)) / math.sqrt(20)  # (B, units)
        branch = np.maximum((x - x.mean(0)) / x.std(0), 0) @ draw.standard_normal((units, units)) * math.sqrt(2 / units)
        for found, stream in zip(inverses, (x, x + branch), strict=True):
            found.append((1 / stream.var(0)).mean())
    assert np.mean(inverses[0]) == pytest.approx(first, rel=0.01)
    assert np.mean(inverses[1]) == pytest.approx(second, rel=0.03)


@pytest.mark.parametrize("kernel", [np.ones((8, 8)), np.eye(3), np.zeros((5, 5))])
def test_too_few_different_pictures_are_refused(kernel: np.ndarray) -> None:
    with pytest.raises(ValueError, match="directions"):
        theory.batch_norm_factors(3, kernel)


def test_what_the_theory_is_about() -> None:
    pictures = np.random.default_rng(0).standard_normal((16, 1, 8, 8))
    plain = theory.branch_factors(zoo.spec("mlp_residual", num_blocks=5, beta=0.5), pictures)
    assert plain is not None and plain.tolist() == [0.25] * 5
    normed = theory.branch_factors(zoo.spec("mlp_residual_bn", num_blocks=5), pictures)
    assert normed is not None and (np.diff(normed) < 0).all()
    assert theory.branch_factors(zoo.spec("mlp_residual", activation="tanh"), pictures) is None
    assert theory.branch_factors(zoo.spec("mlp_plain"), pictures) is None
    assert theory.branch_factors(zoo.spec("resnet20"), pictures) is None
