"""A drawing as values: rectangles, circles, texts, lines and curves, each with a role that says how it is painted.

Layouts make scenes, writers turn them into files, checks measure them. Units are CSS pixels; y points down; the y of a
text is its vertical centre. Items are painted in the order in which they were added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from resnet_viz.diagrams.fonts import text_width
from resnet_viz.theme import Theme

Action = Literal["select", "toggle"]
Anchor = Literal["start", "middle", "end"]
Point: TypeAlias = tuple[float, float]


class Mark(NamedTuple):
    """What an item stands for, and what pressing it does. Items that follow each other with equal marks form one group.

    Ids: `block:NAME`, `unit:NAME`, `op:INDEX`, `shortcut:JUNCTION`, `sum:JUNCTION`; an item with an empty id has a tip
    and no more. `tip` may hold several lines; its first names the item to a screen reader. `pressed` is the state of a
    toggle: a cut shortcut is pressed.
    """

    id: str
    tip: str = ""
    action: Action | None = None
    pressed: bool | None = None


class Box(NamedTuple):
    """A bounding box: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def centre(self) -> Point:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def grown(self, by: float) -> Box:
        """The box with every side moved out by so much (in, if negative)."""
        return Box(self.x0 - by, self.y0 - by, self.x1 + by, self.y1 + by)

    def overlaps(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def holds(self, other: Box) -> bool:
        """Whether the other lies inside this one."""
        return self.x0 <= other.x0 and self.y0 <= other.y0 and self.x1 >= other.x1 and self.y1 >= other.y1


class Rect(NamedTuple):
    """A rectangle; x, y is its upper left corner."""

    x: float
    y: float
    w: float
    h: float
    role: str
    radius: float = 6
    mark: Mark | None = None

    def bounds(self) -> Box:
        return Box(self.x, self.y, self.x + self.w, self.y + self.h)

    def moved(self, dx: float, dy: float) -> Rect:
        return Rect(self.x + dx, self.y + dy, self.w, self.h, self.role, self.radius, self.mark)


class Circle(NamedTuple):
    """A circle around x, y, with an optional sign in it: "+", "×", "−", "÷" or "‖" (concatenation)."""

    x: float
    y: float
    r: float
    role: str
    sign: str = ""
    mark: Mark | None = None

    def bounds(self) -> Box:
        return Box(self.x - self.r, self.y - self.r, self.x + self.r, self.y + self.r)

    def moved(self, dx: float, dy: float) -> Circle:
        return Circle(self.x + dx, self.y + dy, self.r, self.role, self.sign, self.mark)


class Text(NamedTuple):
    """One line of text; role is a colour. `vertical` text reads upward, centred on x, y."""

    x: float
    y: float
    text: str
    size: float = 12
    role: str = "ink"
    weight: int = 400
    anchor: Anchor = "middle"
    mono: bool = False
    vertical: bool = False
    mark: Mark | None = None

    @property
    def width(self) -> float:
        """Length of the text along its baseline."""
        return text_width(self.text, self.size, self.weight, self.mono)

    def bounds(self) -> Box:
        width, half = self.width, self.size / 2
        if self.vertical:
            return Box(self.x - half, self.y - width / 2, self.x + half, self.y + width / 2)
        left = self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * width
        return Box(left, self.y - half, left + width, self.y + half)

    def moved(self, dx: float, dy: float) -> Text:
        return self._replace(x=self.x + dx, y=self.y + dy)


class Line(NamedTuple):
    """A polyline with horizontal and vertical pieces and rounded corners, maybe with an arrow head at its end."""

    points: tuple[Point, ...]
    role: str
    radius: float = 10
    arrow: bool = True
    mark: Mark | None = None

    def bounds(self) -> Box:
        return _around(self.points)

    def moved(self, dx: float, dy: float) -> Line:
        return Line(_shifted(self.points, dx, dy), self.role, self.radius, self.arrow, self.mark)


class Curve(NamedTuple):
    """A cubic Bézier curve by its four control points."""

    points: tuple[Point, Point, Point, Point]
    role: str
    arrow: bool = False
    mark: Mark | None = None

    def bounds(self) -> Box:
        return _around(self.points)

    def moved(self, dx: float, dy: float) -> Curve:
        a, b, c, d = _shifted(self.points, dx, dy)
        return Curve((a, b, c, d), self.role, self.arrow, self.mark)


Item: TypeAlias = Rect | Circle | Text | Line | Curve


def _around(points: Iterable[Point]) -> Box:
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _shifted(points: Iterable[Point], dx: float, dy: float) -> tuple[Point, ...]:
    return tuple((x + dx, y + dy) for x, y in points)


@dataclass
class Scene:
    """A drawing: its size, what it shows in words, and its items from back to front."""

    width: float = 0
    height: float = 0
    title: str = ""
    description: str = ""
    items: list[Item] = field(default_factory=list)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def add(self, *items: Item) -> None:
        """Paint these on top of what is there."""
        self.items.extend(items)

    def rect(
        self, x: float, y: float, w: float, h: float, role: str, radius: float = 6, mark: Mark | None = None
    ) -> None:
        self.items.append(Rect(x, y, w, h, role, radius, mark))

    def circle(self, x: float, y: float, r: float, role: str, sign: str = "", mark: Mark | None = None) -> None:
        self.items.append(Circle(x, y, r, role, sign, mark))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 12,
        role: str = "ink",
        weight: int = 400,
        anchor: Anchor = "middle",
        mono: bool = False,
        vertical: bool = False,
        mark: Mark | None = None,
    ) -> None:
        """Add a text; y is its vertical centre, and a vertical one reads upward about (x, y)."""
        self.items.append(Text(x, y, text, size, role, weight, anchor, mono, vertical, mark))

    def line(
        self, points: Iterable[Point], role: str, radius: float = 10, arrow: bool = True, mark: Mark | None = None
    ) -> None:
        """Paint a polyline; points that repeat the one before are left out, and so is a line of one point."""
        kept: list[Point] = []
        for point in points:
            if not kept or point != kept[-1]:
                kept.append(point)
        if len(kept) > 1:
            self.items.append(Line(tuple(kept), role, radius, arrow, mark))

    def curve(
        self, points: tuple[Point, Point, Point, Point], role: str, arrow: bool = False, mark: Mark | None = None
    ) -> None:
        self.items.append(Curve(points, role, arrow, mark))

    def extend(self, other: Scene, dx: float = 0, dy: float = 0) -> None:
        """Paint another scene's items on top, moved."""
        self.items.extend(item.moved(dx, dy) for item in other.items)

    def translate(self, dx: float, dy: float) -> None:
        """Move every item."""
        self.items = [item.moved(dx, dy) for item in self.items]

    def bounds(self) -> Box:
        """The box around all items; Box(0, 0, 0, 0) of an empty scene."""
        boxes = [item.bounds() for item in self.items]
        if not boxes:
            return Box(0, 0, 0, 0)
        return Box(
            min(b.x0 for b in boxes), min(b.y0 for b in boxes), max(b.x1 for b in boxes), max(b.y1 for b in boxes)
        )

    def fit(self, margin: float = 16) -> Scene:
        """This scene, moved and sized so that its items leave just this margin on every side."""
        box = self.bounds()
        self.translate(margin - box.x0, margin - box.y0)
        self.width, self.height = box.x1 - box.x0 + 2 * margin, box.y1 - box.y0 + 2 * margin
        return self

    def to_svg(self, theme: Theme = "light", interactive: bool = False) -> str:
        """The drawing as SVG: a file with its colours in it, or the markup that the page's component shows."""
        from resnet_viz.diagrams.writers.svg import svg

        return svg(self, theme, interactive)

    def to_png(self, scale: float = 2, theme: Theme = "light") -> bytes:
        """The drawing as a PNG file, `scale` dots a pixel."""
        from resnet_viz.diagrams.writers.png import png

        return png(self, scale, theme)
