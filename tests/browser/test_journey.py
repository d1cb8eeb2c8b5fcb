"""The main job from end to end: pick a network, cut shortcuts, see real gradients, share the link, save the picture."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parents[2]
MEASURED = 60_000  # milliseconds until a measurement is there, the start of a worker included

TOP_OF_ARC = """path => {
  const middle = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());
  return [middle.x, middle.y];
}"""


def arc(page: Page, junction: str) -> Locator:
    return page.locator(f'.st-key-hero [data-id="shortcut:{junction}"]').first


def top_of(page: Page, junction: str) -> tuple[float, float]:
    """Where the middle of an arc is on the page."""
    x, y = arc(page, junction).locator("path:not(.hit)").first.evaluate(TOP_OF_ARC)
    return x, y


def cut(page: Page, junction: str) -> None:
    """Click an arc at its top, and wait until the server's drawing says that it is cut."""
    before = page.url
    page.mouse.click(*top_of(page, junction))
    page.wait_for_url(lambda url: url != before)
    expect(arc(page, junction)).to_have_attribute("aria-pressed", "true")


def pick(page: Page, network: str) -> None:
    """Choose a network from the list, which is long: by typing."""
    page.get_by_role("combobox", name="Network").fill(network)
    page.get_by_role("option", name=network, exact=True).click()


def metric(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def sentences(reading: Locator) -> list[str]:
    """What the reading says of each network; the formula is drawn when it comes into view."""
    return re.findall(r".*block to block\.", reading.inner_text())


def saved(page: Page, button: str, place: int = 0) -> bytes:
    """What a button of Export saves, of the view (0) or of the opened block (1)."""
    page.get_by_role("button", name=re.compile("Export|导出")).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).nth(place).click()
    page.keyboard.press("Escape")
    return Path(download.value.path()).read_bytes()


def drawn_by_command(tmp_path: Path, name: str, *words: str) -> bytes:
    """The file of `python -m resnet_viz draw` for the same view."""
    file = tmp_path / name
    command = [sys.executable, "-m", "resnet_viz", "draw", "-o", str(file), *words]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return file.read_bytes()


def server_process(address: str) -> Path:
    """/proc/PID of the server that listens at an address."""
    port = address.rsplit(":", 1)[1]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"--server.port={port}".encode() in words:
            return process
    raise AssertionError(f"no server at {address}")


def assert_no_torch(address: str) -> None:
    if sys.platform == "linux":
        assert "libtorch" not in (server_process(address) / "maps").read_text()


def test_cut_measure_share_and_save(page: Page, serve: Callable[[str], str], tmp_path: Path) -> None:
    address = serve("app.py")
    page.goto(address)
    pick(page, "resnet34")
    expect(metric(page, "Parameters")).to_have_text("21.8 M")
    pick(page, "resnet50")
    expect(metric(page, "Parameters")).to_have_text("25.6 M")

    cut(page, "layer3.1")
    cut(page, "layer3.3")
    expect(metric(page, "Shortcuts on")).to_have_text("14 / 16")
    expect(metric(page, "Paths")).to_have_text("2¹⁴")
    page.locator('[data-id="block:layer3.1"]').first.click()
    expect(page.get_by_text("Selected block")).to_contain_text("layer3.1")

    drawn = ("resnet50", "--cut", "layer3.1,layer3.3")
    assert saved(page, "SVG") == drawn_by_command(tmp_path, "network.svg", *drawn)
    assert saved(page, "PNG") == drawn_by_command(tmp_path, "network.png", *drawn)

    page.get_by_role("link", name="Gradient flow").click()
    reading = page.get_by_test_id("stColumn").filter(has_text="Reading")
    for network in ("resnet50", "cut layer3.1,layer3.3", "plain50"):
        expect(reading).to_contain_text(network, timeout=MEASURED)
    told = sentences(reading)
    assert len(told) == 3

    link = page.url.removeprefix(address)
    assert "cut=layer3.1%2Clayer3.3" in link
    page.goto(serve("./app.py") + link)  # a second server that has never seen a page
    expect(reading).to_contain_text("plain50", timeout=MEASURED)
    assert sentences(reading) == told

    page.goto(f"{address}{link}&lang=zh")
    expect(page.locator("h2")).not_to_contain_text("Gradient", timeout=MEASURED)
    expect(page.locator("html")).to_contain_text("layer3", timeout=MEASURED)
    expect(arc(page, "layer3.1")).to_have_attribute("aria-pressed", "true")
    for number in re.findall(r"\d+\.\d+", " ".join(told)):
        expect(page.locator("[data-testid=stMain]")).to_contain_text(number, timeout=MEASURED)

    assert_no_torch(address)


@pytest.mark.parametrize(("language", "suffixes"), [("en", ["svg", "png"]), ("zh", ["svg"])])
def test_files_of_a_stage_and_a_block_are_those_of_the_command(
    page: Page, serve: Callable[[str], str], tmp_path: Path, language: str, suffixes: list[str]
) -> None:
    page.goto(f"{serve('app.py')}/?net=resnet20&view=stage&stage=2&block=layer2.0&cut=layer2.1&lang={language}")
    expect(arc(page, "layer2.1")).to_have_attribute("aria-pressed", "true", timeout=MEASURED)
    drawn = ("resnet20", "--cut", "layer2.1", "--language", language)
    for suffix in suffixes:
        for place, words in enumerate([("--stage", "2"), ("--block", "layer2.0")]):
            made = drawn_by_command(tmp_path, f"{place}.{suffix}", *drawn, *words)
            assert saved(page, suffix.upper(), place) == made, (suffix, words)
    if language == "zh":
        assert "恒等" in (tmp_path / "0.svg").read_text()


def test_pictures_five_seeds_and_a_network_of_torchvision_bring_no_torch_into_the_server(
    page: Page, serve: Callable[[str], str], tmp_path: Path
) -> None:
    address = serve("app.py")
    page.goto(f"{address}/gradient_flow?net=torchvision:mobilenet_v3_small&size=32&batch=4&seeds=5")
    caption = page.get_by_test_id("stCaptionContainer")
    expect(caption.filter(has_text="seeds 0 to 4")).to_be_visible(timeout=MEASURED)
    Image.radial_gradient("L").convert("RGB").save(tmp_path / "mine.png")
    page.get_by_role("button", name="Pictures").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.png")
    expect(caption.filter(has_text="your pictures")).to_be_visible(timeout=MEASURED)
    assert "images=upload%3A" in page.url
    assert_no_torch(address)


def test_back_undo_and_redo_walk_through_the_views(page: Page, serve: Callable[[str], str]) -> None:
    page.goto(serve("app.py"))
    cut(page, "layer1.1")
    cut(page, "layer2.2")
    expect(metric(page, "Shortcuts on")).to_have_text("14 / 16")
    page.keyboard.press("Alt+z")
    expect(metric(page, "Shortcuts on")).to_have_text("15 / 16")
    page.keyboard.press("Alt+z")
    expect(metric(page, "Shortcuts on")).to_have_text("16 / 16")
    page.keyboard.press("Alt+y")
    expect(metric(page, "Shortcuts on")).to_have_text("15 / 16")
    page.go_back()
    expect(metric(page, "Shortcuts on")).to_have_text("16 / 16")
    page.go_back()
    expect(metric(page, "Shortcuts on")).to_have_text("15 / 16")


def test_quick_clicks_all_count(page: Page, serve: Callable[[str], str]) -> None:
    page.goto(serve("app.py"))
    expect(metric(page, "Shortcuts on")).to_have_text("16 / 16")
    tops = [top_of(page, junction) for junction in ("layer1.1", "layer2.1", "layer3.1", "layer3.4")]
    for top in tops:  # known before: each answer replaces the drawing, and an arc of the old one has no place
        page.mouse.click(*top)
    expect(metric(page, "Shortcuts on")).to_have_text("12 / 16")


@pytest.mark.parametrize("size", [(1440, 1060), (1280, 720)])
@pytest.mark.parametrize(
    "address", ["/", "/?present=true&lang=zh", "/gradient_flow?net=resnet20&size=8", "/shortcut_lab?net=resnet20"]
)
def test_nothing_is_wider_than_the_page(
    page: Page, serve: Callable[[str], str], address: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(serve("app.py") + address)
    expect(page.locator(".rv-diagram").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_family_is_picked_from_the_gallery_and_its_forms_are_laid_side_by_side(
    page: Page, serve: Callable[[str], str], tmp_path: Path
) -> None:
    address = serve("app.py")
    page.goto(f"{address}/?view=families")
    page.locator('[data-id="family:ResNeXt for ImageNet"]').first.click()
    expect(page.get_by_role("combobox", name="Network")).to_have_value("resnext50_32x4d", timeout=MEASURED)
    expect(metric(page, "Parameters")).to_have_text("25 M")
    assert "view=" not in page.url  # the network itself is shown
    page.get_by_test_id("stMain").get_by_role("radio", name="Side by side").click()
    page.wait_for_url(lambda url: "view=compare" in url)
    page.goto(f"{page.url}&by=form")
    expect(page.locator(".st-key-hero svg")).to_contain_text("32 paths", timeout=MEASURED)
    drawn = ("resnext50_32x4d", "--by", "form", "--block", "layer2.1")
    assert saved(page, "SVG") == drawn_by_command(tmp_path, "forms.svg", *drawn)
    assert_no_torch(address)


def test_a_row_of_the_table_opens_its_network(page: Page, serve: Callable[[str], str]) -> None:
    address = serve("app.py")
    page.goto(f"{address}/?view=families")
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible(timeout=MEASURED)
    table.click(position={"x": 60, "y": 60})  # the name in the first row
    page.wait_for_url(lambda url: "net=lenet5" in url)
    expect(metric(page, "Shortcuts on")).to_have_text("0 / 0")
    assert_no_torch(address)
