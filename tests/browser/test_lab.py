"""Shortcut lab in a browser: quick clicks, other visitors, leaving and coming back, and what cannot be cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.test_journey import MEASURED, arc, assert_no_torch, top_of


def cut_of(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("cut", [""])[0].split(",")


def test_ten_quick_clicks_end_in_the_state_of_the_last(page: Page, serve: Callable[[str], str]) -> None:
    address = f"{serve('app.py')}/shortcut_lab?net=resnet20"
    page.goto(address)
    expect(page.get_by_text("The scores change by")).to_be_visible(timeout=MEASURED)
    names = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in (0, 1, 2)]
    places = [top_of(page, name) for name in [*names, "layer2.1"]]  # nine are cut, then one is made whole again
    for x, y in places:
        page.mouse.click(x, y)
        page.wait_for_timeout(60)
    expect(arc(page, "layer2.1")).to_have_attribute("aria-pressed", "false", timeout=MEASURED)
    expect(arc(page, "layer3.2")).to_have_attribute("aria-pressed", "true", timeout=MEASURED)
    page.wait_for_url(lambda url: "layer2.0" in url and "layer2.1" not in url)
    assert cut_of(page) == ["layer1.*", "layer2.0", "layer2.2", "layer3.*"]

    with page.context.browser.new_context() as other:  # type: ignore[union-attr]
        visitor = other.new_page()
        visitor.goto(address)
        expect(visitor.get_by_text("Nothing is changed yet")).to_be_visible(timeout=MEASURED)
        expect(arc(visitor, "layer1.0")).to_have_attribute("aria-pressed", "false")

    page.get_by_role("link", name="Architecture").click()
    expect(page.locator("h2")).to_have_text(re.compile("Architecture"))
    page.get_by_role("link", name="Shortcut lab").click()
    expect(arc(page, "layer3.2")).to_have_attribute("aria-pressed", "true", timeout=MEASURED)
    assert cut_of(page) == ["layer1.*", "layer2.0", "layer2.2", "layer3.*"]
    assert_no_torch(serve("app.py"))


def test_a_click_on_a_block_drops_its_branch(page: Page, serve: Callable[[str], str]) -> None:
    page.goto(f"{serve('app.py')}/shortcut_lab?net=resnet20")
    expect(page.get_by_text("The scores change by")).to_be_visible(timeout=MEASURED)
    page.locator('.st-key-hero [data-id="block:layer2.1"]').first.click()
    page.wait_for_url(lambda url: "drop=layer2.1" in url)


def test_a_network_without_shortcuts_says_what_can_be_done(page: Page, serve: Callable[[str], str]) -> None:
    page.goto(f"{serve('app.py')}/shortcut_lab?net=plain20")
    expect(page.get_by_text("lesions can still take out blocks that keep their shape")).to_be_visible(timeout=MEASURED)
