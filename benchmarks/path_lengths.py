"""The gradient by path length, all lengths, beside the sampling of paths by Veit et al. 2016. One thread, CPU time.

Both go back over the same forward pass, in one process, turn and turn about. The decomposition is exact (its error is
that of float32); sampling has a standard error that falls with the root of the number of draws. What is compared is the
time until that standard error of the mean path length is 1 %, extrapolated from the draws taken. This favours sampling,
which besides takes the paths of one length for independent: no number of draws removes that error.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch

from benchmarks.rows import Row, row
from resnet_viz import zoo
from resnet_viz.probes import data, gradients, paths
from resnet_viz.probes.batch_norm import freeze
from resnet_viz.probes.path_gradients import PathGradients
from resnet_viz.probes.questions import NOISE, PathQuestion

NETWORKS = {"preact_resnet56": "ResNet-56", "preact_resnet110": "ResNet-110"}
T = TypeVar("T")
ROUNDS, DRAWS, WANTED_ERROR = 4, 4, 0.01  # draws of each length in a round


def run(rounds: int = ROUNDS, draws: int = DRAWS) -> list[Row]:
    """Rows of name, value, unit, bar and ok (None where a figure has no bar)."""
    torch.set_num_threads(1)
    return [line for name, title in NETWORKS.items() for line in _rows(name, title, rounds, draws)]


def _rows(name: str, title: str, rounds: int, draws: int) -> list[Row]:
    question = PathQuestion.defaults(zoo.spec(name), images=NOISE, image_size=8)
    whole = min(_seconds(lambda: paths.measure(question))[0] for _ in range(2))
    kept = _kept(question)
    kept.by_length()  # warms up
    lengths, chance = range(len(kept.names) + 1), np.random.default_rng(0)
    exact, sampling, squares = [], [], []
    for _ in range(rounds):
        exact.append(_seconds(kept.by_length)[0])
        seconds, found = _seconds(lambda: [paths.draw_norms(kept, k, draws, chance) for k in lengths])
        sampling.append(seconds)
        squares.append([np.resize(norms, draws) ** 2 for norms in found])
    energies = np.array([gradients.norm(part) ** 2 for part in kept.by_length()])
    length, error = _sampled_length(np.concatenate(squares, axis=1))
    needed = sum(sampling) * (error / WANTED_ERROR) ** 2
    return [
        row(f"gradient of {title} (8×8, batch 32) by path length: the whole question", whole, "s", 5),
        row(f"{title}: all lengths, after the forward pass", min(exact), "s"),
        row(f"{title}: sampling until the mean length is sure to 1 %, over all lengths exactly", needed / min(exact),
            "times", 5, at_least=True),
        row(f"{title}: mean length, exactly", float(np.average(lengths, weights=energies)), "branches"),
        row(f"{title}: mean length by the paths drawn", length, "branches"),
    ]  # fmt: skip


def _kept(question: PathQuestion) -> PathGradients:
    _network, operated = gradients.prepare(question)
    batch = data.batch(question)
    images = torch.from_numpy(batch.images)
    freeze(operated, images)
    return PathGradients(operated, images, torch.from_numpy(batch.labels))


def _sampled_length(squares: np.ndarray) -> tuple[float, float]:
    """Mean length by squared norms (lengths, draws) times the number of paths, and its relative standard error."""
    lengths = np.arange(len(squares))
    counts = np.array([math.comb(len(squares) - 1, k) for k in lengths], dtype=float)
    energies = counts * squares.mean(1)
    mean = float(np.average(lengths, weights=energies))
    errors = counts * squares.std(1, ddof=1) / math.sqrt(squares.shape[1])
    return mean, float(np.linalg.norm((lengths - mean) * errors) / energies.sum() / mean)


def _seconds(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    for figure in run():
        print(figure)
