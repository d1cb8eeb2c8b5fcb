"""Scenes as SVG."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest

from resnet_viz.diagrams.roles import BOXES, LINES
from resnet_viz.diagrams.scene import Mark, Scene
from resnet_viz.theme import COLOURS, colour

NASTY = "<b>&\"quoted\" 'x' ]]> \x00\x1b é 中"
SVG = "{http://www.w3.org/2000/svg}"


def scene() -> Scene:
    """One of everything."""
    out = Scene(title="a title", description="a description")
    for n, role in enumerate(sorted(BOXES)):
        out.rect(n * 40, 0, 30, 20, role)
    for n, sign in enumerate("+−×÷‖"):
        out.circle(n * 40, 60, 12, "merge", sign)
    for n, role in enumerate(sorted(LINES)):
        out.line([(0, 100 + n * 10), (40, 100 + n * 10), (40, 130 + n * 10)], role)
    out.curve(((0, 0), (10, 0), (20, 30), (30.123, 30.456)), "exchange", arrow=True)
    out.text(100, 200, "text", role="muted", mono=True)
    out.text(120, 240, "upward", vertical=True)
    return out.fit()


@pytest.mark.parametrize("interactive", [False, True])
def test_it_is_xml_whatever_names_hold(interactive: bool) -> None:
    drawn = Scene(title=NASTY, description=NASTY)
    mark = Mark(f"block:{NASTY}", f"{NASTY}\nsecond line", "select")
    drawn.rect(0, 0, 10, 10, "unit", mark=mark)
    drawn.text(5, 5, NASTY, mark=mark)
    root = ElementTree.fromstring(drawn.fit().to_svg(interactive=interactive))
    visible = NASTY.replace("\x00", "").replace("\x1b", "")
    assert root.attrib["aria-label"] == visible
    assert root.find(f".//{SVG}text").text == visible  # type: ignore[union-attr]
    assert not root.findall(f".//{SVG}b")
    if interactive:
        group = root.find(f"{SVG}g")
        assert group is not None
        assert group.attrib["data-id"] == f"block:{visible}"
        assert group.attrib["data-tip"] == f"{visible}\nsecond line"


def test_a_file_has_its_colours_in_it_and_says_what_it_shows() -> None:
    text = scene().to_svg("dark")
    root = ElementTree.fromstring(text)
    assert "var(" not in text and "data-" not in text
    assert [root.findtext(f"{SVG}{tag}") for tag in ("title", "desc")] == ["a title", "a description"]
    ground = root.find(f"{SVG}rect")
    assert ground is not None and ground.attrib["fill"] == colour("background", "dark")
    written = set(re.findall(r"#[0-9A-F]{6}", text))
    assert written <= {dark for _light, dark in COLOURS.values()}


def test_the_page_gets_variables_of_the_table_only() -> None:
    text = scene().to_svg(interactive=True)
    assert not re.findall(r"#[0-9A-Fa-f]{6}", text)
    assert set(re.findall(r"var\(--rv-([a-z0-9-]+)\)", text)) <= set(COLOURS)


def test_both_themes_give_the_page_the_same_markup() -> None:
    assert scene().to_svg("light", interactive=True) == scene().to_svg("dark", interactive=True)


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert scene().to_svg() == scene().to_svg()


def test_every_class_has_one_rule() -> None:
    text = scene().to_svg()
    used = {c for value in re.findall(r'class="([^"]+)"', text) for c in value.split()}
    rules = re.findall(r"\.([\w-]+)\{", text)
    assert used == set(rules) and len(rules) == len(set(rules))


def test_what_can_be_pressed_says_so_and_has_a_wide_line() -> None:
    drawn = Scene()
    drawn.line([(0, 0), (50, 0)], "cut", mark=Mark("shortcut:a", "Shortcut a\npress", "toggle", True))
    drawn.rect(0, 20, 10, 10, "unit", mark=Mark("op:3", "conv"))
    root = ElementTree.fromstring(drawn.fit().to_svg(interactive=True))
    pressed, told = root.findall(f"{SVG}g")
    tip = {"data-id": "shortcut:a", "data-tip": "Shortcut a\npress"}
    assert pressed.attrib == {**tip, "data-action": "toggle", "aria-pressed": "true"}
    hit, line, _arrow = pressed.findall(f"{SVG}path")
    assert hit.attrib["class"] == "hit" and hit.attrib["d"] == line.attrib["d"]
    assert told.attrib == {"data-id": "op:3", "data-tip": "conv"}


def test_neighbours_with_one_mark_are_one_group() -> None:
    drawn, mark = Scene(), Mark("block:a", "a", "select")
    drawn.rect(0, 0, 10, 10, "unit", mark=mark)
    drawn.text(5, 5, "a", mark=mark)
    drawn.rect(20, 0, 10, 10, "unit")
    root = ElementTree.fromstring(drawn.fit().to_svg(interactive=True))
    assert [len(group) for group in root.findall(f"{SVG}g")] == [2]


def test_an_unknown_sign_is_refused() -> None:
    drawn = Scene()
    drawn.circle(0, 0, 9, "merge", "?")
    with pytest.raises(ValueError, match=r"'\?'"):
        drawn.to_svg()


# ---- geometry: the paths are read back by a small interpreter


def follow(path: str) -> list[tuple[float, float]]:
    """The points at which the commands of a path end."""
    x = y = 0.0
    points = []
    for command, arguments in re.findall(r"([MlhvqczmZ])([^MlhvqczmZ]*)", path):
        v = [float(a) for a in re.findall(r"-?\d*\.?\d+", arguments)]
        if command == "M":
            x, y = v
        elif command == "h":
            x += v[0]
        elif command == "v":
            y += v[0]
        elif command in "lmqc" and v:
            x, y = x + v[-2], y + v[-1]
        points.append((x, y))
    return points


def test_relative_commands_end_where_the_line_ends() -> None:
    drawn = Scene()
    corners = [(0.04, 0.0)]
    for n in range(60):  # many pieces of awkward length: errors would add up
        corners.append((corners[-1][0] + 7.77, corners[-1][1]))
        corners.append((corners[-1][0], corners[-1][1] + (3.33 if n % 2 else 0.41)))
    drawn.line(corners, "flow", radius=5, arrow=False)
    [path] = re.findall(r'<path class="l-flow" d="([^"]+)"', drawn.to_svg())
    assert follow(path)[-1] == pytest.approx(corners[-1], abs=0.051)
    assert follow(path)[0] == pytest.approx(corners[0], abs=0.051)


def test_coordinates_have_one_decimal_at_most() -> None:
    body = scene().to_svg().partition("</style>")[2]
    values = re.findall(r'(?:d|x|y|cx|cy|width|height|transform)="([^"]*)"', body)
    assert values and not [value for value in values if re.search(r"\.\d\d", value)]


def test_boxes_that_touch_keep_touching() -> None:
    drawn = Scene()
    for n in range(20):
        drawn.rect(0, n * 18.26, 50, 18.26, "strip")
    boxes = [r for r in ElementTree.fromstring(drawn.to_svg()).findall(f"{SVG}rect") if "class" in r.attrib]
    for above, below in itertools.pairwise(boxes):
        bottom = float(above.attrib["y"]) + float(above.attrib["height"])
        assert bottom == pytest.approx(float(below.attrib["y"]))
