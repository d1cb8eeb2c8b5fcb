"""Numbers read as people write them, and exact counts stay exact."""

import math

import pytest

from resnet_viz.figures import numbers


@pytest.mark.parametrize(
    ("value", "words"), [(25_557_032, "25.6 M"), (4_089_184_256, "4.09 G"), (512, "512"), (269_722, "270 k"), (0, "0")]
)
def test_three_digits_and_a_unit(value: float, words: str) -> None:
    assert numbers.short(value) == words


def test_powers_of_two_are_written_as_such_and_other_large_counts_are_rounded() -> None:
    assert numbers.power_of_two(2**16) == "2¹⁶"
    assert numbers.power_of_two(2**600) == "2⁶⁰⁰"
    assert numbers.power_of_two(8) == "8"
    assert numbers.power_of_two(3 * 2**10) == "3,072"
    assert numbers.power_of_two(3**30) == "≈ 2.1 × 10¹⁴"
    assert numbers.power_of_two(3 * 2**5000).startswith("≈ 10¹⁵⁰⁵")


def test_an_infinite_receptive_field_has_a_sign() -> None:
    assert numbers.pixels(math.inf) == "∞"
    assert numbers.pixels(1427) == "1,427 px"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.3612, "0.361"), (33.84, "33.8"), (14500.4, "14,500"), (1.452e7, "1.45 × 10⁷"), (2e-9, "2.00 × 10⁻⁹")],
)
def test_three_digits_and_a_power_of_ten_beyond(value: float, words: str) -> None:
    assert numbers.three_digits(value) == words
