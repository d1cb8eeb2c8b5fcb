"""The error without each block alone, block by block, as a Plotly figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from resnet_viz.figures.depth import ROLES, Floats
from resnet_viz.figures.lesion_lanes import LesionLane, positions, worst
from resnet_viz.figures.plotly_parts import LETTER, USUAL_WIDTH, Name, axis, frame, level, name_lines, whiskers
from resnet_viz.text import _
from resnet_viz.theme import Theme, colour

_HEIGHT, _AROUND = 400, 96  # pixels: of the figure, and of its margins together
_APART = 0.3  # of a block's place, between two networks
_SYMBOLS = ("circle", "square", "triangle-up")  # of the networks; what changes the shape is hollow and a diamond


def single_chart(lanes: Sequence[LesionLane], theme: Theme) -> go.Figure:
    """Error in percent without each block alone: a stem from the intact network's error, a filled mark for a block that
    keeps the shape, a hollow diamond for one that changes it, a cross where a block cannot be deleted."""
    names = positions(lanes)
    chance = 100 * lanes[0].first.chance_error
    top = 1.08 * max(chance, *(float(np.nanmax(lane.errors, initial=lane.intact)) for lane in lanes))
    figure = go.Figure()
    _stages(figure, lanes, names, theme)
    level(figure, chance, colour("muted", theme), "dot")
    ends = [Name(chance, _("chance {error} %", error=f"{chance:.1f}"), colour("muted", theme))]
    for number, lane in enumerate(lanes):
        tone = colour(_role(lane), theme)
        level(figure, lane.intact, tone, "dash")
        ends.append(Name(lane.intact, _intact(lane), tone))
        shift = _APART * (number - (len(lanes) - 1) / 2)
        _lane(figure, lane, names, shift, _SYMBOLS[number % len(_SYMBOLS)], theme)
    _signs(figure, lanes, theme)
    y_range = [-0.03 * top, top]
    figure.update_layout(
        frame(theme, _HEIGHT, showlegend=True),
        legend={"orientation": "h", "x": 0, "y": 1.1, "yanchor": "bottom", "itemclick": False},
        xaxis=axis(theme, _("block deleted, from input to output"), range=[-0.6, len(names) - 0.4], showgrid=False,
                   **_ticks(names)),
        yaxis=axis(theme, _("error, %"), range=y_range),
    )  # fmt: skip
    name_lines(figure, ends, y_range, _HEIGHT - _AROUND)
    return figure


def _role(lane: LesionLane) -> str:
    role = ROLES[lane.part][0]
    return "shortcut" if role == "operated" else role


def _intact(lane: LesionLane) -> str:
    return _("{network}, intact {error} %", network=lane.label, error=f"{lane.intact:.1f}")


def _lane(figure: go.Figure, lane: LesionLane, names: list[str], shift: float, symbol: str, theme: Theme) -> None:
    """Stems, marks and names of one network."""
    tone, errors, costs = colour(_role(lane), theme), lane.errors, lane.costs
    place = {name: index + shift for index, name in enumerate(names)}
    x = np.array([place[name] for name in lane.first.block_names])
    middle = errors.mean(axis=0)
    known, keeps = np.isfinite(middle), lane.first.keeps_shape
    stems_x = np.stack([x, x, np.full_like(x, np.nan)], axis=1)[known].ravel()
    stems_y = np.stack([np.full_like(middle, lane.intact), middle, np.full_like(middle, np.nan)], axis=1)[known].ravel()
    figure.add_scatter(x=stems_x, y=stems_y, mode="lines", line={"color": tone, "width": 1.4}, opacity=0.55,
                       hoverinfo="skip", showlegend=False)  # fmt: skip
    words = [_("keeps the shape") if keep else _("changes the shape") for keep in keeps]
    figure.add_scatter(
        x=x[known], y=middle[known], mode="markers", name=lane.label, showlegend=False,
        error_y=whiskers(errors[:, known], middle[known], tone),
        marker={"color": tone, "opacity": 1, "size": np.where(keeps, 7, 10)[known], "line": {"width": 0},
                "symbol": [symbol if keep else "diamond-open" for keep in keeps[known]]},
        customdata=np.stack([lane.first.block_names, words, [f"{cost:+.1f}" for cost in costs.mean(axis=0)]], 1)[known],
        hovertemplate="<b>%{customdata[0]}</b> · %{customdata[1]}<br>%{y:.1f} % · "
        + _("{cost} points", cost="%{customdata[2]}") + f"<extra>{lane.label}</extra>",
    )  # fmt: skip
    _not_deleted(figure, lane, x[~known], theme)
    if lane.part != "plain":
        for block in worst(lane):
            is_at_edge = names.index(block.name) * USUAL_WIDTH < len(block.name) * LETTER / 2 * len(names)
            figure.add_annotation(x=place[block.name], y=lane.intact + block.cost, text=block.name, yshift=13,
                                  xanchor="left" if is_at_edge else "center", xshift=-6 * is_at_edge,
                                  showarrow=False, font={"color": tone, "size": 12})  # fmt: skip


def _not_deleted(figure: go.Figure, lane: LesionLane, x: Floats, theme: Theme) -> None:
    if len(x):
        figure.add_scatter(
            x=x, y=np.full_like(x, lane.intact), mode="markers", showlegend=False,
            marker={"color": colour("muted", theme), "size": 8, "symbol": "x-thin-open", "line": {"width": 1.6}},
            hovertemplate=_("cannot be deleted: nothing would take its place") + f"<extra>{lane.label}</extra>",
        )  # fmt: skip


def _signs(figure: go.Figure, lanes: Sequence[LesionLane], theme: Theme) -> None:
    """What the marks mean, as far as they are there."""
    keeps = np.concatenate([lane.first.keeps_shape for lane in lanes])
    known = np.concatenate([np.isfinite(lane.errors.mean(axis=0)) for lane in lanes])
    wanted = [
        (_SYMBOLS[0], _("keeps the shape"), (keeps & known).any()),
        ("diamond-open", _("changes the shape"), (~keeps & known).any()),
        ("x-thin-open", _("cannot be deleted"), (~known).any()),
    ]
    for symbol, words, is_there in wanted:
        if is_there and not keeps.all():
            marker = {"color": colour("muted", theme), "symbol": symbol, "size": 9, "line": {"width": 1.6}}
            figure.add_scatter(x=[None], y=[None], mode="markers", name=words, marker=marker)


def _stages(figure: go.Figure, lanes: Sequence[LesionLane], names: list[str], theme: Theme) -> None:
    """A hairline between stages, and their names above."""
    answer = max((lane.first for lane in lanes), key=lambda answer: len(answer.block_names))
    stage = dict(zip(answer.block_names, answer.stage_of_block, strict=True))
    runs: list[tuple[int, int, int]] = []  # stage, first place, place after the last
    for place, name in enumerate(names):
        here = stage.get(name, -1)
        if runs and runs[-1][0] == here:
            runs[-1] = (here, runs[-1][1], place + 1)
        else:
            runs.append((here, place, place + 1))
    for here, start, end in runs:
        if start:
            figure.add_vline(x=start - 0.5, line={"color": colour("border", theme), "width": 1}, layer="below")
        title = answer.stage_names[here] if here >= 0 else ""
        if len(title) * LETTER < (end - start) / len(names) * USUAL_WIDTH:
            figure.add_annotation(x=(start + end - 1) / 2, y=1, yref="paper", yanchor="bottom", text=title,
                                  showarrow=False, font={"color": colour("muted", theme), "size": 12})  # fmt: skip


def _ticks(names: list[str]) -> dict[str, object]:
    """Names of as many blocks as stand side by side."""
    widest = max(map(len, names)) * LETTER + 8
    step = max(1, int(np.ceil(widest * len(names) / USUAL_WIDTH)))
    places = list(range(0, len(names), step))
    return {"tickvals": places, "ticktext": [names[place] for place in places], "tickangle": 0}
