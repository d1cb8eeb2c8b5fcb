"""Over how long paths the gradient comes, in sentences: every number comes from the answers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from resnet_viz.figures import path_shares
from resnet_viz.figures.numbers import percent, three_digits
from resnet_viz.figures.path_shares import Interval
from resnet_viz.probes.study_answers import PathAnswer
from resnet_viz.text import _

# Veit et al. 2016: blocks of their ResNet-110, and the lengths of which they say that the gradient comes over them.
_VEIT_BLOCKS, _VEIT_LENGTHS = 54, Interval(5, 17)


def path_reading(answers: Sequence[PathAnswer], theory_mean: float | None = None) -> list[str]:
    """Over how long paths the gradient comes; one answer a seed of one network. `theory_mean` is a predicted mean."""
    shares, counts = path_shares.energies(answers), answers[0].counts
    if not np.isfinite(shares).all():
        return [_("The gradient at the first block is 0 or not finite, so that it has no lengths.")]
    mean, most = path_shares.mean_length(shares), path_shares.interval(shares)
    read = [_lengths(mean, most, answers), _few(most, counts), _exactness(answers)]
    if theory_mean is not None:
        read.insert(1, _("The theory says {mean} on the mean.", mean=three_digits(theory_mean)))
    sampled = path_shares.products(answers)
    if np.isfinite(sampled).any():
        read.append(_sampling(path_shares.mean_length(sampled), mean, answers))
    return [*read, _veit()]


def _lengths(mean: float, most: Interval, answers: Sequence[PathAnswer]) -> str:
    paths = path_shares.mean_length(path_shares.shares_of_paths(answers[0].counts))
    return _(
        "The gradient comes over paths of **{mean}** residual branches on the mean, weighted by the squared norm of "
        "each length's part; a path picked at random has {paths}, of {count} shortcuts.",
        mean=three_digits(mean), paths=three_digits(paths), count=answers[0].num_shortcuts,
    )  # fmt: skip


def _few(most: Interval, counts: Sequence[int]) -> str:
    return _(
        "{most} % of it comes over lengths **{first} to {last}** (the shortest run of lengths that holds so much). "
        "**{share} %** of all paths have such a length, by exact count.",
        most=f"{100 * path_shares.MOST:.0f}", first=most.first, last=most.last,
        share=percent(path_shares.share_within(counts, most)),
    )  # fmt: skip


def _exactness(answers: Sequence[PathAnswer]) -> str:
    squares = [float((answer.norms**2).sum()) / (answer.total_norm**2 or math.nan) for answer in answers]
    return _(
        "This is exact and not sampled: the parts of all lengths add up to the gradient itself, to {error} of its "
        "norm. Their squared norms add up to {squares} of its own; at 1 no part would work for or against another.",
        error=three_digits(max(answer.sum_error for answer in answers)), squares=three_digits(float(np.mean(squares))),
    )  # fmt: skip


def _sampling(sampled: float, exact: float, answers: Sequence[PathAnswer]) -> str:
    return _(
        "Sampling {samples} paths a length, the number of paths times their mean norm has the mean length {sampled}, "
        "not {exact}: it adds norms as though the gradients of all paths pointed the same way.",
        samples=answers[0].question.samples, sampled=three_digits(sampled), exact=three_digits(exact),
    )  # fmt: skip


def _veit() -> str:
    counts = [math.comb(_VEIT_BLOCKS, length) for length in range(_VEIT_BLOCKS + 1)]
    return _(
        "Veit et al. 2016 (arXiv:1605.06431) sample paths of a ResNet-110, {blocks} blocks, and say that the "
        "gradient comes over lengths {first} to {last}; by count that is {share} % of its paths.",
        blocks=_VEIT_BLOCKS, first=_VEIT_LENGTHS.first, last=_VEIT_LENGTHS.last,
        share=percent(path_shares.share_within(counts, _VEIT_LENGTHS)),
    )  # fmt: skip
