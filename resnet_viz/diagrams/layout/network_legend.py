"""The legend of the network view: one sample for every kind of line and bar that occurs, and no other."""

from __future__ import annotations

from typing import Literal, NamedTuple

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.layout.network_style import Style
from resnet_viz.diagrams.scene import Scene
from resnet_viz.text import _

SIZE, GAP, LINE = 12.0, 26.0, 22.0


class Entry(NamedTuple):
    """A sample and what it means; `sign` stands in a circle on a line."""

    sample: Literal["line", "box", "inside"]  # "inside": a small arc, as it stands in a bar
    role: str
    words: str
    sign: str = ""


def paint_legend(scene: Scene, style: Style, x: float, y: float, width: float) -> None:
    """Paint the samples in lines of at most `width`, the first around y."""
    left = x
    for entry in entries(style):
        room = (37 if entry.sample == "line" else 18) + text_width(entry.words, SIZE)
        if x > left and x + room > left + width:
            x, y = left, y + LINE
        _paint(scene, entry, x, y)
        x += room + GAP


def _paint(scene: Scene, entry: Entry, x: float, y: float) -> None:
    if entry.sample == "box":
        scene.rect(x, y - 6, 12, 12, entry.role, 3)
        scene.text(x + 19, y, entry.words, SIZE, "muted", anchor="start")
        return
    if entry.sample == "inside":
        scene.line([(x, y + 6), (x, y - 6), (x + 12, y - 6), (x + 12, y + 6)], entry.role, 4, False)
        scene.text(x + 19, y, entry.words, SIZE, "muted", anchor="start")
        return
    scene.line([(x, y), (x + (19 if entry.sign else 28), y)], entry.role, arrow=False)
    if entry.sign:
        scene.circle(x + 24, y, 5, "product" if entry.sign == "×" else "merge", entry.sign)
    scene.text(x + 38, y, entry.words, SIZE, "muted", anchor="start")


def entries(style: Style) -> list[Entry]:
    """What must be explained, shortcuts first."""
    used = style.used
    out = [*_shortcuts(used)]
    if "cut" in used:
        out.append(Entry("line", "cut", _("cut shortcut")))
    if "inside-cut" in used:
        out.append(Entry("inside", "cut", _("cut inside the block")))
    if "inside-dropped" in used:
        out.append(Entry("inside", "dropped", _("changed inside the block")))
    if "factor" in used:
        out.append(Entry("line", "identity-thin", _("scaled shortcut (× factor)")))
    if "branch" in used:
        shade = style.shade(len(style.folded.stages) // 2)
        adds = used & {"identity", "projection", "resize", "scaled", "gated"}
        out.append(Entry("box", f"residual-{shade}", _("residual branch") if adds else _("branch")))
    if "dropped" in used:
        out.append(Entry("box", "dropped", _("dropped branch")))
    # Blocks that never had a shortcut and blocks that lost theirs look alike; mostly the same words say both.
    words = [_plain_words(style)] if "plain" in used else []
    words += [_("block without a shortcut")] if "bare" in used else []
    out += [Entry("box", f"plain-{style.shade(len(style.folded.stages) // 2)}", word) for word in dict.fromkeys(words)]
    if "exchange-weighted" in used:
        out.append(Entry("line", "exchange-weighted", _("between lanes, with a convolution")))
    if "exchange" in used:
        out.append(Entry("line", "exchange", _("between lanes, without weights")))
    if "side" in used:
        out.append(Entry("line", "side", _("other connection")))
    return out


def _shortcuts(used: set[str]) -> list[Entry]:
    out = []
    if "identity" in used:
        out.append(Entry("line", "identity", _("identity shortcut")))
    elif "scaled" in used:
        out.append(Entry("line", "identity", _("scaled shortcut")))
    if {"projection", "resize"} <= used:
        out.append(Entry("line", "projection", _("projection or resized shortcut")))
    elif "projection" in used:
        out.append(Entry("line", "projection", _("projection shortcut")))
    elif "resize" in used:
        out.append(Entry("line", "projection", _("resized shortcut")))
    if "gated" in used:
        out.append(Entry("line", "identity", _("gated shortcut"), "×"))
    if "concat" in used:
        out.append(Entry("line", "identity", _("shortcut into a concatenation"), "‖"))
    return out


def _plain_words(style: Style) -> str:
    if style.folded.blocks_are_convolutions:
        return _("convolution") if any(w.role == "conv" for w in style.folded.words.values()) else _("linear layer")
    return _("block without a shortcut") if style.folded.arcs else _("block")
