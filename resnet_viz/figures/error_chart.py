"""Published error against computed parameters: what depth, width, cardinality and scale buy, as a Plotly figure.

How to read it: lower is better, further left is cheaper; a family's line shows what more of its own dimension gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

import plotly.graph_objects as go

from resnet_viz.figures import numbers
from resnet_viz.figures.published import Point
from resnet_viz.text import _
from resnet_viz.theme import Theme, colour
from resnet_viz.zoo import NetworkSpec

_SYMBOLS = ("square", "diamond", "triangle-up", "x", "star", "cross", "hexagon", "triangle-down", "pentagon")
_HEIGHT, _USUAL_WIDTH = 400, 560  # pixels; the chart is as wide as its column, about so
_LETTER, _LINE = 6.0, 15.0  # pixels that a name takes, a letter and a line


def error_chart(points: Sequence[Point], shown: NetworkSpec, theme: Theme) -> go.Figure:
    """Error in percent against parameters on a log axis; the family of `shown` is named, the others stand behind.

    Plain twins are shown of that family alone: their errors would flatten all the rest.
    """
    own = [point for point in points if point.spec.family == shown.family]
    others = [point for point in points if point.spec.family != shown.family and not _is_plain_twin(point)]
    figure = go.Figure()
    for (family, members), symbol in zip(_families(others).items(), cycle(_SYMBOLS), strict=False):
        style = {"color": colour("plain", theme), "symbol": symbol, "size": 8, "opacity": 0.6}
        figure.add_trace(_series(_(family), members, style, []))
    x_range, y_range = _limits([*others, *own])
    names = _names_with_room(own, x_range, y_range)
    style = {"color": colour("residual", theme), "symbol": "circle", "size": 11}
    figure.add_trace(_series(_(shown.family), own, style, names))
    figure.update_layout(
        height=_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest",
        xaxis={"type": "log", "title": _("parameters"), "dtick": "D2", "tickformat": "~s", "range": x_range},
        yaxis={"title": _("published error, %"), "range": y_range},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "reversed"},
    )  # fmt: skip
    return figure


def _is_plain_twin(point: Point) -> bool:
    return point.spec.is_plain and point.spec.with_shortcuts() is not None


def _families(points: Iterable[Point]) -> Mapping[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.spec.family, []).append(point)
    return found


def _limits(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    """Ranges of both axes with room for names at the ends; of x the logarithm, as Plotly wants it."""

    def widened(values: Sequence[float], least: float) -> list[float]:
        room = max(0.12 * (max(values) - min(values)), least)
        return [min(values) - room, max(values) + room]

    costs = [math.log10(point.cost.num_parameters) for point in points]
    return widened(costs, 0.03), widened([_error(point) for point in points], 0.2)


def _error(point: Point) -> float:
    assert point.result.error is not None, "only results with a number are drawn"
    return point.result.error


def _names_with_room(points: Sequence[Point], x_range: list[float], y_range: list[float]) -> list[str]:
    """The name of each network, once, where it does not stand on another; the others have theirs in their tips."""
    names: list[str] = []
    taken: list[tuple[float, float, float]] = []
    for point in points:
        x = (math.log10(point.cost.num_parameters) - x_range[0]) / (x_range[1] - x_range[0]) * _USUAL_WIDTH
        y = (_error(point) - y_range[0]) / (y_range[1] - y_range[0]) * _HEIGHT
        half = len(point.spec.name) * _LETTER / 2
        is_free = point.spec.name not in names and all(
            abs(x - u) >= half + other or abs(y - v) >= _LINE for u, v, other in taken
        )
        names.append(point.spec.name if is_free else "")
        taken += [(x, y, half)] if is_free else []
    return names


def _series(name: str, points: Sequence[Point], style: dict[str, Any], names: Sequence[str]) -> go.Scatter:
    return go.Scatter(
        x=[point.cost.num_parameters for point in points],
        y=[point.result.error for point in points],
        name=name,
        mode="markers+text" if names else "markers",
        text=names,
        textposition="top center",
        textfont={"size": 11},
        customdata=[[numbers.short(p.cost.num_parameters), p.result.paper.citation, p.spec.label] for p in points],
        hovertemplate="<b>%{customdata[2]}</b><br>%{y} % · %{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        marker=style,
    )
