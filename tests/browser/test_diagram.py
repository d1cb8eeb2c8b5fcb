"""The diagram in a real page: what a visitor does reaches Python once, and the drawing stays where it was put."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

APP = "tests/browser/apps/diagram_app.py"
Open = Callable[..., Page]


@pytest.fixture
def open_app(page: Page, serve: Callable[[str], str]) -> Open:
    def load(**query: object) -> Page:
        page.goto(f"{serve(APP)}/?{urlencode(query)}")
        expect(page.locator(".rv-diagram")).to_be_visible()
        return page

    return load


def item(page: Page, kind: str, number: int) -> Locator:
    return page.locator(f'[data-id="{kind}:layer1.{number}"]')


TOP_OF_ARC = """path => {
  const middle = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());
  return [middle.x, middle.y + 3];  // beside the thin line, on its wide invisible stroke
}"""


def click_arc(page: Page, number: int) -> None:
    """Press the top of an arc; the middle of its box is the block below it."""
    x, y = item(page, "shortcut", number).locator("path:not(.hit)").evaluate(TOP_OF_ARC)
    page.mouse.click(x, y)


def view_box(page: Page) -> list[float]:
    text = page.locator(".rv-viewport > svg").get_attribute("viewBox")
    assert text
    return [float(number) for number in text.split()]


def heard(page: Page, text: str) -> None:
    expect(page.locator("#heard")).to_have_text(text)


def test_a_press_on_an_arc_toggles_it_and_on_a_block_selects_it(open_app: Open) -> None:
    page = open_app()
    click_arc(page, 1)
    heard(page, "toggle shortcut:layer1.1")
    expect(item(page, "shortcut", 1)).to_have_attribute("aria-pressed", "true")
    item(page, "block", 2).click()
    heard(page, "toggle shortcut:layer1.1 | select block:layer1.2")
    expect(item(page, "block", 2).locator(".rv-frame-selected")).to_have_count(1)
    expect(page.locator(".rv-frame-selected")).to_have_count(1)


def test_in_a_dense_drawing_the_block_that_is_seen_is_pressed_not_the_wide_stroke_over_it(open_app: Open) -> None:
    page = open_app(blocks=30, step=12)
    box = item(page, "block", 7).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 4
    page.mouse.move(x, y)
    expect(page.locator(".rv-hot")).to_have_attribute("data-id", "block:layer1.7")
    page.mouse.click(x, y)
    heard(page, "select block:layer1.7")
    click_arc(page, 7)
    heard(page, "select block:layer1.7 | toggle shortcut:layer1.7")


def test_the_area_of_a_block_is_framed_and_pressed_as_the_block_but_not_before_an_arc(open_app: Open) -> None:
    page = open_app(area=1)
    area = page.locator('[data-id="block:layer1.1"] > .b-area')
    box = area.bounding_box()
    assert box
    page.mouse.click(box["x"] + 3, box["y"] + box["height"] - 3)  # beside the bar
    heard(page, "select block:layer1.1")
    frame = page.locator(".rv-frame-selected").bounding_box()
    assert frame
    assert frame["x"] < box["x"] and frame["x"] + frame["width"] > box["x"] + box["width"]
    arc = item(page, "shortcut", 1).locator("path:not(.hit)")
    x, y = arc.evaluate(TOP_OF_ARC.replace("getTotalLength() / 2", "getTotalLength() * 0.94"))  # on its way down
    page.mouse.click(x + 3, y)
    heard(page, "select block:layer1.1 | toggle shortcut:layer1.1")


def test_quick_presses_all_arrive_once_and_in_order_while_the_page_is_busy(open_app: Open) -> None:
    page = open_app(slow=0.7)
    for number in (0, 1, 2, 1, 3):
        click_arc(page, number)
    heard(page, " | ".join(f"toggle shortcut:layer1.{number}" for number in (0, 1, 2, 1, 3)))
    for number, cut in enumerate(("true", "false", "true", "true")):
        expect(item(page, "shortcut", number)).to_have_attribute("aria-pressed", cut)
    expect(page.locator(".rv-waiting")).to_have_count(0)


def test_a_press_counts_when_the_drawing_is_replaced_under_the_finger(open_app: Open) -> None:
    page = open_app()
    x, y = item(page, "shortcut", 1).locator("path:not(.hit)").evaluate(TOP_OF_ARC)
    page.mouse.move(x, y)
    page.mouse.down()
    page.locator(".rv-viewport > svg").evaluate("svg => svg.replaceWith(svg.cloneNode(true))")
    page.mouse.up()
    heard(page, "toggle shortcut:layer1.1")


def test_presses_during_an_answer_arrive_too(open_app: Open) -> None:
    page = open_app(slow=0.5)
    for number in (0, 1, 2):
        click_arc(page, number)
        page.wait_for_timeout(350)
    heard(page, " | ".join(f"toggle shortcut:layer1.{number}" for number in (0, 1, 2)))


def test_a_toggle_shows_before_python_answers(open_app: Open) -> None:
    page = open_app(slow=1.5)
    click_arc(page, 1)
    expect(item(page, "shortcut", 1)).to_have_class(re.compile("rv-waiting"), timeout=500)
    expect(item(page, "shortcut", 1)).to_have_attribute("aria-pressed", "false")  # the drawing is still the old one
    expect(item(page, "shortcut", 1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".rv-waiting")).to_have_count(0)


def test_pan_and_zoom_survive_another_drawing_but_not_another_view(open_app: Open) -> None:
    page = open_app()
    fitted = view_box(page)
    page.get_by_role("button", name="Zoom in").click()
    zoomed = view_box(page)
    assert zoomed[2] < fitted[2] / 1.2
    click_arc(page, 1)
    expect(item(page, "shortcut", 1)).to_have_attribute("aria-pressed", "true")
    assert view_box(page) == zoomed
    page.get_by_role("combobox").click()
    page.get_by_role("option", name="stage").click()
    expect(page.locator(".rv-viewport > svg")).to_have_attribute("viewBox", re.compile(" 160$"))  # its whole height
    assert view_box(page) == pytest.approx(fitted, abs=3)  # the page may have become a scroll bar narrower


def test_dragging_moves_the_drawing_and_presses_nothing(open_app: Open) -> None:
    page = open_app()
    before = view_box(page)
    box = item(page, "block", 1).bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 45, box["y"] + 30, steps=4)
    page.mouse.up()
    moved = item(page, "block", 1).bounding_box()
    assert moved
    assert moved["x"] - box["x"] == pytest.approx(40, abs=1)
    assert moved["y"] - box["y"] == pytest.approx(10, abs=1)
    heard(page, "")
    page.mouse.dblclick(box["x"] - 100, box["y"])  # beside the network
    assert view_box(page) == before


def test_the_wheel_belongs_to_the_page_until_the_diagram_is_pressed(open_app: Open) -> None:
    page = open_app(tall=1)
    fitted = view_box(page)
    spot = page.locator(".rv-viewport").bounding_box()
    assert spot
    x, y = spot["x"] + 100, spot["y"] + 30
    page.mouse.move(x, y)
    page.mouse.wheel(0, -100)
    expect(page.locator(".rv-hint")).to_have_class("rv-hint rv-shown")
    assert view_box(page) == fitted
    page.mouse.click(x, y)
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "w => +document.querySelector('.stBidiComponent [data-testid]').shadowRoot"
        ".querySelector('svg').getAttribute('viewBox').split(' ')[2] < w * 0.7",
        arg=fitted[2],
    )


def test_zooming_keeps_what_is_under_the_cursor(open_app: Open) -> None:
    page = open_app()
    box = item(page, "sum", 2).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(100)
    page.keyboard.up("Control")
    after = item(page, "sum", 2).bounding_box()
    assert after
    assert after["width"] > box["width"] * 1.4
    assert after["x"] + after["width"] / 2 == pytest.approx(x, abs=1)
    assert after["y"] + after["height"] / 2 == pytest.approx(y, abs=1)


TURN = """viewport => {
  const svg = viewport.querySelector("svg"), sum = svg.querySelector('[data-id="sum:layer1.2"]');
  const box = sum.getBoundingClientRect(), [clientX, clientY] = [box.left, box.top];
  viewport.dispatchEvent(new WheelEvent("wheel", {clientX, clientY, ctrlKey: true, deltaY: -20, cancelable: true}));
  const {left, top, width} = sum.getBoundingClientRect();
  return {wider: width / box.width, moved: svg.style.transform, viewBox: svg.getAttribute("viewBox"), at: [left, top]};
}"""


def test_a_gesture_moves_what_is_painted_and_at_rest_it_is_painted_sharp_where_it_was_moved_to(open_app: Open) -> None:
    page = open_app()
    fitted = view_box(page)
    turned = page.locator(".rv-viewport").evaluate(TURN)
    assert turned["wider"] == pytest.approx(1.22, abs=0.01)
    assert turned["moved"]
    assert [float(number) for number in turned["viewBox"].split()] == fitted
    expect(page.locator(".rv-moving")).to_have_count(0)
    assert page.locator(".rv-viewport > svg").evaluate("svg => svg.style.transform") == ""
    assert view_box(page)[2] == pytest.approx(fitted[2] / 1.22, rel=0.01)
    at = item(page, "sum", 2).evaluate("e => { const {left, top} = e.getBoundingClientRect(); return [left, top]; }")
    assert at == pytest.approx(turned["at"], abs=0.1)


def test_a_long_gesture_is_painted_anew_on_the_way(open_app: Open) -> None:
    viewport = open_app().locator(".rv-viewport")
    stretches = []
    for _turn in range(8):
        moved = viewport.evaluate(TURN)["moved"]
        stretches.append(float(moved.partition("scale(")[2].rstrip(")")))
    assert max(stretches) <= 2


PINCH = """viewport => {
  const touch = (type, pointerId, clientX, clientY) => viewport.dispatchEvent(
    new PointerEvent(type, {pointerId, clientX, clientY, pointerType: "touch", bubbles: true, button: 0}));
  const box = viewport.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
  touch("pointerdown", 1, x, y);
  touch("pointermove", 1, x, y + 30);  // one finger: the page scrolls
  const scrolled = viewport.firstElementChild.getAttribute("viewBox");
  touch("pointermove", 1, x, y);
  touch("pointerdown", 2, x + 50, y);
  touch("pointermove", 2, x + 100, y);
  touch("pointerup", 1, x, y);
  touch("pointerup", 2, x + 100, y);
  return scrolled;
}"""


def test_two_fingers_zoom_and_one_scrolls_the_page(open_app: Open) -> None:
    page = open_app()
    fitted = view_box(page)
    scrolled = page.locator(".rv-viewport").evaluate(PINCH)
    assert [float(number) for number in scrolled.split()] == fitted
    assert view_box(page)[2] == pytest.approx(fitted[2] / 2)
    heard(page, "")


def test_tab_stops_once_and_arrows_walk_over_what_can_be_pressed(open_app: Open) -> None:
    page = open_app()
    assert page.locator(".rv-diagram [tabindex='0']").count() == 1
    page.get_by_role("combobox").focus()
    page.keyboard.press("Tab")
    expect(item(page, "block", 0)).to_be_focused()
    expect(item(page, "block", 0).locator(".rv-frame-focus")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(item(page, "block", 1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(item(page, "shortcut", 1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(item(page, "shortcut", 1)).to_have_attribute("aria-pressed", "true")
    expect(item(page, "shortcut", 1)).to_be_focused()  # in the new drawing
    fitted = view_box(page)
    page.keyboard.press("+")
    assert view_box(page)[2] < fitted[2] * 0.8
    page.keyboard.press("0")
    assert view_box(page) == fitted
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run again")).to_be_focused()


def test_what_can_be_pressed_is_a_button_named_by_the_first_line_of_its_tip(open_app: Open) -> None:
    page = open_app()
    drawing = page.locator(".rv-viewport > svg")
    names = [button.get_attribute("aria-label") for button in drawing.get_by_role("button").all()]
    assert sorted(names) == sorted(f"{what}layer1.{n}" for n in range(4) for what in ("", "Shortcut of "))
    expect(drawing.get_by_role("button", name="Shortcut of layer1.2", pressed=False)).to_have_count(1)
    click_arc(page, 2)
    expect(drawing.get_by_role("button", name="Shortcut of layer1.2", pressed=True)).to_have_count(1)


def test_the_tip_is_text_and_goes_with_escape(open_app: Open) -> None:
    page = open_app()
    item(page, "block", 1).hover()
    tip = page.locator(".rv-tip")
    expect(tip).to_have_class("rv-tip rv-shown")
    expect(tip).to_have_text("layer1.13×3 conv, 16 & <b>")
    expect(tip.locator("b")).to_have_count(0)
    item(page, "block", 1).focus()
    page.keyboard.press("Escape")
    expect(tip).to_have_class("rv-tip")


def test_hovering_is_told_to_the_document_and_heard_from_it(open_app: Open) -> None:
    page = open_app()
    page.evaluate("document.addEventListener('resnet-viz:hover', e => (window.told ??= []).push(e.detail.id))")
    item(page, "block", 1).hover()
    page.mouse.move(0, 0)
    assert page.evaluate("window.told") == ["block:layer1.1", None]
    for told, shown in {
        "block:layer1.3": "block:layer1.3",
        "shortcut:layer1.2": "shortcut:layer1.2",
        "op:layer1.0.conv2": "block:layer1.0",  # not drawn: the block around it
        "sum:layer1.1:2": "block:layer1.1",
    }.items():
        page.evaluate("id => document.dispatchEvent(new CustomEvent('resnet-viz:hover', {detail: {id}}))", told)
        expect(page.locator(".rv-hot")).to_have_attribute("data-id", shown)


def test_an_unchanged_drawing_is_left_alone(open_app: Open) -> None:
    page = open_app()
    page.locator(".rv-viewport > svg").evaluate("svg => svg.dataset.same = 'yes'")
    page.get_by_role("button", name="Run again").click()
    expect(page.locator("#runs")).to_have_text("2")
    expect(page.locator(".rv-viewport > svg")).to_have_attribute("data-same", "yes")


def test_the_theme_follows_without_a_run_of_the_page(open_app: Open) -> None:
    page = open_app()
    fill = "e => getComputedStyle(e).fill"
    assert item(page, "block", 0).locator("rect").evaluate(fill) == "rgb(252, 226, 205)"
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".rv-diagram")).to_have_attribute("data-theme", "dark")
    assert item(page, "block", 0).locator("rect").evaluate(fill) == "rgb(61, 39, 22)"
    expect(page.locator("#runs")).to_have_text("1")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>window.bad=1</script>",
        "<g onclick='window.bad=1'/>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
        "<a href='javascript:window.bad=1'><rect/></a>",
        "<rect style='fill:url(http://192.0.2.1/x)'/>",
        "<g>",
    ],
)
def test_what_is_not_a_drawing_is_refused(open_app: Open, hostile: str) -> None:
    page = open_app(hostile=hostile)
    expect(page.locator(".rv-refused .rv-live")).to_contain_text("cannot be shown")
    expect(page.locator(".rv-viewport svg")).to_have_count(0)


def test_the_height_follows_the_width_and_the_root_size(open_app: Open) -> None:
    page = open_app(blocks=24)  # 1480 × 160: wider than the page
    viewport = page.locator(".rv-viewport")
    box = viewport.bounding_box()
    assert box
    assert box["height"] / box["width"] == pytest.approx(160 / 1480, rel=0.02)
    page.set_viewport_size({"width": 1180, "height": 800})
    page.wait_for_timeout(300)
    narrow = viewport.bounding_box()
    assert narrow
    assert narrow["width"] < box["width"] - 200
    assert narrow["height"] / narrow["width"] == pytest.approx(160 / 1480, rel=0.02)


def test_a_small_drawing_grows_with_the_type_but_not_with_the_page(open_app: Open) -> None:
    page = open_app(blocks=2)  # 160 × 160
    viewport = page.locator(".rv-viewport")
    assert viewport.evaluate("e => e.clientHeight") == 200
    page.add_style_tag(content="html{font-size:20px!important}")
    expect(page.locator(".rv-viewport")).to_have_css("height", "250px")
