"""The gradient by the length of its paths, as Plotly figures (Veit et al. 2016, arXiv:1605.06431, Fig. 6).

How to read them: a network of n shortcuts has 2ⁿ paths, and most of them take about half of the branches. The bars say
which lengths the gradient really comes over. Where they stand left of the outline, the few short paths carry it.

The axis is linear, on which the share that a length carries is an area and can be compared with the share of all paths
that have this length. `curves` shows what the shares are made of.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from resnet_viz.figures import path_shares
from resnet_viz.figures.depth import Floats
from resnet_viz.figures.numbers import power_of_two, three_digits
from resnet_viz.figures.path_curves import curves
from resnet_viz.figures.plotly_parts import axis, frame, pale, whiskers
from resnet_viz.probes.study_answers import PathAnswer
from resnet_viz.text import _
from resnet_viz.theme import Theme, colour

__all__ = ["curves", "energy_chart"]

_HEIGHT, _HEAD = 380, 56  # pixels: of the hero, and of the two lines of names above it


def energy_chart(
    answers: Sequence[PathAnswer], theme: Theme, *, theory: Floats | None = None, binomial: Floats | None = None
) -> go.Figure:
    """Share of the gradient that comes over each length, as bars, before the share of all paths that have it.

    `answers` are of one network, one a seed. `theory` and `binomial` are shares by length to compare with.
    """
    shares, paths = path_shares.energies(answers), path_shares.shares_of_paths(answers[0].counts)
    figure = go.Figure(layout=frame(theme, _HEIGHT, bargap=0.12))
    _outline(figure, paths, theme)
    _bars(figure, answers, shares, theme)
    for values, words, dash in ((theory, _("theory"), "solid"), (binomial, _("binomial"), "dot")):
        if values is not None:
            _compared(figure, values, words, dash, theme)
    longest = len(shares) - 1
    figure.update_layout(
        margin={"l": 8, "r": 12, "t": _HEAD, "b": 8},
        xaxis=axis(theme, _("path length: residual branches on the way"), range=[-0.7, longest + 0.7], tickformat="d",
                   showgrid=False),
        yaxis=axis(theme, _("share, %"), rangemode="tozero"),
    )  # fmt: skip
    _means(figure, shares, paths, theme)
    return figure


def _outline(figure: go.Figure, paths: Floats, theme: Theme) -> None:
    tone = colour("plain", theme)
    edges = np.arange(len(paths) + 1) - 0.5
    figure.add_scatter(
        x=edges, y=100 * np.append(paths, paths[-1]), mode="lines", fill="tozeroy", fillcolor=pale(tone, 0.14),
        line={"color": tone, "width": 1.6, "shape": "hv"}, hoverinfo="skip",
    )  # fmt: skip


def _bars(figure: go.Figure, answers: Sequence[PathAnswer], shares: Floats, theme: Theme) -> None:
    tone, counts = colour("residual", theme), answers[0].counts
    paths, each = path_shares.shares_of_paths(counts), path_shares.each_energies(answers)
    figure.add_bar(
        x=np.arange(len(shares)), y=100 * shares, error_y=whiskers(100 * each, 100 * shares, tone),
        customdata=[[power_of_two(count), three_digits(100 * share)]
                    for count, share in zip(counts, paths, strict=True)],
        hovertemplate=_("<b>length {length}</b><br>{share} % of the gradient<br>{count} paths, {part} % of all",
                        length="%{x}", share="%{y:.3g}", count="%{customdata[0]}", part="%{customdata[1]}")
        + "<extra></extra>",
        marker={"color": pale(tone, 0.45), "line": {"color": tone, "width": 1.2}},
    )  # fmt: skip


def _compared(figure: go.Figure, values: Floats, words: str, dash: str, theme: Theme) -> None:
    """A line to compare with, named beside its falling side."""
    tone = colour("ink", theme)
    figure.add_scatter(
        x=np.arange(len(values)), y=100 * np.asarray(values), mode="lines+markers",
        line={"color": tone, "width": 1.4, "dash": dash}, marker={"size": 4, "color": tone},
        hovertemplate="%{x}: %{y:.3g} %<extra>" + words + "</extra>",
    )  # fmt: skip
    total = np.cumsum(values) / np.sum(values)
    side = int(np.searchsorted(total, 0.8))
    figure.add_annotation(x=side, y=100 * float(values[side]), text=words, ax=34, ay=-22, arrowwidth=1, arrowhead=0,
                          arrowcolor=tone, font={"color": tone, "size": 12}, xanchor="left")  # fmt: skip


def _means(figure: go.Figure, shares: Floats, paths: Floats, theme: Theme) -> None:
    """Mean lengths of the gradient and of all paths, each named above the plot in a row of its own."""
    mean = path_shares.mean_length(paths)
    words = _("all paths: mean length {mean}", mean=three_digits(mean))
    _mean(figure, mean, words, 8, len(paths), colour("plain", theme))
    if np.isfinite(shares).all():
        mean, most = path_shares.mean_length(shares), path_shares.interval(shares)
        words = _(
            "gradient: mean length {mean}, {most} % from lengths {first} to {last}", mean=three_digits(mean),
            most=f"{100 * path_shares.MOST:.0f}", first=most.first, last=most.last,
        )  # fmt: skip
        tone = colour("residual", theme)
        figure.add_vrect(x0=most.first - 0.5, x1=most.last + 0.5, fillcolor=pale(tone, 0.07), line_width=0,
                         layer="below")  # fmt: skip
        _mean(figure, mean, words, 30, len(paths), tone)
    else:
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text=_("the gradient is 0 or not finite"),
                              showarrow=False, bgcolor=colour("background", theme))  # fmt: skip


def _mean(figure: go.Figure, x: float, words: str, above: float, lengths: int, tone: str) -> None:
    """A line at a mean that reaches up to its words, `above` pixels over the plot."""
    figure.add_vline(x=x, line={"color": tone, "width": 1.6, "dash": "dash"})
    side = "left" if x < lengths / 2 else "right"
    figure.add_annotation(
        x=x, y=1, yref="paper", yshift=above, text=words, showarrow=False, xanchor=side, yanchor="middle",
        xshift=-4 if side == "left" else 4, font={"color": tone, "size": 13},
    )  # fmt: skip
