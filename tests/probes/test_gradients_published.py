"""What is known of these networks at initialisation: numbers of an independent implementation, within their spread.

The reference was computed with other code, one seed, a batch of 32 pieces of pink noise, 3×32×32, frozen batch norm and
the gradient of a random projection. It counts from the output of the stem; a probe's first point is one block later,
which in a network with batch norm is a factor of about 1.5 to 2 (hence `first` below the tables one finds).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resnet_viz import zoo
from resnet_viz.probes import gradients
from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.probes.questions import GradientQuestion


def measure(name: str, seed: int = 0, options: dict[str, Any] | None = None, **changes: Any) -> GradientAnswer:
    return gradients.measure(GradientQuestion.defaults(zoo.spec(name, **(options or {})), seed=seed, **changes))


def test_a_deep_plain_network_with_batch_norm_explodes_toward_the_first_layers() -> None:
    """Between 2·10³ and 5·10⁴ over five seeds of digits at 32×32; the growth is steady, not one bad layer."""
    for seed in range(5):
        answer = measure("plain56", seed)
        assert answer.question.image_size == 32 and 2e3 < answer.first_to_last < 5e4
        assert (np.diff(np.log(answer.gradient_norms)) < 0).mean() > 0.9


def test_so_it_does_on_small_digits() -> None:
    for seed in range(5):
        assert 1e3 < measure("plain56", seed, image_size=8).first_to_last < 5e4


def test_its_residual_twin_holds_the_gradient() -> None:
    for seed in range(3):
        assert 3 < measure("resnet56", seed, image_size=8).first_to_last < 60


NO_NORM: dict[str, Any] = {"batch_norm": False}
TABLE = [  # network, options, gradient at the first block over the last, rms of the last activation; factors of spread
    ("plain20", NO_NORM, 0.36, 2, 0.12, 3),
    ("plain20", {}, 17, 1.5, 0.705, 1.05),
    ("resnet20", NO_NORM, 7.1, 1.5, 9, 2.5),
    ("resnet20", {}, 4.4, 1.5, 1.97, 1.05),
    ("plain56", NO_NORM, 0.15, 4, 0.02, 12),
    ("plain56", {**NO_NORM, "init": "xavier"}, 1.5e-9, 10, 1e-10, 50),
    ("plain56", {}, 7e3, 3.5, 0.711, 1.1),
    ("resnet56", NO_NORM, 4.8e3, 5, 1.1e4, 6),
    ("resnet56", {**NO_NORM, "init": "xavier"}, 4.2, 4, 5.8, 6),
    ("resnet56", {**NO_NORM, "init": "normal"}, 0.32, 1.3, 0.018, 1.3),
    ("resnet56", {}, 17, 1.6, 3.64, 1.05),
    ("plain110", NO_NORM, 0.09, 4, 0.017, 20),
    ("plain110", {}, 1.5e7, 5, 0.716, 1.3),
    ("resnet110", NO_NORM, 2.2e8, 8, 2.5e9, 20),
    ("resnet110", {}, 40, 1.7, 5.2, 1.05),
    ("plain56", {"activation": "sigmoid", "init": "xavier"}, 0.1, 2, 0.543, 1.05),
    ("plain56", {**NO_NORM, "activation": "tanh", "init": "xavier"}, 0.05, 5, 0.028, 1.4),
    ("plain56", {"activation": "tanh", "init": "xavier"}, 100, 1.6, 0.622, 1.05),
    ("resnet56", {**NO_NORM, "activation": "sigmoid", "init": "xavier"}, 8e-18, 4, 0.662, 1.05),
    ("resnet56", {"activation": "sigmoid", "init": "xavier"}, 0.065, 1.6, 0.659, 1.05),
    ("resnet56", {**NO_NORM, "activation": "tanh", "init": "xavier"}, 2.6, 1.6, 0.474, 1.05),
    ("resnet56", {"activation": "tanh", "init": "xavier"}, 115, 1.6, 0.682, 1.05),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "first", "spread", "activation", "activation_spread"), TABLE)
def test_the_table_of_signals_at_initialisation(
    name: str, options: dict[str, Any], first: float, spread: float, activation: float, activation_spread: float
) -> None:
    for seed in range(2):
        answer = measure(name, seed, options, image_size=32, images="noise", batch_norm_mode="frozen")
        assert first / spread < answer.first_to_last < first * spread
        assert activation / activation_spread < answer.activation_rms[-1] < activation * activation_spread


@pytest.mark.slow
def test_sigmoid_without_batch_norm_kills_the_gradient_of_a_plain_network() -> None:
    answer = measure("plain56", 0, {**NO_NORM, "activation": "sigmoid", "init": "xavier"}, images="noise")
    assert answer.gradient_norms[0] < 1e-30 * answer.gradient_norms[-1]


def test_with_batch_norm_the_scale_of_the_weights_does_not_matter() -> None:
    """He and Xavier draws differ by a factor only (same seed, same numbers): activations are equal, gradients too."""
    for name in ("resnet20", "plain20"):
        he, xavier = (measure(name, 0, {"init": init}, image_size=8) for init in ("he", "xavier"))
        assert np.allclose(he.activation_rms, xavier.activation_rms, rtol=1e-3)
        assert np.allclose(he.gradient_norms, xavier.gradient_norms, rtol=1e-2)
