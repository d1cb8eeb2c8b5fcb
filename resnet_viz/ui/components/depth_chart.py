"""One chart ordered by depth, linked with the diagram by hovering."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from resnet_viz.figures.depth_data import DepthData, Kind, Mark, Series
from resnet_viz.text import _
from resnet_viz.ui.components.parts import OnEvent, acknowledgement, delivering, register

_SCRIPTS = ("common", "scales", "depth_labels", "depth_plot", "depth_export", "depth_chart")
_component = register("depth_chart", *_SCRIPTS)


def depth_chart(
    data: DepthData,
    *,
    key: str,
    labels: Mapping[str, str] | None = None,
    height: int | None = None,
    on_event: OnEvent | None = None,
) -> None:
    """Show the chart. Pressing a depth calls `on_event` with Event("select", "block:NAME").

    `height` is in pixels at a root size of 16, and grows with it. `labels` replaces the component's own words.
    ValueError if a series has more or fewer values than there are blocks, or
    negative ones on a logarithmic axis.
    """
    payload = {
        **data,
        "series": [_drawable(series, len(data["x"]["names"]), data["log"]) for series in data["series"]],
        "height": height,
        "labels": {**_words(), **(labels or {})},
        "selectable": on_event is not None,
        "ack": acknowledgement(key),
    }
    _component(key=key, data=payload, on_events_change=delivering(key, on_event))


def _words() -> dict[str, str]:
    return {
        "depth": _("depth, from input to output"),
        "no_value": _("no value"),
        "keys": _("Left and right arrows read the values of each block."),
        "download_svg": _("Download the chart as SVG"),
        "download_csv": _("Download the values as CSV"),
        "low": _("low"),
        "high": _("high"),
        "block": _("block"),
    }


def _drawable(series: Series, count: int, log: bool) -> dict[str, Any]:
    """The series with None for everything JSON or the axis cannot hold, and a mark for what is not simply missing."""
    columns = {"values": series["values"], "low": series.get("low"), "high": series.get("high")}
    for name, column in columns.items():
        if column is not None and len(column) != count:
            raise ValueError(f"{name} of {series['id']!r} has {len(column)} numbers for {count} blocks")
    if log and any(value is not None and value < 0 for value in series["values"]):
        raise ValueError(f"{series['id']!r} has negative values, which a logarithmic axis cannot show")
    marks = series["marks"] if "marks" in series else _marks(series["values"], log)
    drawn = {name: None if column is None else _finite(column, log) for name, column in columns.items()}
    return {**series, **drawn, "marks": list(marks)}


def _finite(column: Sequence[float | None], log: bool) -> list[float | None]:
    return [None if v is None or not math.isfinite(v) or (log and v <= 0) else float(v) for v in column]


def _marks(values: Sequence[float | None], log: bool) -> list[Mark]:
    """A mark for every value that is not a number of the axis."""
    texts: dict[Kind, str] = {"underflow": _("zero"), "overflow": _("infinite"), "nan": _("not a number")}
    kinds = ((index, _kind(value, log)) for index, value in enumerate(values))
    return [{"index": index, "kind": kind, "text": texts[kind]} for index, kind in kinds if kind]


def _kind(value: float | None, log: bool) -> Kind | None:
    if value is None:
        return None
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "overflow"
    return "underflow" if log and value == 0 else None
