"""One line of what somebody else has written."""

from __future__ import annotations

from resnet_viz.compute.one_line import one_line


def test_the_first_line_that_is_not_blank_is_taken() -> None:
    assert one_line(ValueError("\n \r\n  what went wrong \nand where\n")) == "what went wrong"
    assert one_line("") == one_line(" \n\t") == one_line(KeyError()) == ""


def test_a_long_line_is_cut_to_its_length_with_the_ellipsis() -> None:
    assert one_line("x" * 60, 60) == "x" * 60
    assert one_line("x" * 61, 60) == "x" * 59 + "…"
