"""Published error against computed parameters: what depth, width, cardinality and scale buy, as a Plotly figure.

How to read it: lower is better, further left is cheaper; a family's line shows what more of its own dimension gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

import plotly.graph_objects as go

from resnet_viz.figures import numbers
from resnet_viz.figures.published import Point
from resnet_viz.text import _
from resnet_viz.theme import Theme, colour
from resnet_viz.zoo import NetworkSpec

_STYLES = (
    ("residual", "circle"), ("gate", "square"), ("plain", "diamond"), ("activation", "triangle-up"),
    ("residual", "x"), ("gate", "star"), ("plain", "cross"), ("activation", "hexagon"),
)  # fmt: skip


def error_chart(points: Sequence[Point], shown: NetworkSpec, theme: Theme) -> go.Figure:
    """Error in percent against parameters on a log axis; the family of `shown` is labelled, the others stand behind."""
    figure = go.Figure()
    for (family, members), (role, symbol) in zip(_families(points).items(), cycle(_STYLES), strict=False):
        is_own = family == shown.family
        figure.add_trace(_series(_(family), members, colour(role, theme), symbol, is_own))
    costs = [math.log10(point.cost.num_parameters) for point in points]
    room = 0.12 * (max(costs) - min(costs)) + 0.02  # for the names at both ends
    figure.update_layout(
        height=380, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest",
        xaxis={
            "type": "log", "title": _("parameters"), "dtick": "D2", "tickformat": "~s",
            "range": [min(costs) - room, max(costs) + room],
        },
        yaxis={"title": _("published error, %")},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    return figure


def _families(points: Iterable[Point]) -> Mapping[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in sorted(points, key=lambda point: point.cost.num_parameters):
        found.setdefault(point.spec.family, []).append(point)
    return found


def _series(name: str, points: Sequence[Point], tint: str, symbol: str, is_own: bool) -> go.Scatter:
    return go.Scatter(
        x=[point.cost.num_parameters for point in points],
        y=[point.result.error for point in points],
        name=name,
        mode="markers+text" if is_own else "markers",
        text=_names(points),
        textposition="top center",
        textfont={"size": 11},
        customdata=[[numbers.short(p.cost.num_parameters), p.result.paper.citation, p.spec.label] for p in points],
        hovertemplate="<b>%{customdata[2]}</b><br>%{y} % · %{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        marker={"size": 11 if is_own else 8, "color": tint, "symbol": symbol, "opacity": 1 if is_own else 0.55},
    )


def _names(points: Sequence[Point]) -> list[str]:
    """The name of each network at its first point, none at its variations: those would stand on one another."""
    first = {point.spec.name: number for number, point in reversed(list(enumerate(points)))}
    return [point.spec.name if first[point.spec.name] == number else "" for number, point in enumerate(points)]
