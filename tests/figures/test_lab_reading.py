"""What the lab says is what its answers hold, whatever they hold."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from resnet_viz.figures.lab_reading import effect_reading, lesion_reading, path_reading
from resnet_viz.figures.lesion_lanes import LesionLane
from resnet_viz.probes.study_answers import EffectAnswer
from resnet_viz.surgery.plan import Surgery
from tests.figures.made_studies import effect, lesions, paths

NORMS, CORRELATION, LOGITS = [1.0, 2.0, 4.0], [0.5, 0.4, 0.3], [[1.0, 0.0], [0.0, 1.0]]


def operated(norms: Any = NORMS, correlation: Any = CORRELATION, logits: Any = LOGITS, **more: Any) -> EffectAnswer:
    answer = effect(norms, correlation, logits, **more)
    return replace(answer, question=replace(answer.question, surgery=Surgery.of(cut=["layer1.0"])))


def effect_said(answer: EffectAnswer) -> str:
    return " ".join(effect_reading(effect(NORMS, CORRELATION, LOGITS), answer))


def lane(errors: Any, **more: Any) -> LesionLane:
    return LesionLane("residual", "net*", (lesions(errors, **more),))


def test_what_the_surgery_did_is_said_in_numbers() -> None:
    said = effect_said(operated([0.5, 1, 1], [-0.25, 0, 0], [[0.0, 1.0], [0.0, 1.0]], loss=4.6, reached_parameters=40))
    assert "change by **100 %**" in said and "2 pictures together" in said and "50.0 % of the predictions" in said
    assert "from 2.30 to **4.60**" in said and "untrained" in said and "error" not in said
    assert "first block, `layer1.0`, the gradient of the loss is **0.500 times**" in said
    assert "by 0.50 in the intact network and by **−0.25**" in said
    assert "reaches **40** of 100 parameters (it is not 0 there); it was 100" in said


def test_of_a_trained_network_the_error_is_said_too() -> None:
    intact, other = effect(NORMS, CORRELATION, LOGITS, error=0.02), operated(error=0.5)
    intact = replace(intact, question=replace(intact.question, weights="trained"))
    other = replace(other, question=replace(other.question, weights="trained"))
    assert "the error from 2.00 % to **50.0 %**" in " ".join(effect_reading(intact, other))


def test_an_equal_output_a_gradient_of_zero_and_numbers_out_of_range_have_their_own_words() -> None:
    assert "**exactly the same** for all 2 pictures" in effect_said(operated())
    assert "reaches 100 of 100 parameters" in effect_said(operated())
    assert "**No gradient** comes back" in effect_said(operated([0.0, 1, 1]))
    broken = effect_said(operated([math.inf, 1, 1], [math.nan, 0, 0], [[math.inf, 0.0], [0.0, 1.0]]))
    assert "output cannot be compared" in broken and "gradients at the first block cannot" in broken
    assert "correlation of the gradients there is not defined" in broken
    assert "nan" not in broken.replace("not a number", "")


def test_single_lesions_are_read_by_their_median_and_by_the_blocks_that_stand_out() -> None:
    errors = [0.30, 0.03, 0.03, 0.60, 0.03, 0.03, 0.025, 0.03, 0.03]
    said = lesion_reading([lane(errors)])
    assert r"**net\***: deleting one of the 7 blocks that keep the shape costs **1.0 points**" in said[0]
    assert "`layer2.0` (changes the shape): 58.0, `layer1.0`: 28.0 points" in said[0] and "layer3.0" not in said[0]
    assert "**while their shortcuts stay**" in said[-1] and "plain" not in said[-1]


def test_seeds_are_read_by_their_mean_and_what_cannot_be_deleted_is_left_out() -> None:
    one, other = np.full(9, 0.04), np.full(9, 0.06)
    one[3] = other[3] = np.nan
    plain = LesionLane("plain", "plain", (lesions(one), lesions(other)))
    said = lesion_reading([plain])
    assert "the 7 blocks" in said[0] and "**3.0 points**" in said[0]
    assert "plain block has no shortcut to stay" in said[-1]


def test_random_lesions_are_read_by_where_they_pass_half_the_way_to_chance() -> None:
    errors = [[0.1, 0.40, 0.9], [0.1, 0.47, 0.9], [0.1, 0.50, 0.9]]
    assert "at **2** deleted: 47.0 %, median of 3 draws" in lesion_reading([lane(errors, study="random")])[0]
    assert "up to **2** deleted: 3.0 %" in lesion_reading([lane([[0.02, 0.03]], study="random")])[0]


def test_swaps_are_read_with_kendalls_tau() -> None:
    said = lesion_reading([lane([[0.1, 0.8]], study="order", kendall_tau=np.array([[0.9, -0.25]]))])
    assert "at **2** swapped, τ = −0.25: 80.0 %" in said[0] and "shortcuts stay" not in said[-1]


def test_a_network_that_guesses_has_nothing_to_lose() -> None:
    assert "guesses even when it is intact" in lesion_reading([lane([[0.9]], study="random", intact_error=0.88)])[1]


def test_path_lengths_are_read_off_the_parts() -> None:
    said = path_reading([paths([0, 3, 4, 0, 0, 0, 0])])
    assert "paths of **1.64** residual branches" in said[0] and "has 3.00, of 6 shortcuts" in said[0]
    assert "lengths **1 to 2**" in said[1] and "**32.8 %** of all paths" in said[1]
    assert "to 1.00 × 10⁻⁶ of its norm" in said[2] and "add up to 1.00" in said[2]
    assert "lengths 5 to 17; by count that is 0.454 %" in said[-1]


def test_sampling_and_theory_are_said_where_there_is_any() -> None:
    exact = [paths([0, 3, 4, 0])]
    assert not any("Sampling" in sentence or "theory" in sentence for sentence in path_reading(exact))
    sampled = paths([0, 3, 4, 0], sampled_norms=np.array([1.0, 1.0, 1.0, 1.0]))
    said = path_reading([sampled], theory_mean=1.7)
    assert "says 1.70 on the mean" in said[1] and "has the mean length 1.50, not 1.64" in said[-2]


@pytest.mark.parametrize("norms", [[0.0, 0.0], [math.nan, 1.0]])
def test_a_gradient_of_zero_has_no_lengths(norms: list[float]) -> None:
    assert path_reading([paths(norms)]) == [
        "The gradient at the first block is 0 or not finite, so that it has no lengths."
    ]
