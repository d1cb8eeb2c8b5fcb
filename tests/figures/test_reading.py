"""A reading says what the numbers say, and calls nothing by a name that they do not bear out."""

import numpy as np
import pytest

from resnet_viz import zoo
from resnet_viz.figures.depth import Lane, gradient_chart
from resnet_viz.figures.reading import gradient_reading
from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.probes.questions import GradientQuestion


def answer(norms: list[float], **changes: object) -> GradientAnswer:
    """An answer with these gradient norms at blocks of one stage."""
    values = np.array(norms)
    parts = {
        "question": GradientQuestion(network=zoo.spec("plain20")),
        "block_names": tuple(f"layer1.{i}" for i in range(len(norms))),
        "stage_of_block": (0,) * len(norms),
        "stage_names": ("layer1",),
        "gradient_norms": values,
        "activation_rms": np.ones(len(norms)),
        "weight_gradient_norms": np.ones(len(norms)),
        "connected": np.ones(len(norms), dtype=bool),
        "loss": 2.3,
        "output_gradient_norm": 1.0,
        "zero_weights": (),
        "seconds": 0.1,
        "versions": {},
    }
    return GradientAnswer(**{**parts, **changes})  # type: ignore[arg-type]


def said(*answers: GradientAnswer) -> str:
    return gradient_reading([Lane("plain", "net", answers)])[0]


@pytest.mark.parametrize(
    ("norms", "word"),
    [
        ([1e4, 1e2, 1.0], "explodes"),
        ([50.0, 1.0], "grows"),
        ([2.0, 1.0], "holds"),
        ([1.0, 50.0], "shrinks"),
        ([1e-4, 1e-2, 1.0], "vanishes"),
        ([0.0, 0.0, 1.0], "underflows"),
        ([np.inf, 1.0, 1.0], "range of float32"),
    ],
)
def test_each_course_of_a_gradient_has_its_word(norms: list[float], word: str) -> None:
    assert word in said(answer(norms))


def test_the_factor_is_that_of_one_block() -> None:
    assert "10,000-fold: × 100 from block to block" in said(answer([1e4, 1e2, 1.0]))


def test_seeds_are_read_by_their_geometric_mean() -> None:
    assert "10.0-fold" in said(answer([1.0, 1.0]), answer([100.0, 1.0]))


def test_zeros_by_construction_are_no_underflow() -> None:
    assert "no path to the loss" in said(answer([0.0, 1.0], connected=np.array([False, True])))
    assert "begin as zeros" in said(answer([0.0, 1.0], zero_weights=("head.weight",)))


def test_what_a_log_axis_cannot_hold_is_marked() -> None:
    lane = Lane("plain", "net", (answer([0.0, np.inf, 1.0]),))
    (series,) = gradient_chart([lane], ["layer1"])["series"]
    assert [(m["index"], m["kind"]) for m in series["marks"]] == [(0, "underflow"), (1, "overflow")]
    assert list(series["values"]) == [None, None, 1.0]
