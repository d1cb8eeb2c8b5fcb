"""What is read off the gradient by path length: shares, mean, and where most of it lies. Without torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from resnet_viz.figures.depth import Floats
from resnet_viz.probes.study_answers import PathAnswer

MOST = 0.95  # of the energy, that an interval of lengths is to carry


class Interval(NamedTuple):
    """The lengths `first` to `last`, both among them."""

    first: int
    last: int


def energies(answers: Sequence[PathAnswer]) -> Floats:
    """Share of each length in Σ‖g_k‖², mean over the seeds; NaN where there is no gradient at all."""
    return np.asarray(each_energies(answers).mean(axis=0))


def each_energies(answers: Sequence[PathAnswer]) -> Floats:
    """The same of every seed, (seeds, lengths)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([answer.energies for answer in answers])


def mean_length(shares: Floats) -> float:
    """Mean length, weighted by these shares."""
    return float((np.arange(len(shares)) * shares).sum())


def shares_of_paths(counts: Sequence[int]) -> Floats:
    """Share of all paths that each length has, from exact counts of any size."""
    total = sum(counts)
    return np.array([count / total for count in counts])


def interval(shares: Floats, most: float = MOST) -> Interval:
    """The fewest lengths in a row that carry so much; of several the first."""
    sums = np.concatenate([[0.0], np.cumsum(shares)])
    wanted = most * sums[-1] * (1 - 1e-12)
    lasts = np.searchsorted(sums, sums[:-1] + wanted)  # one past the last length of the run from each on
    widths = np.where(lasts < len(sums), lasts - np.arange(len(lasts)), len(sums))
    first = int(np.argmin(widths))
    return Interval(first, int(lasts[first]) - 1)


def share_within(counts: Sequence[int], lengths: Interval) -> float:
    """Share of all paths whose length lies in an interval, from exact counts."""
    return sum(counts[lengths.first : lengths.last + 1]) / sum(counts)


def products(answers: Sequence[PathAnswer], power: int = 1) -> Floats:
    """Share of each length in Σ count · (norm of one sampled path)^power: with power 1 what Veit et al. 2016 draw.

    Norms of lengths between sampled ones are interpolated on a logarithmic scale; beyond them the share is 0. All NaN
    where nothing was sampled. Counts beyond the range of floats are no trouble.
    """
    norms = sampled_logs(answers)
    lengths, known = np.arange(len(norms)), np.isfinite(norms)
    if not known.any():
        return norms
    between = np.interp(lengths, lengths[known], norms[known], -math.inf, -math.inf)
    logs = math.log(10) * log_counts(answers[0].counts) + power * between
    scaled = np.exp(logs - logs.max())
    return np.asarray(scaled / scaled.sum())


def sampled_logs(answers: Sequence[PathAnswer]) -> Floats:
    """Natural logarithm of the sampled norms, mean over the seeds; NaN where none was drawn or it was 0."""
    norms = np.stack([answer.sampled_norms for answer in answers])
    return np.asarray(np.log(np.where(norms > 0, norms, np.nan)).mean(axis=0))


def log_counts(counts: Sequence[int]) -> Floats:
    """Exponents of ten of exact counts of any size; −∞ for none."""
    return np.array([math.log10(count) if count else -math.inf for count in counts])
