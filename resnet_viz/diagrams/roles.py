"""How each role of a drawing is painted: fill, stroke, width and dash, by names of the colour table.

Colour never speaks alone: a projection is dashed, a cut shortcut dotted, a dropped branch hollow.
"""

from __future__ import annotations

from typing import NamedTuple


class BoxStyle(NamedTuple):
    """Paint of rectangles and circles; None paints nothing."""

    fill: str | None
    stroke: str | None
    width: float = 1.2
    dash: str = ""


class LineStyle(NamedTuple):
    """Paint of lines and curves; arrow heads take the stroke's colour."""

    stroke: str
    width: float = 1.5
    dash: str = ""


BOXES: dict[str, BoxStyle] = {
    "panel": BoxStyle("panel", "border", 1.0),  # background of a stage
    "frame": BoxStyle(None, "border", 1.0, "3 4"),  # "12 more"
    "card": BoxStyle("background", "border", 1.0),  # of a gallery
    "card-selected": BoxStyle("panel", "ink", 1.6),
    "area": BoxStyle(None, None),  # not seen: all that belongs to a block, for its frame and for pressing it
    "end": BoxStyle("background", "border"),  # input and output
    "weighted": BoxStyle("residual-fill", "residual", 1.4),  # block view: an operation with weights
    "unit": BoxStyle("plain-fill", "plain"),  # stem, head, pools, what learns nothing
    "projection": BoxStyle("shortcut-fill", "shortcut", 1.4, "5 3"),
    "carried": BoxStyle("shortcut-fill", "shortcut", 1.4),  # a norm or factor on a shortcut that learns no map
    "gate": BoxStyle("gate-fill", "gate", 1.4),
    "norm": BoxStyle("norm-fill", "border"),
    "activation": BoxStyle("activation-fill", "activation", 1.1),
    "strip": BoxStyle("strip", "border", 1.0),  # reshapes, dropout
    "bar": BoxStyle("background", "border"),  # a split or concatenation across lanes
    "merge": BoxStyle("background", "ink", 1.6),  # circles: +, concatenation
    "merge-small": BoxStyle("background", "ink", 1.1),
    "product": BoxStyle("background", "gate", 1.6),  # circles: ×
    "product-small": BoxStyle("background", "gate", 1.1),
    "dot": BoxStyle("muted", None),  # three of them: there is more of the same
    "dropped": BoxStyle(None, "removed", 1.2),  # what a dropped branch held
    **{f"residual-{i}": BoxStyle(f"residual-{i}", "residual", 1.3) for i in range(1, 5)},
    **{f"plain-{i}": BoxStyle(f"plain-{i}", "plain") for i in range(1, 5)},
}

LINES: dict[str, LineStyle] = {
    "flow": LineStyle("muted"),
    "flow-thin": LineStyle("muted", 1.0),
    "side": LineStyle("muted", 1.3),  # an edge beside the main line that is no shortcut
    "exchange": LineStyle("muted", 1.1),  # between parallel lanes, without weights
    "exchange-weighted": LineStyle("muted", 1.1, "5 4"),
    "gate": LineStyle("gate", 1.6),
    "gate-thin": LineStyle("gate", 1.1),
    "axis": LineStyle("border", 1.0),
    "identity": LineStyle("shortcut", 2.0),
    "projection": LineStyle("shortcut", 2.0, "6 4"),
    "identity-thin": LineStyle("shortcut", 1.25),
    "projection-thin": LineStyle("shortcut", 1.25, "3 2.2"),
    "cut": LineStyle("removed", 1.6, "1.6 4"),
    "cut-thin": LineStyle("removed", 1.1, "1.1 2.6"),
    "dropped": LineStyle("removed", 1.2),
}

# Boxes that other things may lie on: what overlaps them is meant to.
BACKGROUNDS = frozenset({"panel", "frame", "card", "card-selected", "area"})

# The line of a shortcut by the kind of its junction.
SHORTCUT_LINES = {
    "identity": "identity",
    "scaled": "identity",
    "gated": "identity",
    "concat": "identity",
    "concat-split": "identity",
    "context": "side",
    "projection": "projection",
    "resize": "projection",
}
SHORTCUT_ROLES = frozenset({"identity", "projection", "identity-thin", "projection-thin", "cut", "cut-thin"})
