"""What the chart is given: numbers that JSON can hold, and a mark for every value that is none."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from resnet_viz.ui.components.depth_chart import Series, _drawable

VALUES = [1.0, 0.0, math.inf, math.nan, None, 2.5]


def drawable(log: bool, **more: Any) -> dict[str, Any]:
    series: Series = {"id": "a", "label": "A", "role": "plain", "values": VALUES, **more}  # type: ignore[typeddict-item]
    return _drawable(series, len(VALUES), log)


def test_values_without_a_place_on_a_log_axis_are_gaps_with_a_mark() -> None:
    drawn = drawable(log=True)
    assert drawn["values"] == [1.0, None, None, None, None, 2.5]
    marks = {mark["index"]: mark["kind"] for mark in drawn["marks"]}
    assert marks == {1: "underflow", 2: "overflow", 3: "nan"}
    json.dumps(drawn, allow_nan=False)


def test_zero_and_negative_numbers_have_their_place_on_a_linear_axis_only() -> None:
    signed = [-1.0, *VALUES[1:]]
    drawn = drawable(log=False, values=signed)
    assert drawn["values"] == [-1.0, 0.0, None, None, None, 2.5]
    assert {mark["index"] for mark in drawn["marks"]} == {2, 3}
    with pytest.raises(ValueError, match="'a' has negative values"):
        drawable(log=True, values=signed)


def test_marks_that_were_given_are_kept_as_they_are() -> None:
    mark = {"index": 1, "kind": "underflow", "text": "rounds to zero in half precision"}
    assert drawable(log=True, marks=[mark])["marks"] == [mark]


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="low of 'a' has 2 numbers for 6 blocks"):
        drawable(log=True, low=[1.0, 2.0])
