"""What deleting or swapping blocks costs a trained network, as Plotly figures (Veit et al. 2016, arXiv:1605.06431).

How to read them: the network is not trained again. "single": a stem reaches from the error of the intact network to
that without one block. "random" and "order": the line is the median over the draws, the band reaches from the least to
the greatest. A line that climbs gently says that the paths depend little on each other; one that leaps to chance says
that every block needs the one before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go

from resnet_viz.figures.depth import ROLES, Floats
from resnet_viz.figures.lesion_lanes import LesionLane, band
from resnet_viz.figures.lesions_single import single_chart
from resnet_viz.figures.plotly_parts import Name, axis, frame, level, name_lines, pale
from resnet_viz.probes.questions import LesionStudy
from resnet_viz.text import _
from resnet_viz.theme import Theme, colour

__all__ = ["LesionLane", "lesion_chart", "order_chart", "random_chart", "single_chart"]

_HEIGHT, _AROUND = 360, 64  # pixels: of the figure, and of its margins together
_SYMBOLS = {"residual": "circle", "operated": "diamond", "plain": "square"}


def lesion_chart(lanes: Sequence[LesionLane], theme: Theme) -> go.Figure:
    """The chart of the study that these networks answered."""
    charts: dict[LesionStudy, Callable[[Sequence[LesionLane], Theme], go.Figure]] = {
        "single": single_chart,
        "random": random_chart,
        "order": order_chart,
    }
    return charts[lanes[0].first.question.study](lanes, theme)


def random_chart(lanes: Sequence[LesionLane], theme: Theme) -> go.Figure:
    """Error in percent against the number of blocks deleted at random."""
    figure, y_range = _empty(lanes, theme)
    for lane in lanes:
        _course(figure, lane, np.concatenate([[0], lane.first.amounts]), theme)
    last = max(int(lane.first.amounts.max(initial=1)) for lane in lanes)
    figure.update_xaxes(axis(theme, _("blocks deleted"), range=[-0.02 * last, 1.02 * last], tickformat="d"))
    _name_ends(figure, lanes, y_range, theme)
    return figure


def order_chart(lanes: Sequence[LesionLane], theme: Theme) -> go.Figure:
    """Error in percent against Kendall's tau of the order of the blocks: 1 at the left is the order of training."""
    figure, y_range = _empty(lanes, theme)
    for lane in lanes:
        _draws(figure, lane, theme)
        _course(figure, lane, np.concatenate([[1.0], band(lane.taus).median]), theme)
    least = min(float(np.nanmin(lane.taus, initial=1.0)) for lane in lanes)
    room = 0.02 * (1 - least or 1)
    figure.update_xaxes(axis(theme, _("Kendall's τ of the blocks' order"), range=[1 + room, least - room]))
    _name_ends(figure, lanes, y_range, theme)
    return figure


def _empty(lanes: Sequence[LesionLane], theme: Theme) -> tuple[go.Figure, list[float]]:
    """A figure with its error axis and the level of chance."""
    chance = 100 * lanes[0].first.chance_error
    top = 1.06 * max(chance, *(float(np.nanmax(lane.errors, initial=lane.intact)) for lane in lanes))
    y_range = [-0.02 * top, top]
    figure = go.Figure(layout=frame(theme, _HEIGHT))
    figure.update_yaxes(axis(theme, _("error, %"), range=y_range))
    level(figure, chance, colour("muted", theme), "dot")
    return figure, y_range


def _tone(lane: LesionLane, theme: Theme) -> str:
    role = ROLES[lane.part][0]
    return colour("shortcut" if role == "operated" else role, theme)


def _course(figure: go.Figure, lane: LesionLane, x: Floats, theme: Theme) -> None:
    """Median over the draws with its band, from the intact network on; ordered along the axis."""
    tone, each = _tone(lane, theme), band(lane.errors)
    order = np.argsort(x if x[0] == 0 else -x, kind="stable")
    median, low, high = (np.concatenate([[lane.intact], part])[order] for part in each)
    x = x[order]
    figure.add_scatter(x=np.concatenate([x, x[::-1]]), y=np.concatenate([low, high[::-1]]), mode="lines", fill="toself",
                       fillcolor=pale(tone), line={"width": 0}, hoverinfo="skip")  # fmt: skip
    figure.add_scatter(
        x=x, y=median, name=lane.label, mode="lines+markers",
        customdata=np.stack([low, high, np.concatenate([[0], lane.first.amounts])[order]], axis=1),
        line={"color": tone, "width": 2, "dash": "longdash" if lane.part == "operated" else "solid"},
        marker={"color": tone, "size": 6, "symbol": _SYMBOLS[lane.part]}, hovertemplate=_tip(lane),
    )  # fmt: skip


def _tip(lane: LesionLane) -> str:
    is_order, count = lane.first.question.study == "order", "%{customdata[2]:d}"
    what = _("{count} pairs swapped", count=count) if is_order else _("{count} blocks deleted", count=count)
    spread = _("least {low} %, greatest {high} %", low="%{customdata[0]:.1f}", high="%{customdata[1]:.1f}")
    return f"<b>{what}</b><br>%{{y:.1f}} % ({spread})<extra>{lane.label}</extra>"


def _draws(figure: go.Figure, lane: LesionLane, theme: Theme) -> None:
    """Every draw as a pale point."""
    marker = {"color": _tone(lane, theme), "size": 4, "opacity": 0.35, "symbol": _SYMBOLS[lane.part]}
    figure.add_scatter(x=lane.taus.ravel(), y=lane.errors.ravel(), mode="markers", marker=marker, hoverinfo="skip")


def _name_ends(figure: go.Figure, lanes: Sequence[LesionLane], y_range: list[float], theme: Theme) -> None:
    chance = 100 * lanes[0].first.chance_error
    names = [Name(chance, _("chance {error} %", error=f"{chance:.1f}"), colour("muted", theme))]
    for lane in lanes:
        ends = band(lane.errors).median
        known = ends[np.isfinite(ends)]
        names.append(Name(float(known[-1]) if len(known) else lane.intact, lane.label, _tone(lane, theme)))
    name_lines(figure, names, y_range, _HEIGHT - _AROUND)
