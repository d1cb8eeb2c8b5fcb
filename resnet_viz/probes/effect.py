"""What a network gives for a batch and what comes back: scores, loss, error, gradients, and how alike they are.

The pass is that of `probes.gradients`. On its way one more number is taken at every block, the correlation between the
gradients of two pictures.
"""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import torch
from torch import Tensor, nn

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import data, gradients
from resnet_viz.probes.gradients import SAFE_HIGH, SAFE_LOW, Progress, Signals, norm
from resnet_viz.probes.questions import EffectQuestion, GradientQuestion, NetworkQuestion
from resnet_viz.probes.study_answers import EffectAnswer


def measure(question: EffectQuestion, progress: Progress | None = None) -> EffectAnswer:
    """What one network gives and what reaches its parameters, by one forward and one backward pass.

    Raises ValueError with one sentence as `gradients.measure` does.
    """
    start = time.perf_counter()
    asked = _gradient_question(question)
    answer, seen, network = gradients.run(asked, Correlations, progress)
    return EffectAnswer(
        question=question,
        gradients=answer,
        correlation=seen.correlation,
        logits=seen.scores.numpy().astype(np.float32, copy=False),
        error=_error(seen.scores, torch.from_numpy(data.batch(asked).labels)),
        reached_parameters=reached_parameters(network),
        num_parameters=sum(parameter.numel() for parameter in network.parameters()),
        seconds=time.perf_counter() - start,
        versions=answer.versions,
    )


class Correlations(Signals):
    """Also the mean correlation between the gradients of two pictures at the output of every block."""

    def __init__(self, graph: NetworkGraph, told: Progress | None = None) -> None:
        super().__init__(graph, told)
        self.correlation = np.full(len(self.blocks), math.nan)

    def see_gradient(self, index: int, gradient: Tensor) -> None:
        super().see_gradient(index, gradient)
        if len(gradient) == len(self.scores):
            self.correlation[index] = correlation(gradient, float(self.gradient_norms[index]))


def correlation(rows: Tensor, whole: float | None = None) -> float:
    """Mean inner product of two different rows over mean square of a row: (‖Σgᵢ‖² - Σ‖gᵢ‖²) / ((N - 1) Σ‖gᵢ‖²).

    From -1/(N - 1), where the rows sum to 0, to 1, where all are equal. A ratio of means and not the mean of cosines:
    it is the ratio of covariance to variance that the theory gives (Balduzzi et al. 2017, arXiv:1702.08591), and it
    needs the sum of the rows and not each of them. A picture with a large gradient weighs more. `whole` is the norm of
    all rows if known. NaN for fewer than two rows, and where all are 0 or one is not finite.
    """
    whole = norm(rows) if whole is None else whole
    if len(rows) < 2 or whole == 0 or not math.isfinite(whole):
        return math.nan
    total = rows.sum(0, dtype=rows.dtype if SAFE_LOW < whole < SAFE_HIGH else torch.float64)
    ratio = float(torch.linalg.vector_norm(total, dtype=torch.float64)) / whole
    return (ratio**2 - 1) / (len(rows) - 1)


def reached_parameters(network: nn.Module) -> int:
    """How many numbers the parameters have that got a gradient, one that is not 0 throughout.

    A parameter counts as a whole: single zeros of its gradient (of a unit that is off for all pictures) are not what
    a cut does.
    """
    return sum(p.numel() for p in network.parameters() if p.grad is not None and bool(p.grad.any()))


def _error(scores: Tensor, labels: Tensor) -> float:
    """Share of rows whose largest score is not that of the label; a row that is not all numbers is an error."""
    wrong = (scores.argmax(1) != labels) | scores.isnan().any(1)
    return wrong.double().mean().item()


def _gradient_question(question: EffectQuestion) -> GradientQuestion:
    return GradientQuestion(**{f.name: getattr(question, f.name) for f in dataclasses.fields(NetworkQuestion)})
