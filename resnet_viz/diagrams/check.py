"""Whether a drawing can be read: faults of a scene found by geometry, as sentences.

The rules do not know what a drawing shows. Boxes whose role is in `roles.BACKGROUNDS` are panels, on which anything may
lie; every other overlap is a fault, and so are a text that its box does not hold, a line through a box that it neither
leaves nor enters, a line through a text, and a shortcut on top of another line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from resnet_viz.diagrams.roles import BACKGROUNDS, SHORTCUT_ROLES
from resnet_viz.diagrams.scene import Box, Circle, Curve, Item, Line, Point, Rect, Scene, Text
from resnet_viz.diagrams.space import Grid

TOUCH = 1.0  # pixels by which boxes may overlap: borders, rounding
THROUGH = 2.0  # pixels by which a line must enter a box to run through it
COLLINEAR = 12.0  # pixels that a shortcut may share with another line: where it forks

Stroke = tuple[Box, Item]  # a straight piece of a line, as a box without area


def check(scene: Scene) -> list[str]:
    """One sentence for every fault: overlaps, cut-off labels, lines through what they do not belong to."""
    texts = [item for item in scene if isinstance(item, Text)]
    boxes = [item for item in scene if isinstance(item, Rect | Circle) and item.role not in BACKGROUNDS]
    strokes = [piece for item in scene if isinstance(item, Line | Curve) for piece in _pieces(item)]
    return [
        *_outside(scene),
        *_text_on_text(texts),
        *_text_half_in_box(texts, boxes),
        *_box_on_box(boxes),
        *_line_through_box(strokes, boxes),
        *_line_through_text(strokes, texts),
        *_shortcut_on_line(strokes),
    ]


def _name(item: Item) -> str:
    x, y = item.bounds().centre
    what = f"“{item.text}”" if isinstance(item, Text) else type(item).__name__.lower() + f" {item.role}"
    mark = f" [{item.mark.id}]" if item.mark else ""
    return f"{what}{mark} at {x:.0f}, {y:.0f}"


def _outside(scene: Scene) -> Iterator[str]:
    frame = Box(0, 0, scene.width, scene.height).grown(TOUCH / 2)
    for item in scene:
        if not frame.holds(item.bounds()):
            yield f"{_name(item)} lies outside the frame of {scene.width:.0f} × {scene.height:.0f}"


def _pairs(items: list[Item], shrink: float) -> Iterator[tuple[Item, Item]]:
    """Pairs whose boxes, made smaller by so much on every side, overlap."""
    grid: Grid[Item] = Grid()
    for item in items:
        box = item.bounds().grown(-shrink)
        for _, other in grid.near(box):
            yield other, item
        grid.add(box, item)


def _text_on_text(texts: list[Text]) -> Iterator[str]:
    for one, other in _pairs(list(texts), TOUCH / 2):
        yield f"{_name(one)} overlaps {_name(other)}"


def _text_half_in_box(texts: list[Text], boxes: list[Rect | Circle]) -> Iterator[str]:
    grid: Grid[Item] = Grid()
    for box in boxes:
        grid.add(box.bounds(), box)
    for text in texts:
        bounds = text.bounds().grown(-TOUCH)
        for outer, around in grid.near(bounds):
            if not outer.holds(bounds):
                yield f"{_name(text)} is only half inside {_name(around)}"


def _box_on_box(boxes: list[Rect | Circle]) -> Iterator[str]:
    for one, other in _pairs(list(boxes), TOUCH / 2):
        yield f"{_name(other)} lies on {_name(one)}"


def _pieces(item: Line | Curve) -> Iterator[Stroke]:
    points = item.points if isinstance(item, Line) else _samples(item)
    for (x0, y0), (x1, y1) in pairwise(points):
        yield Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), item


def _samples(curve: Curve, steps: int = 16) -> list[Point]:
    """Points along a cubic Bézier curve."""
    out = []
    for n in range(steps + 1):
        t = n / steps
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        xs, ys = zip(*curve.points, strict=True)
        x = sum(w * p for w, p in zip(weights, xs, strict=True))
        y = sum(w * p for w, p in zip(weights, ys, strict=True))
        out.append((x, y))
    return out


def _crossings(
    strokes: list[Stroke], items: list[Item], shrink: float, exempt: Callable[[Item, Box], bool]
) -> Iterator[str]:
    grid: Grid[Item] = Grid()
    for item in items:
        grid.add(item.bounds().grown(-shrink), item)
    seen = set()
    for piece, line in strokes:
        # A piece has no area, and boxes that share only an edge do not overlap: give it a hair of width.
        for _, item in grid.near(piece.grown(0.01)):
            if (id(line), id(item)) not in seen and not exempt(line, item.bounds()):
                seen.add((id(line), id(item)))
                yield f"{_name(line)} runs through {_name(item)}"


def _belongs(line: Item, box: Box) -> bool:
    """Whether the line begins or ends on the box."""
    assert isinstance(line, Line | Curve)
    around = box.grown(THROUGH)
    return any(around.holds(Box(x, y, x, y)) for x, y in (line.points[0], line.points[-1]))


def _line_through_box(strokes: list[Stroke], boxes: list[Rect | Circle]) -> Iterator[str]:
    return _crossings(strokes, list(boxes), THROUGH, _belongs)


def _line_through_text(strokes: list[Stroke], texts: list[Text]) -> Iterator[str]:
    return _crossings(strokes, list(texts), TOUCH, lambda line, box: False)


def _shortcut_on_line(strokes: list[Stroke]) -> Iterator[str]:
    grid: Grid[Item] = Grid()
    for piece, line in strokes:
        if line.role not in SHORTCUT_ROLES:
            grid.add(piece.grown(0.5), line)
    for piece, line in strokes:
        if line.role not in SHORTCUT_ROLES:
            continue
        for other, under in grid.near(piece.grown(0.5)):
            width = min(piece.x1, other.x1) - max(piece.x0, other.x0)
            height = min(piece.y1, other.y1) - max(piece.y0, other.y0)
            along, beside = max(width, height), min(width, height)
            if along > COLLINEAR + 0.6 and beside < 1.01 and _parallel(piece, other.grown(-0.5)):
                yield f"{_name(line)} runs on top of {_name(under)} for {along:.0f} px"


def _parallel(one: Box, other: Box) -> bool:
    """Whether both pieces are horizontal, or both vertical."""
    flat = [abs(b.y1 - b.y0) < 0.1 for b in (one, other)]
    upright = [abs(b.x1 - b.x0) < 0.1 for b in (one, other)]
    return all(flat) or all(upright)
