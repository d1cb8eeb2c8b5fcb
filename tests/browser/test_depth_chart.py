"""The depth chart in a real page: every number can be read, every label is whole, and it speaks with the diagram."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

APP = "tests/browser/apps/depth_app.py"
Open = Callable[..., Page]
BOXES = "texts => texts.map(t => { const b = t.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height]; })"


@pytest.fixture
def open_app(page: Page, serve: Callable[[str], str]) -> Open:
    def load(**query: object) -> Page:
        page.goto(f"{serve(APP)}/?{urlencode(query)}")
        expect(page.locator(".rv-chart .rv-line").first).to_be_attached()
        page.evaluate("document.fonts.ready")
        return page

    return load


def boxes(page: Page, selector: str) -> list[list[float]]:
    found: list[list[float]] = page.locator(f".rv-chart {selector}").evaluate_all(BOXES)
    return found


def overlapping(found: list[list[float]]) -> list[tuple[list[float], list[float]]]:
    pairs = [(a, b) for i, a in enumerate(found) for b in found[:i]]
    return [(a, b) for a, b in pairs if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] - 1 and b[1] < a[3] - 1]


def size(page: Page) -> tuple[float, float]:
    svg = page.locator(".rv-chart")
    return float(svg.get_attribute("width") or 0), float(svg.get_attribute("height") or 0)


def hover_told(page: Page, told: str | None) -> None:
    page.evaluate("id => document.dispatchEvent(new CustomEvent('resnet-viz:hover', {detail: {id}}))", told)


@pytest.mark.parametrize("width", [1440, 500])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"underflow": 1e-8, "overflow": 1},
        {"underflow": 0.1, "overflow": 1},  # no room for the word beside the signs
        {"underflow": 1},  # nothing but signs
        {"underflow": 1, "blocks": 3},
        {"blocks": 3},
        {"blocks": 600, "linear": 1},
    ],
)
def test_every_word_is_whole_and_none_lies_on_another(open_app: Open, width: int, query: dict[str, float]) -> None:
    page = open_app(**query)
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(300)
    assert_readable(page, width)


def test_every_word_is_whole_in_presentation_mode(open_app: Open) -> None:
    page = open_app(underflow=0.1, overflow=1)
    page.set_viewport_size({"width": 850, "height": 720})
    height = size(page)[1]
    page.add_style_tag(content="html{font-size:20px!important}")
    page.wait_for_timeout(300)
    assert size(page)[1] == pytest.approx(height * 20 / 16)
    assert_readable(page, 850)


def assert_readable(page: Page, width: int) -> None:
    right, bottom = size(page)
    assert right < width
    found = boxes(page, "text")
    assert len(found) > 8
    assert all(a >= -1 and b >= -1 and c <= right + 1 and d <= bottom + 1 for a, b, c, d in found)
    assert overlapping(found) == []
    buttons, title = page.locator(".rv-files").bounding_box(), page.locator(".rv-title").bounding_box()
    assert buttons
    assert title
    assert title["x"] + title["width"] < buttons["x"]


@pytest.mark.parametrize("limit", [1e-8, 0.1, 1])
def test_the_word_for_a_sign_lies_on_no_sign_and_in_the_plot(open_app: Open, limit: float) -> None:
    page = open_app(underflow=limit)
    [word] = boxes(page, "[data-kind=underflow] text")
    bands = boxes(page, ".rv-stage, .rv-clear")
    assert min(band[0] for band in bands) - 1 <= word[0] < word[2] <= max(band[2] for band in bands) + 1
    marks = page.locator("[data-kind=underflow] .rv-mark")
    middles = marks.evaluate_all("ms => ms.map(m => m.transform.baseVal[0].matrix).map(({ e, f }) => [e, f])")
    assert middles
    assert not [(x, y) for x, y in middles if word[0] < x < word[2] and word[1] < y < word[3]]


def test_a_space_after_a_chinese_character_stays(open_app: Open) -> None:
    label = "梯度 范数 L2 层1 的"
    assert open_app(label=label).locator(".rv-title").evaluate("title => title.textContent") == label


def test_lines_start_and_end_with_the_network_and_stages_are_named_under_the_axis(open_app: Open) -> None:
    page = open_app()
    names = page.locator(".rv-chart .rv-middle").all_text_contents()
    assert names[:3] == ["layer1", "layer2", "layer3"]
    bands = page.locator(".rv-chart rect").evaluate_all(
        "bands => bands.map(b => [b.x.baseVal.value, b.width.baseVal.value])"
    )
    assert [width for _x, width in bands] == pytest.approx([bands[0][1]] * 3)  # nine blocks each
    step = bands[0][1] / 9
    for d in page.locator(".rv-line").evaluate_all("lines => lines.map(l => l.getAttribute('d'))"):
        points = [float(point.split()[0]) for point in re.split("[ML]", d)[1:]]
        assert len(points) == 27
        assert points[0] == pytest.approx(bands[0][0] + step / 2)
        assert points[-1] == pytest.approx(bands[2][0] + bands[2][1] - step / 2)


def test_a_log_axis_has_powers_of_ten_at_equal_steps(open_app: Open) -> None:
    page = open_app()
    ticks = page.locator(".rv-chart .rv-end").all_text_contents()
    assert all(re.fullmatch("10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", tick) for tick in ticks)
    assert 3 <= len(ticks) <= 8
    middles = [(box[1] + box[3]) / 2 for box in boxes(page, ".rv-end")]
    gaps = [a - b for a, b in pairwise(middles)]
    assert gaps == pytest.approx([gaps[0]] * len(gaps), abs=1)


def test_the_tip_lists_every_value_at_the_nearest_depth(open_app: Open) -> None:
    page = open_app(underflow=1e-8)
    page.evaluate("document.addEventListener('resnet-viz:hover', e => (window.told ??= []).push(e.detail.id))")
    band = page.locator(".rv-chart rect").first.bounding_box()
    assert band
    page.mouse.move(band["x"] + band["width"] * 2.5 / 9, band["y"] + 50)
    tip = page.locator(".rv-tip")
    expect(tip.locator("strong")).to_have_text("layer1.2")
    expect(tip.locator(".rv-row")).to_have_count(4)
    values = tip.locator(".rv-value").all_text_contents()
    assert re.fullmatch(r"\d\.\d\d×10⁻[⁰¹²³⁴⁵⁶⁷⁸⁹]+", values[0])
    assert values[1] == "zero"
    expect(page.locator(".rv-cross circle")).to_have_count(3)  # none for what has no place
    page.mouse.move(5, 5)
    expect(page.locator(".rv-cross circle")).to_have_count(0)
    assert page.evaluate("window.told") == ["block:layer1.2", None]


def test_hovering_elsewhere_moves_the_crosshair(open_app: Open) -> None:
    page = open_app()
    title = page.locator(".rv-tip strong")
    for told, shown in {
        "block:layer2.4": "layer2.4",
        "sum:layer3.0": "layer3.0",
        "shortcut:layer1.1:2": "layer1.1",
        "op:layer1.7.conv2": "layer1.7",
    }.items():
        hover_told(page, told)
        expect(title).to_have_text(shown)
    for told in ("unit:conv1", "block:layer10.1", None):
        hover_told(page, "block:layer2.4")
        hover_told(page, told)
        expect(page.locator(".rv-tip")).to_have_class("rv-tip")


def test_arrow_keys_walk_by_block_and_are_spoken(open_app: Open) -> None:
    page = open_app()
    page.get_by_role("button", name="Run again").focus()
    page.keyboard.press("Tab")
    live = page.locator(".rv-live")
    expect(live).to_contain_text("layer1.0: residual network ")
    page.keyboard.press("ArrowRight")
    expect(live).to_contain_text("layer1.1: residual network ")
    page.keyboard.press("PageDown")
    expect(live).to_contain_text("layer2.0")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(live).to_contain_text("layer3.8")
    page.keyboard.press("Enter")
    expect(page.locator("#heard")).to_have_text("select block:layer3.8")


def test_what_has_no_place_on_the_axis_is_marked_at_its_edge(open_app: Open) -> None:
    page = open_app(underflow=1e-8, overflow=1)
    below = page.locator("[data-kind=underflow]")
    expect(below.locator("text")).to_have_text("zero")
    signs = below.locator(".rv-mark")
    zeros = sum(cell == "zero" for cell in page.locator(".rv-depth td").all_text_contents())
    assert zeros > 3
    expect(signs).to_have_count(zeros)
    lowest = max(box[3] for box in boxes(page, ".rv-line"))
    floor = page.locator(".rv-chart rect").first.evaluate("r => r.getBBox().y + r.getBBox().height")
    sign = signs.first.evaluate("s => s.getCTM().f - s.ownerSVGElement.getCTM().f")
    assert lowest < sign < floor
    expect(page.locator("[data-kind=overflow] text")).to_have_text("infinite")
    expect(page.locator("[data-kind=nan] text")).to_have_text("not a number")


def test_another_run_of_the_page_keeps_the_chart_and_the_crosshair(open_app: Open) -> None:
    page = open_app()
    page.locator(".rv-chart").evaluate("svg => svg.dataset.same = 'yes'")
    page.locator(".rv-line").first.evaluate("line => line.dataset.same = 'yes'")
    hover_told(page, "block:layer2.4")
    page.get_by_role("button", name="Run again").press("Enter")
    page.wait_for_timeout(500)
    expect(page.locator(".rv-line").first).to_have_attribute("data-same", "yes")  # equal data: nothing is redrawn
    page.set_viewport_size({"width": 1000, "height": 900})
    expect(page.locator(".rv-line").first).not_to_have_attribute("data-same", "yes")
    expect(page.locator(".rv-chart")).to_have_attribute("data-same", "yes")
    expect(page.locator(".rv-tip strong")).to_have_text("layer2.4")


def test_the_theme_follows_without_a_run_of_the_page(open_app: Open) -> None:
    page = open_app()
    colour = "line => getComputedStyle(line).stroke"
    assert page.locator(".rv-line").first.evaluate(colour) == "rgb(0, 114, 178)"
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".rv-depth")).to_have_attribute("data-theme", "dark")
    assert page.locator(".rv-line").first.evaluate(colour) == "rgb(86, 180, 233)"


def test_lines_are_told_apart_without_colour(open_app: Open) -> None:
    page = open_app()
    dashes = page.locator(".rv-line").evaluate_all("lines => lines.map(l => l.getAttribute('stroke-dasharray'))")
    assert dashes == [None, None, "10 5", None]


def test_words_are_never_read_as_markup(open_app: Open) -> None:
    page = open_app(label="<img src=x onerror=alert(1)>")
    expect(page.locator(".rv-title")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".rv-depth img")).to_have_count(0)


def saved(page: Page, kind: str) -> tuple[str, str]:
    with page.expect_download() as waiting:
        page.locator(f"[data-file={kind}]").click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text(encoding="utf-8")


def test_the_numbers_can_be_saved(open_app: Open) -> None:
    page = open_app(underflow=1e-8, overflow=1)
    name, text = saved(page, "csv")
    head, *rows = csv.reader(io.StringIO(text))
    assert name == "depth-chart.csv"
    assert head[:4] == ["block", "residual network", "residual network low", "residual network high"]
    assert [row[0] for row in rows] == page.locator(".rv-depth tbody th").all_text_contents()
    assert [float(row[4]) == 0 for row in rows][:3] == [True] * 3
    assert [row[5] for row in rows[1:3]] == ["inf", "nan"]
    assert float(rows[9][2]) == pytest.approx(float(rows[9][1]) / 1.6)


def test_the_picture_can_be_saved_and_stands_alone(open_app: Open) -> None:
    page = open_app()
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".rv-depth")).to_have_attribute("data-theme", "dark")
    name, text = saved(page, "svg")
    picture = ElementTree.fromstring(text)
    assert name == "depth-chart.svg"
    assert "var(" not in text
    assert "class=" not in text
    strokes = {element.get("stroke") for element in picture.iter()}
    assert "rgb(0, 114, 178)" in strokes  # light, for print
    assert "residual network" in "".join(picture.itertext())
    expect(page.locator(".rv-depth")).to_have_attribute("data-theme", "dark")
