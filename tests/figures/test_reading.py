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
        "blocking_weights": (),
        "seconds": 0.1,
        "versions": {},
    }
    return GradientAnswer(**{**parts, **changes})  # type: ignore[arg-type]


def said(*answers: GradientAnswer) -> str:
    return gradient_reading([Lane("plain", "net", answers)])[0]


def course(first: float, last: float, blocks: int = 6) -> list[float]:
    """Norms that change by one factor from block to block."""
    return [float(norm) for norm in np.geomspace(first, last, blocks)]


@pytest.mark.parametrize(
    ("norms", "word"),
    [
        (course(1e4, 1.0), "explodes"),
        (course(50.0, 1.0, 60), "grows"),
        (course(2.0, 1.0), "holds"),
        (course(0.2, 1.0, 60), "holds"),
        (course(1.0, 50.0), "shrinks"),
        (course(1e-4, 1.0), "vanishes"),
        ([0.0, 0.0, 1.0], "underflows"),
        ([np.inf, 1.0, 1.0], "range of float32"),
    ],
)
def test_each_course_of_a_gradient_has_its_word(norms: list[float], word: str) -> None:
    assert word in said(answer(norms))


def test_what_changes_much_at_every_block_does_not_hold_though_its_blocks_are_few() -> None:
    assert "**grows** toward the input, 9.00-fold: × 1.55" in said(answer(course(9.0, 1.0)))
    assert "**shrinks** toward the input, 9.00-fold: × 0.644" in said(answer(course(1.0, 9.0)))


def test_of_a_handful_of_blocks_the_ratio_is_said_and_no_trend() -> None:
    sentence = said(answer(course(5.43, 1.0, 3)))
    assert "at the first of 3 blocks the gradient is 5.43 times that at the last" in sentence
    assert not any(word in sentence for word in ("holds", "grows", "from block to block"))
    assert "too few blocks" in said(answer([1.0]))


def test_the_factor_is_that_of_one_block() -> None:
    assert "4,096-fold: × 4.00 from block to block" in said(answer(course(4096, 1.0, 7)))


def test_seeds_are_read_by_their_geometric_mean() -> None:
    assert "10.0-fold" in said(answer(course(1.0, 1.0)), answer(course(100.0, 1.0)))


def test_zeros_by_construction_are_no_underflow() -> None:
    assert "no path to the loss" in said(answer([0.0, 1.0], connected=np.array([False, True])))
    sentence = said(answer([0.0, 1.0], zero_weights=("head.weight",)))
    assert "0 in 1 of 2 blocks" in sentence and "begin as zeros (`head.weight`)" in sentence


def test_zeros_in_all_blocks_are_said_of_all_with_the_weight_that_is_the_cause() -> None:
    zero = ("layer1.0.conv2.weight", "layer1.1.conv2.weight", "fc.weight")
    sentence = said(answer([0.0, 0.0], zero_weights=zero, blocking_weights=("fc.weight",)))
    assert "0 in **all** 2 blocks" in sentence and "leads through `fc.weight`" in sentence and "conv2" not in sentence


def test_where_some_are_zero_the_weights_that_matter_are_named() -> None:
    zero = tuple(f"layer1.{i}.alpha" for i in range(5))
    sentence = said(answer([0.0, 0.0, 0.0, 1.0], zero_weights=zero, blocking_weights=zero[:3]))
    assert "in 3 of 4 blocks" in sentence and "(…, `layer1.1.alpha`, `layer1.2.alpha`)" in sentence


def test_what_a_log_axis_cannot_hold_is_marked() -> None:
    lane = Lane("plain", "net", (answer([0.0, np.inf, 1.0]),))
    (series,) = gradient_chart([lane], ["layer1"])["series"]
    assert [(m["index"], m["kind"]) for m in series["marks"]] == [(0, "underflow"), (1, "overflow")]
    assert list(series["values"]) == [None, None, 1.0]
