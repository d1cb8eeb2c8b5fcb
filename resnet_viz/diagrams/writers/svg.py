"""Scene to SVG: compact, deterministic, everything escaped.

Coordinates have one decimal: they are kept as whole tenths, so that relative path commands never accumulate an error.
Arrow heads are triangles and text baselines are computed, because SVG markers and `dominant-baseline` are drawn
differently by different programs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from xml.sax.saxutils import escape

from resnet_viz.diagrams.roles import BOXES, LINES
from resnet_viz.diagrams.scene import Circle, Curve, Item, Line, Mark, Point, Rect, Scene, Text
from resnet_viz.theme import MONO, SANS, Theme, colour

BASELINE = 0.35  # of the size: from the vertical centre of a text down to its baseline
ARROW_LENGTH, ARROW_HALF_WIDTH = 7.5, 3.6
_ARROW_OVERLAP = 5.0  # how much of an arrow head the line leaves free: its end would show beside the tip
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HIT = ".hit{fill:none;stroke:transparent;stroke-width:11;pointer-events:stroke}"


def svg(scene: Scene, theme: Theme = "light", interactive: bool = False) -> str:
    """The scene as one SVG element.

    A file (not interactive) has literal colours, a background, a title and a description. The page's markup has CSS
    variables `--rv-ROLE` instead of colours; its groups carry data-id, data-tip, data-action, and those that can be
    pressed have a wide invisible stroke under their line. The component makes buttons of them, named by the first line
    of the tip, and says which of them Tab reaches: in the markup that would be a tenth of it, said twice.
    """
    width, height = _tenths(math.ceil(scene.width) * 10), _tenths(math.ceil(scene.height) * 10)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    label = f' role="{"group" if interactive else "img"}" aria-label="{_attribute(scene.title)}"'
    parts = [head, label, f' font-family="{_attribute(SANS)}">']
    if not interactive:
        parts += [f"<title>{escape(_clean(scene.title))}</title>", f"<desc>{escape(_clean(scene.description))}</desc>"]
    parts += ["<style>", _style(scene, theme, interactive), "</style>"]
    if not interactive:
        parts.append(f'<rect width="100%" height="100%" fill="{colour("background", theme)}"/>')
    if interactive:
        for mark, items in groupby(scene.items, key=lambda item: item.mark):
            parts += _group(mark, list(items))
    else:
        parts += [_element(item) for item in scene.items]
    parts.append("</svg>")
    return "".join(parts)


def _clean(text: str) -> str:
    """Without the characters that XML does not allow."""
    return _FORBIDDEN.sub("", text)


def _attribute(text: str) -> str:
    return escape(_clean(text), {'"': "&quot;", "\n": "&#10;"})


def _tenths(value: int) -> str:
    """A whole number of tenths, written as short as can be: 15 is "1.5", 20 is "2", -3 is "-.3"."""
    whole, tenth = divmod(abs(value), 10)
    digits = str(whole) if not tenth else f".{tenth}" if not whole else f"{whole}.{tenth}"
    return f"-{digits}" if value < 0 else digits


def _number(value: float) -> str:
    return _tenths(round(value * 10))


def _style(scene: Scene, theme: Theme, interactive: bool) -> str:
    """One CSS class for every role in use, in the order of their names."""

    def paint(role: str | None) -> str:
        if role is None:
            return "none"
        return f"var(--rv-{role})" if interactive else colour(role, theme)

    rules = [rule for kind, role in sorted(_used(scene)) for rule in _rules(kind, role, paint)]
    return "".join([*rules, "text{text-anchor:middle}", _HIT if interactive else ""])


def _used(scene: Scene) -> set[tuple[str, str]]:
    """(first letter of the class, role) of everything drawn: box, sign, line, arrow, text, mono text."""
    used = set()
    for item in scene:
        if isinstance(item, Rect | Circle):
            used.add(("b", item.role))
            if isinstance(item, Circle) and item.sign:
                used.add(("s", item.role))
        elif isinstance(item, Text):
            used.add(("t", item.role))
            if item.mono:
                used.add(("m", ""))
        else:
            used.add(("l", item.role))
            if item.arrow:
                used.add(("a", item.role))
    return used


def _rules(kind: str, role: str, paint: Callable[[str | None], str]) -> Iterator[str]:
    if kind == "b":
        box = BOXES[role]
        dash = f";stroke-dasharray:{box.dash}" if box.dash else ""
        yield f".b-{role}{{fill:{paint(box.fill)};stroke:{paint(box.stroke)};stroke-width:{box.width:g}{dash}}}"
    elif kind == "s":
        stroke = f"stroke:{paint(BOXES[role].stroke)};stroke-width:{BOXES[role].width:g}"
        yield f".s-{role}{{fill:none;{stroke};stroke-linecap:round}}"
    elif kind == "l":
        line = LINES[role]
        ends = f"butt;stroke-dasharray:{line.dash}" if line.dash else "round"
        stroke = f"stroke:{paint(line.stroke)};stroke-width:{line.width:g}"
        yield f".l-{role}{{fill:none;{stroke};stroke-linejoin:round;stroke-linecap:{ends}}}"
    elif kind == "a":
        yield f".a-{role}{{fill:{paint(LINES[role].stroke)}}}"
    elif kind == "t":
        yield f".t-{role}{{fill:{paint(role)}}}"
    else:
        yield f".m{{font-family:{escape(MONO)}}}"


def _group(mark: Mark | None, items: list[Item]) -> Iterator[str]:
    if mark is None:
        yield from map(_element, items)
        return
    yield f'<g data-id="{_attribute(mark.id)}"' if mark.id else "<g"
    if mark.tip:
        yield f' data-tip="{_attribute(mark.tip)}"'
    if mark.action:
        yield f' data-action="{mark.action}"'
    if mark.pressed is not None:
        yield f' aria-pressed="{str(mark.pressed).lower()}"'
    yield ">"
    for item in items:
        if mark.action and isinstance(item, Line | Curve):
            yield f'<path class="hit" d="{_path(item)}"/>'
        yield _element(item)
    yield "</g>"


def _element(item: Item) -> str:
    if isinstance(item, Rect):
        return _rect(item)
    if isinstance(item, Circle):
        return _circle(item)
    if isinstance(item, Text):
        return _text(item)
    return _stroke(item)


def _rect(item: Rect) -> str:
    x, y = round(item.x * 10), round(item.y * 10)
    # The far corner is rounded, not the size: boxes that touch keep touching.
    w, h = round((item.x + item.w) * 10) - x, round((item.y + item.h) * 10) - y
    radius = f' rx="{_number(item.radius)}"' if item.radius else ""
    where = f'x="{_tenths(x)}" y="{_tenths(y)}" width="{_tenths(w)}" height="{_tenths(h)}"'
    return f'<rect class="b-{item.role}" {where}{radius}/>'


def _circle(item: Circle) -> str:
    x, y = _number(item.x), _number(item.y)
    out = f'<circle class="b-{item.role}" cx="{x}" cy="{y}" r="{_number(item.r)}"/>'
    return out + f'<path class="s-{item.role}" d="{_sign(item)}"/>' if item.sign else out


def _sign(item: Circle) -> str:
    """Path of the sign inside a circle."""
    x, y, k = round(item.x * 10), round(item.y * 10), round(item.r * (4.6 if item.r > 3 else 6))
    t, n = _tenths, round(k * 0.78)
    across, down = f"M{t(x - k)} {t(y)}h{t(2 * k)}", f"M{t(x)} {t(y - k)}v{t(2 * k)}"
    match item.sign:
        case "+":
            return across + down
        case "−":
            return across
        case "×":
            return f"M{t(x - n)} {t(y - n)}l{t(2 * n)} {t(2 * n)}m{t(-2 * n)} 0l{t(2 * n)} {t(-2 * n)}"
        case "÷":
            return f"M{t(x - n)} {t(y + n)}l{t(2 * n)} {t(-2 * n)}"
        case "‖":
            half = round(k * 0.45)
            return f"M{t(x - half)} {t(y - k)}v{t(2 * k)}m{t(2 * half)} 0v{t(-2 * k)}"
    raise ValueError(f"no sign {item.sign!r}: + − × ÷ ‖ are drawn")


def _text(item: Text) -> str:
    size, shift = _number(item.size), item.size * BASELINE
    if item.vertical:
        where = f'transform="translate({_number(item.x + shift)} {_number(item.y)})rotate(-90)"'
    else:
        where = f'x="{_number(item.x)}" y="{_number(item.y + shift)}"'
    weight = f' font-weight="{item.weight}"' if item.weight != 400 else ""
    anchor = f' style="text-anchor:{item.anchor}"' if item.anchor != "middle" else ""
    css = f"t-{item.role}{' m' if item.mono else ''}"
    return f'<text class="{css}" {where} font-size="{size}"{weight}{anchor}>{escape(_clean(item.text))}</text>'


def _stroke(item: Line | Curve) -> str:
    out = f'<path class="l-{item.role}" d="{_path(item)}"/>'
    if item.arrow:
        out += f'<path class="a-{item.role}" d="{_arrow(*_direction(item.points))}"/>'
    return out


def _direction(points: tuple[Point, ...]) -> tuple[Point, float, float]:
    """The last point, and the unit vector in which the line arrives there."""
    x1, y1 = points[-1]
    x0, y0 = next((p for p in reversed(points[:-1]) if p != points[-1]), (x1 - 1, y1))
    length = math.hypot(x1 - x0, y1 - y0)
    return points[-1], (x1 - x0) / length, (y1 - y0) / length


def _arrow(tip: Point, ux: float, uy: float) -> str:
    x, y, length, half = round(tip[0] * 10), round(tip[1] * 10), ARROW_LENGTH * 10, ARROW_HALF_WIDTH * 10
    ax, ay = round(-ux * length - uy * half), round(-uy * length + ux * half)
    bx, by = round(2 * uy * half), round(-2 * ux * half)
    return f"M{_tenths(x)} {_tenths(y)}l{_tenths(ax)} {_tenths(ay)} {_tenths(bx)} {_tenths(by)}z"


def _path(item: Line | Curve) -> str:
    """Path of the stroke; it ends inside the arrow head where there is one."""
    points = list(item.points)
    if item.arrow:
        (x, y), ux, uy = _direction(item.points)
        points[-1] = (x - ux * _ARROW_OVERLAP, y - uy * _ARROW_OVERLAP)
    if isinstance(item, Curve):
        (x, y), *rest = [(round(px * 10), round(py * 10)) for px, py in points]
        return f"M{_tenths(x)} {_tenths(y)}c" + " ".join(f"{_tenths(px - x)} {_tenths(py - y)}" for px, py in rest)
    return _rounded(points, item.radius)


def _rounded(points: list[Point], radius: float) -> str:
    """Path of a polyline whose corners are rounded as far as its pieces are long."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in points]
    x, y = tenths[0]
    out = [f"M{_tenths(x)} {_tenths(y)}"]
    lengths = [math.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(tenths)]
    for n in range(1, len(tenths) - 1):
        (x0, y0), (x1, y1), (x2, y2), before, after = *tenths[n - 1 : n + 2], lengths[n - 1], lengths[n]
        cut = min(radius * 10, before / 2, after / 2)
        if cut < 5:
            out.append(_straight(x1 - x, y1 - y))
            x, y = x1, y1
            continue
        ax, ay = round(x1 - (x1 - x0) / before * cut), round(y1 - (y1 - y0) / before * cut)
        bx, by = round(x1 + (x2 - x1) / after * cut), round(y1 + (y2 - y1) / after * cut)
        out.append(_straight(ax - x, ay - y))
        out.append(f"q{_tenths(x1 - ax)} {_tenths(y1 - ay)} {_tenths(bx - ax)} {_tenths(by - ay)}")
        x, y = bx, by
    out.append(_straight(tenths[-1][0] - x, tenths[-1][1] - y))
    return "".join(out)


def _straight(dx: int, dy: int) -> str:
    if not dx and not dy:
        return ""
    if not dy:
        return f"h{_tenths(dx)}"
    return f"v{_tenths(dy)}" if not dx else f"l{_tenths(dx)} {_tenths(dy)}"
