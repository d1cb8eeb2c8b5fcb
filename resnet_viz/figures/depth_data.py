"""What a chart ordered by depth draws: plain values, made by the figures and shown by the page's component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

Kind = Literal["underflow", "overflow", "nan"]


class Stage(TypedDict):
    """Blocks start, ..., end - 1 of the axis."""

    name: str
    start: int
    end: int


class DepthAxis(TypedDict):
    """The blocks from input to output, and the stages they belong to."""

    names: Sequence[str]
    stages: Sequence[Stage]


class Mark(TypedDict):
    """A place where a line has no value that could be drawn, and the word for it."""

    index: int
    kind: Kind
    text: str


class Series(TypedDict):
    """One line: a value for every block, None where there is none; low and high bound a band around it.

    Role is a name of the colour table, or "resid" (residual branches) or "operated" (blue with long dashes: a residual
    network that was changed). Without `marks` those that the values call for are made: zero on a logarithmic axis has
    underflowed, infinity has overflowed.
    """

    id: str
    label: str
    role: str
    values: Sequence[float | None]
    dash: NotRequired[str | None]
    low: NotRequired[Sequence[float | None] | None]
    high: NotRequired[Sequence[float | None] | None]
    marks: NotRequired[Sequence[Mark]]


class DepthData(TypedDict):
    """One chart: its axis of blocks, and the lines over it."""

    x: DepthAxis
    y_label: str
    log: bool
    series: Sequence[Series]
    caption: NotRequired[str]
    file_name: NotRequired[str]  # of the downloads, without ending
