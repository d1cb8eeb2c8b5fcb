"""What is known of these networks at initialisation.

`PUBLISHED` are the numbers of an independent implementation, from one seed: 32 pieces of pink noise of 3×32×32, batch
statistics taken as constants, the loss a random linear function of the scores (the same for every picture), He weights
N(0, 2 / fan_in) or Xavier weights N(0, 2 / (fan_in + fan_out)). It counts from the output of the stem to that of the
last block. The page counts from the first block, one block later, which in a network with batch norm is a factor of
about 1.5 to 2; what the page shows has a test and a table of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from resnet_viz import zoo
from resnet_viz.probes import data, gradients
from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.probes.batch_norm import freeze
from resnet_viz.probes.questions import GradientQuestion

Options = dict[str, Any]
PROTOCOL: Options = {"image_size": 32, "batch_size": 32, "images": "noise", "batch_norm_mode": "frozen"}


def measure(name: str, seed: int = 0, options: Options | None = None, **changes: Any) -> GradientAnswer:
    return gradients.measure(GradientQuestion.defaults(zoo.spec(name, **(options or {})), seed=seed, **changes))


@dataclass
class Seen:
    """Norms of the gradient at the stem's output and at the last block's, and the size of the latter's output."""

    first: float = math.nan
    last: float = math.nan
    activation_rms: float = math.nan


def from_stem_to_end(name: str, seed: int, options: Options) -> Seen:
    """What the independent implementation measured, with our parts: only the first point and the loss are its own."""
    question = GradientQuestion.defaults(zoo.spec(name, **options), seed=seed, **PROTOCOL)
    network = gradients.prepare(question)[1]
    images = torch.from_numpy(data.batch(question).images)
    freeze(network, images)
    seen = Seen()

    def watch(point: str, output: Tensor) -> None:
        seen.activation_rms = output.detach().double().square().mean().sqrt().item()  # the last point's stays
        output.register_hook(lambda gradient: setattr(seen, point, gradient.double().norm().item()))

    blocks = network.graph.blocks
    stem = min(blocks[0].ops) - 1
    with network.observing({stem: partial(watch, "first"), blocks[-1].output: partial(watch, "last")}):
        scores = network(images)
    (scores @ torch.randn(scores.shape[1], generator=torch.Generator().manual_seed(seed))).sum().backward()
    return seen


NO_NORM: Options = {"batch_norm": False}
SIGMOID: Options = {"activation": "sigmoid", "init": "xavier"}
TANH: Options = {"activation": "tanh", "init": "xavier"}

# Network, options, gradient at the stem over the last block, factor within which our seeds lie around it; root mean
# square of the last output and its factor. The factors are the spread over seeds: a random product of many layers
# without batch norm has a wide one, a residual network with batch norm a narrow one.
QUICK: list[tuple[str, Options, float, float, float, float]] = [
    ("plain20", NO_NORM, 0.36, 2.5, 0.196, 6),
    ("plain20", {}, 25, 1.3, 0.705, 1.05),
    ("resnet20", NO_NORM, 9.7, 2.2, 14.8, 8),
    ("resnet20", {}, 8.3, 1.3, 1.97, 1.05),
    ("resnet56", {}, 33.8, 1.3, 3.64, 1.05),
]
PUBLISHED = [
    ("plain56", NO_NORM, 0.15, 2.5, 0.012, 20),
    ("plain56", {**NO_NORM, "init": "xavier"}, 7e-10, 5, 2e-11, 100),
    ("plain56", {}, 1.45e4, 4, 0.711, 1.1),
    ("plain56", {"init": "xavier"}, 1.45e4, 4, 0.711, 1.1),
    ("plain56", {"init": "normal", "init_std": 0.01}, 1.45e4, 4, 0.711, 1.1),
    ("resnet56", NO_NORM, 4.8e3, 2.5, 1.1e4, 6),
    ("resnet56", {**NO_NORM, "init": "xavier"}, 4.2, 2.5, 5.8, 5),
    ("resnet56", {**NO_NORM, "init": "normal", "init_std": 0.01}, 0.31, 1.4, 0.018, 1.4),
    ("resnet56", {"init": "xavier"}, 33.8, 1.3, 3.64, 1.05),
    ("resnet56", {"init": "normal", "init_std": 0.01}, 33.8, 1.3, 3.64, 1.05),
    ("plain110", NO_NORM, 0.085, 8, 0.017, 300),
    ("plain110", {}, 2.6e7, 5, 0.716, 1.2),
    ("resnet110", NO_NORM, 2.2e8, 8, 2.5e9, 80),
    ("resnet110", {}, 79, 1.5, 5.2, 1.05),
]
PUBLISHED_GRADIENTS = [  # of the other activations the size of the output was not recorded
    ("plain56", SIGMOID, 0.093, 2.2),
    ("plain56", {**NO_NORM, **TANH}, 0.025, 12),
    ("plain56", TANH, 111, 1.6),
    ("resnet56", {**NO_NORM, **SIGMOID}, 1.8e-18, 2),
    ("resnet56", SIGMOID, 0.065, 1.5),
    ("resnet56", {**NO_NORM, **TANH}, 2.7, 1.5),
    ("resnet56", TANH, 155, 1.3),
]


def holds(name: str, options: Options, ratio: float, spread: float, seeds: int) -> list[Seen]:
    """Measures, and holds the ratio of the gradients against the published one."""
    found = [from_stem_to_end(name, seed, options) for seed in range(seeds)]
    for seen in found:
        assert ratio / spread < seen.first / seen.last < ratio * spread
    return found


@pytest.mark.parametrize(
    ("name", "options", "ratio", "spread", "rms", "rms_spread"),
    [*QUICK, *(pytest.param(*row, marks=pytest.mark.slow) for row in PUBLISHED)],
)
def test_published_signals_hold(
    name: str, options: Options, ratio: float, spread: float, rms: float, rms_spread: float
) -> None:
    for seen in holds(name, options, ratio, spread, seeds=3):
        assert rms / rms_spread < seen.activation_rms < rms * rms_spread


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "ratio", "spread"), PUBLISHED_GRADIENTS)
def test_published_signals_of_sigmoid_and_tanh_hold(name: str, options: Options, ratio: float, spread: float) -> None:
    holds(name, options, ratio, spread, seeds=3)


def test_weights_of_a_hundredth_without_batch_norm_underflow_to_an_exact_zero() -> None:
    seen = from_stem_to_end("plain56", 0, {**NO_NORM, "init": "normal", "init_std": 0.01})
    assert (seen.first, seen.activation_rms) == (0, 0)


def test_sigmoid_without_batch_norm_kills_the_gradient_of_a_plain_network() -> None:
    """Published as 0: the reference's float32 squares underflow, where the gradient itself still stands."""
    seen = from_stem_to_end("plain56", 0, {**NO_NORM, **SIGMOID})
    assert seen.first < 1e-30 * seen.last


def explosion(seed: int) -> GradientAnswer:
    """Of the deep plain network with batch norm, at everything the page starts with: digits at 32×32, train mode."""
    answer = measure("plain56", seed)
    assert (answer.question.image_size, answer.question.images) == (32, "digits")
    assert answer.question.batch_norm_mode == "train"
    return answer


def test_the_page_s_first_plain_network_explodes_toward_its_first_layers() -> None:
    """Between 2·10³ and 5·10⁴; the growth is steady, not one bad layer."""
    answer = explosion(0)
    assert 2e3 < answer.first_to_last < 5e4
    assert (np.diff(np.log(answer.gradient_norms)) < 0).mean() > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 5))
def test_so_it_does_with_every_seed(seed: int) -> None:
    assert 2e3 < explosion(seed).first_to_last < 5e4


def test_so_it_does_on_small_digits() -> None:
    for seed in range(2):
        assert 1e3 < measure("plain56", seed, image_size=8).first_to_last < 5e4


def test_its_residual_twin_holds_the_gradient() -> None:
    for seed in range(2):
        assert 3 < measure("resnet56", seed, image_size=8).first_to_last < 60


IN_PAGE: list[tuple[str, Options, float, float]] = [  # our own numbers, from the first block on: what the page shows
    ("plain20", {}, 17, 1.5),
    ("resnet20", {}, 4.4, 1.5),
    ("plain56", {}, 7e3, 3.5),
    ("resnet56", {}, 17, 1.6),
    ("plain110", {}, 1.5e7, 5),
    ("resnet110", {}, 40, 1.7),
    ("resnet56", NO_NORM, 4.8e3, 5),
    ("resnet110", NO_NORM, 2.2e8, 8),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "ratio", "spread"), IN_PAGE)
def test_the_page_counts_from_the_first_block_on(name: str, options: Options, ratio: float, spread: float) -> None:
    for seed in range(2):
        assert ratio / spread < measure(name, seed, options, **PROTOCOL).first_to_last < ratio * spread


def test_with_batch_norm_the_scale_of_the_weights_does_not_matter() -> None:
    """He and Xavier draws differ by a factor only (same seed, same numbers): activations are equal, gradients too."""
    for name in ("resnet20", "plain20"):
        he, xavier = (measure(name, 0, {"init": init}, image_size=8) for init in ("he", "xavier"))
        assert np.allclose(he.activation_rms, xavier.activation_rms, rtol=1e-3)
        assert np.allclose(he.gradient_norms, xavier.gradient_norms, rtol=1e-2)
