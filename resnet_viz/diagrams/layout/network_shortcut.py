"""How a bar and its shortcuts share the room of one step, and how a shortcut is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_viz.diagrams.layout.network_style import Style
from resnet_viz.diagrams.marks import factor_label
from resnet_viz.diagrams.scene import Point, Scene
from resnet_viz.graph.fold_values import Arc

FORK, SUM_GAP = 4.0, 4.0  # between several forks before a bar, between several sums after it
PRODUCT_RADIUS = 4.5  # of the × on a gated shortcut


@dataclass(frozen=True)
class Pitch:
    """Sizes along the row: one bar every `step` pixels."""

    step: float

    @property
    def bar(self) -> float:
        return self.step * 0.56 if self.step >= 18 else round(self.step * 0.44)

    @property
    def gap(self) -> float:
        return self.step - self.bar

    @property
    def before(self) -> float:
        """From where a shortcut forks to its bar."""
        return round(0.28 * self.gap, 1)

    @property
    def ahead(self) -> float:
        """From a bar to the middle of its sum, which ends where the next shortcut forks."""
        return round(0.36 * self.gap, 1)

    @property
    def radius(self) -> float:
        return min(5.0, self.ahead)

    def forks(self, arcs: Sequence[Arc]) -> float:
        """Room before a bar for the forks of all but its first shortcut."""
        return FORK * max(0, len(arcs) - 1)

    def room(self, arcs: Sequence[Arc]) -> float:
        """Room of a bar with its shortcuts and their sums."""
        return self.step + max(0, len(arcs) - 1) * (FORK + 2 * self.radius + SUM_GAP)

    @property
    def is_thin(self) -> bool:
        return self.step < 18


def around_bar(scene: Scene, style: Style, arc: Arc, start: Point, end: Point, top: float, pitch: Pitch) -> None:
    """A shortcut from the main line up, past a bar, and down into its sum."""
    (x0, _), (x1, _) = start, end
    radius = min(7.0, abs(x1 - x0) / 2.2)
    paint_shortcut(scene, style, arc, [start, (x0, top), (x1, top), end], radius, pitch.is_thin)


def paint_shortcut(
    scene: Scene, style: Style, arc: Arc, points: Sequence[Point], radius: float, thin: bool = False
) -> None:
    """A shortcut's line; on its second piece the × of a gated one and the factor of a scaled one, if there is room."""
    mark, role, factor = style.arc_mark(arc), style.arc_role(arc, thin), style.factor(arc)
    (x0, y), (x1, _) = points[1], points[2]
    middle, room = (x0 + x1) / 2, abs(x1 - x0)
    if arc.junction.kind == "gated" and factor != 0 and room >= 20:
        side = PRODUCT_RADIUS if x1 > x0 else -PRODUCT_RADIUS
        scene.line([*points[:2], (middle - side, y)], role, radius, False, mark)
        scene.circle(middle, y, PRODUCT_RADIUS, "product", "×", mark)
        scene.line([(middle + side, y), *points[2:]], role, radius, False, mark)
    else:
        scene.line(points, role, radius, False, mark)
    if factor not in (0, 1) and room >= 26:
        scene.text(middle, y - 9, factor_label(factor), 9.5, "shortcut", 600, mark=mark)
