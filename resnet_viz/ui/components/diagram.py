"""The drawing of a network in the page: pan, zoom, hover, press, keyboard."""

from __future__ import annotations

from collections.abc import Mapping

from resnet_viz.text import _
from resnet_viz.ui.components.parts import OnEvent, acknowledgement, delivering, register

_component = register("diagram", "common", "pan_zoom", "drawing", "diagram")


def diagram(
    svg: str,
    *,
    key: str,
    view: str,
    selected: str | None = None,
    height: int | None = None,
    caption: str = "",
    labels: Mapping[str, str] | None = None,
    on_event: OnEvent | None = None,
) -> None:
    """Show the markup made by `Scene.to_svg(interactive=True)`.

    The visitor's pan and zoom stay as long as `view` does; another view is fitted anew. The item with the id `selected`
    gets a frame. `height` is in pixels at a root size of 16, and grows with it; without it the height follows the
    drawing's proportions. `caption` stands below it, left of the zoom buttons. `on_event` is called once for every
    press, before the page runs: Event("select", "block:…") or Event("toggle", "shortcut:…"). `labels` replaces the
    component's own words (zoom_in, zoom_out, zoom_fit, hint, refused).
    """
    data = {
        "svg": svg,
        "view": view,
        "selected": selected,
        "height": height,
        "caption": caption,
        "labels": {**_words(), **(labels or {})},
        "ack": acknowledgement(key),
    }
    _component(key=key, data=data, on_events_change=delivering(key, on_event))


def _words() -> dict[str, str]:
    return {
        "zoom_in": _("Zoom in (+)"),
        "zoom_out": _("Zoom out (−)"),
        "zoom_fit": _("Fit (0)"),
        "hint": _("Click the diagram to zoom with the wheel"),
        "refused": _("This drawing cannot be shown: it contains something that is not a drawing."),
    }
