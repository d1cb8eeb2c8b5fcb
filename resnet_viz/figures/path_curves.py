"""What the gradient by path length is made of: three curves one above the other, as a Plotly figure.

How to read it (Veit et al. 2016, arXiv:1605.06431, Fig. 6): the number of paths of a length, on a logarithmic axis; the
gradient over paths of that length, on a logarithmic axis; the share that the length carries. Points with bars are
sampled as they do: the mean norm over single paths, and below its product with the number of paths. The product adds
norms as though all gradients pointed the same way; the bars are exact and add nothing but squares of whole parts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_viz.figures import path_shares
from resnet_viz.figures.depth import Floats, spread
from resnet_viz.figures.numbers import power_of_two, superscript, three_digits
from resnet_viz.figures.plotly_parts import Name, axis, frame, name_lines, pale, whiskers
from resnet_viz.probes.study_answers import PathAnswer
from resnet_viz.text import _
from resnet_viz.theme import Theme, colour

_HEIGHT, _AROUND = 620, 96  # pixels: of the figure, and of its margins together
_ROWS, _GAP = (0.28, 0.4, 0.32), 0.085  # of the plots' height
_MOST_TICKS = 6
_LEAST_DECADES = 0.5
_DOTTED = 120  # lengths up to which every one has a dot of its own


def curves(answers: Sequence[PathAnswer], theme: Theme) -> go.Figure:
    """By length, on one axis: number of paths, gradient over one and over all of them, share. One answer a seed."""
    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, vertical_spacing=_GAP, row_heights=list(_ROWS),
        subplot_titles=[_("number of paths"), _("gradient norm"), _("share of the gradient, %")],
    )  # fmt: skip
    figure.update_layout(frame(theme, _HEIGHT, bargap=0.12))
    figure.update_layout(margin={"t": 28})
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": colour("muted", theme)})
    lengths = len(answers[0].counts)
    figure.update_xaxes(axis(theme, range=[-0.7, lengths - 0.3], tickformat="d", showgrid=False))
    figure.update_xaxes(axis(theme, _("path length: residual branches on the way")), row=3, col=1)
    figure.update_yaxes(axis(theme))
    _counts(figure, answers, theme)
    _norms(figure, answers, theme)
    _shares(figure, answers, theme)
    _mean(figure, answers, theme)
    return figure


def _mean(figure: go.Figure, answers: Sequence[PathAnswer], theme: Theme) -> None:
    """The exact mean length, through all three."""
    mean = path_shares.mean_length(path_shares.energies(answers))
    if np.isfinite(mean):
        side = "left" if mean < len(answers[0].norms) / 2 else "right"
        tone = colour("residual", theme)
        figure.add_vline(x=mean, line={"color": tone, "width": 1.3, "dash": "dash"}, layer="below")
        figure.add_annotation(
            x=mean, y=0, yref="y domain", yanchor="bottom", xanchor=side,
            text=_("mean length {mean}", mean=three_digits(mean)), showarrow=False, font={"color": tone, "size": 12},
        )  # fmt: skip


def _counts(figure: go.Figure, answers: Sequence[PathAnswer], theme: Theme) -> None:
    """Exact numbers of paths; their exponents, since no float holds the count of a very deep network."""
    counts, tone = answers[0].counts, colour("plain", theme)
    exponents = path_shares.log_counts(counts)
    _line(figure, 1, exponents, tone, [power_of_two(count) for count in counts], _("{count} paths"))
    _logarithmic(figure, 1, [exponents], theme)


def _norms(figure: go.Figure, answers: Sequence[PathAnswer], theme: Theme) -> None:
    """Norm over all paths of a length, exact, and over single paths, sampled."""
    residual, ink = colour("residual", theme), colour("ink", theme)
    exact = _exponents(spread(np.stack([answer.norms for answer in answers]))[1])
    sampled = path_shares.sampled_logs(answers) / math.log(10)
    _line(figure, 2, exact, residual, [_power(value) for value in exact], _("all paths together: {count}"))
    names = [Name(_last(exact), _("all paths, exact"), residual)]
    drawn = [exact]
    if np.isfinite(sampled).any():
        deviations = np.mean([answer.sampled_spread for answer in answers], axis=0) / math.log(10)
        _points(figure, 2, sampled, ink, [_power(value) for value in sampled], deviations)
        names.append(Name(_last(sampled), _("one path, sampled"), ink))
        drawn += [sampled - deviations, sampled + deviations]
    y_range = _logarithmic(figure, 2, drawn, theme)
    name_lines(figure, names, y_range, _plot_height(2), "y2")


def _shares(figure: go.Figure, answers: Sequence[PathAnswer], theme: Theme) -> None:
    """Share of every length: exact, and as the product of count and sampled norm."""
    residual, ink = colour("residual", theme), colour("ink", theme)
    shares, products = path_shares.energies(answers), path_shares.products(answers)
    figure.add_bar(
        x=np.arange(len(shares)), y=100 * shares, marker={"color": pale(residual, 0.45), "line": {"color": residual}},
        error_y=whiskers(100 * path_shares.each_energies(answers), 100 * shares, residual),
        hovertemplate="%{x}: %{y:.3g} %<extra></extra>", row=3, col=1,
    )  # fmt: skip
    top = max(np.nanmax(shares, initial=0), np.nanmax(products, initial=0), 0.01)
    y_range = [0.0, 108 * float(top)]
    names = [Name(0.0, _("exact"), residual)]
    if np.isfinite(products).any():
        words = [f"{100 * value:.3g} %" for value in products]
        drawn = np.where(np.isfinite(path_shares.sampled_logs(answers)), 100 * products, np.nan)
        _points(figure, 3, drawn, ink, words)
        names.append(Name(0.0, _("count × sampled norm"), ink))
    figure.update_yaxes(range=y_range, row=3, col=1)
    name_lines(figure, names, y_range, _plot_height(3), "y3")


def _plot_height(row: int) -> float:
    return (_HEIGHT - _AROUND) * (1 - 2 * _GAP) * _ROWS[row - 1]


def _exponents(values: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.log10(values)


def _last(exponents: Floats) -> float:
    known = exponents[np.isfinite(exponents)]
    return float(known[-1]) if len(known) else 0.0


def _power(exponent: float) -> str:
    """10 to the power of it, as people write it: no float need hold it."""
    if not math.isfinite(exponent):
        return "0"
    whole = math.floor(exponent)
    return f"{10 ** (exponent - whole):.2f} × 10{superscript(whole)}"


def _line(figure: go.Figure, row: int, y: Floats, tone: str, words: Sequence[str], tip: str) -> None:
    mode = "lines+markers" if len(y) <= _DOTTED else "lines"
    figure.add_scatter(
        x=np.arange(len(y)), y=np.where(np.isfinite(y), y, np.nan), mode=mode, line={"color": tone, "width": 1.8},
        marker={"color": tone, "size": 4}, customdata=words,
        hovertemplate="%{x}: " + tip.format(count="%{customdata}") + "<extra></extra>", row=row, col=1,
    )  # fmt: skip


def _points(
    figure: go.Figure, row: int, y: Floats, tone: str, words: Sequence[str], deviations: Floats | None = None
) -> None:
    """Hollow points where something was sampled, with bars of one standard deviation up and down."""
    known = np.isfinite(y)
    bars = None if deviations is None else {"array": deviations[known], "width": 0, "thickness": 1.2, "color": tone}
    figure.add_scatter(
        x=np.flatnonzero(known), y=y[known], mode="markers", error_y=bars,
        marker={"symbol": "circle-open", "color": tone, "size": 7, "line": {"width": 1.5}},
        customdata=np.array(words)[known], hovertemplate="%{x}: %{customdata}<extra></extra>", row=row, col=1,
    )  # fmt: skip


def _logarithmic(figure: go.Figure, row: int, exponents: Sequence[Floats], theme: Theme) -> list[float]:
    """An axis of powers of ten that holds these exponents; lengths that have none of the first get a sign below."""
    finite = np.concatenate([part[np.isfinite(part)] for part in exponents])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    room = max(0.07 * (high - low), _LEAST_DECADES / 2)
    y_range = [low - room, high + room]
    step = max(1, math.ceil((y_range[1] - y_range[0]) / _MOST_TICKS))
    ticks = [n for n in range(math.floor(low), math.ceil(high) + 1) if n % step == 0]
    figure.update_yaxes(range=y_range, tickvals=ticks, ticktext=[f"10{superscript(n)}" for n in ticks], row=row, col=1)
    zeros = np.flatnonzero(np.isneginf(exponents[0]) | np.isnan(exponents[0]))
    if len(zeros):
        figure.add_scatter(
            x=zeros, y=np.full(len(zeros), y_range[0] + room / 3), mode="markers", row=row, col=1,
            marker={"symbol": "triangle-down", "color": colour("muted", theme), "size": 7},
            hovertemplate="%{x}: " + _("exactly 0") + "<extra></extra>",
        )  # fmt: skip
    return y_range
