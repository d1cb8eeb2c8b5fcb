"""What our Plotly figures share: a frame in the colours of the theme, and names beside lines, not in a legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from resnet_viz.figures.depth import Floats
from resnet_viz.theme import SANS, Theme, colour

LETTER = 6.8  # pixels that a letter takes
USUAL_WIDTH = 760.0  # pixels; a chart is as wide as its column, about so
_LINE = 17.0  # pixels from one name to the next


class Name(NamedTuple):
    """A name for the right end of a line that ends at this height."""

    y: float
    text: str
    colour: str


def frame(theme: Theme, height: int, **changes: Any) -> dict[str, Any]:
    """Layout of a chart: no ground of its own, hairlines, text in our colours; `changes` come on top."""
    font = {"family": SANS, "size": 13, "color": colour("ink", theme)}
    return {
        "height": height, "margin": {"l": 8, "r": 12, "t": 12, "b": 8}, "font": font, "showlegend": False,
        "hovermode": "closest", "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"bgcolor": colour("panel", theme), "bordercolor": colour("border", theme), "font": font},
        **changes,
    }  # fmt: skip


def axis(theme: Theme, title: str = "", **changes: Any) -> dict[str, Any]:
    """An axis with its title in a quiet colour; `changes` come on top."""
    quiet = {"size": 12, "color": colour("muted", theme)}
    return {
        "title": {"text": title, "font": {**quiet, "size": 13}, "standoff": 8}, "tickfont": quiet, "automargin": True,
        "gridcolor": colour("border", theme), "showline": False, "zeroline": False, **changes,
    }  # fmt: skip


def pale(hex_colour: str, opacity: float = 0.16) -> str:
    """An #RRGGBB colour that lets through what is behind it."""
    red, green, blue = (int(hex_colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def name_lines(
    figure: go.Figure, names: Sequence[Name], y_range: Sequence[float], plot_height: float, yref: str = "y"
) -> None:
    """Write each name at the right of the plot, near the end of its line and clear of the others.

    `plot_height` are the pixels that `y_range` takes; `yref` is the axis among several.
    """
    apart = _LINE * (y_range[1] - y_range[0]) / plot_height
    names = sorted(names)
    for name, y in zip(names, _spread([name.y for name in names], apart, y_range[1]), strict=True):
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=6, y=y, yref=yref, yanchor="middle", text=name.text,
            showarrow=False, align="left", font={"color": name.colour, "size": 13},
        )  # fmt: skip
    widest = max((len(name.text) for name in names), default=0)
    room = max(figure.layout.margin.r or 0, widest * LETTER + 14)
    figure.update_layout(margin={"r": room})


def _spread(heights: Sequence[float], apart: float, top: float) -> list[float]:
    """Ascending heights moved until each is so far from the next: upward first, then down from the top."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + apart) if placed else height)
    for number in range(len(placed) - 1, -1, -1):
        placed[number] = min(placed[number], top)
        top = placed[number] - apart
    return placed


def level(figure: go.Figure, y: float, hex_colour: str, dash: str) -> None:
    """A line across the plot at one height, behind everything else."""
    figure.add_hline(y=y, line={"color": hex_colour, "width": 1.2, "dash": dash}, layer="below")


def whiskers(each: Floats, middle: Floats, hex_colour: str) -> dict[str, Any] | None:
    """Thin bars from the least to the greatest of (seeds, places) around their middle; None for one seed."""
    if len(each) < 2:
        return None
    low, high = middle - each.min(axis=0), each.max(axis=0) - middle
    return {"array": high, "arrayminus": low, "width": 0, "thickness": 1.2, "color": hex_colour}
