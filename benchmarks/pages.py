"""What a visitor waits for, and what the server holds: in Chromium, wall time, medians.

A picture counts as painted when the frame that shows it has been handed over: the first animation frame that finds it
in the document, and the message that comes after that frame. The empty page is `one_chart.py` under the same settings;
both servers have had a visitor before, and every visit is a browser context of its own, so nothing is cached in it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

from playwright.sync_api import Browser, CDPSession, Page

from benchmarks.browser import Server, chromium, serving
from benchmarks.rows import Row, row

APP, EMPTY = "app.py", "benchmarks/one_chart.py"
VIEWPORT, DIAGRAM = ".rv-viewport", ".rv-viewport > svg"
CHART = ".stVegaLiteChart canvas, .stVegaLiteChart svg.marks"
NETWORKS = (  # of the ten visitors
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
    "resnet20", "resnet56", "resnet110", "resnet1202", "plain34",
)  # fmt: skip
VISITS, CLICKS = 9, 11
WHEEL_SECONDS = 2.0
PATIENCE = 60_000  # ms

# In every frame of a new page: has what we wait for appeared, also inside the components' shadow roots?
TOOLS = """
window.found = selector => {
  const hosts = [...document.querySelectorAll('.stBidiComponent *')].filter(element => element.shadowRoot);
  return hosts.map(host => host.shadowRoot.querySelector(selector)).find(Boolean) ?? document.querySelector(selector);
};
window.painted = selector => new Promise(resolve => {
  const look = () => {
    if (!found(selector)) return requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(null);
  };
  requestAnimationFrame(look);
});
addEventListener('pointerup', event => (window.released = event.timeStamp), true);
"""

TOP_OF_ARC = """selector => {
  const path = found(selector), half = path.getPointAtLength(path.getTotalLength() / 2);
  const { x, y } = half.matrixTransform(path.getScreenCTM());
  return [x, y];
}"""

# A notch of the wheel in every animation frame, inwards until nothing is left to zoom, then outwards, and so on; frames
# a second that got a new picture, painted anew or moved. The events are made in the page: through the debugger they
# come slower than frames, and that would be measured.
TURN_WHEEL = """([viewport, svg, seconds]) => new Promise(resolve => {
  const target = found(viewport), box = target.getBoundingClientRect(), start = performance.now();
  const middle = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
  const picture = () => found(svg).getAttribute('viewBox') + found(svg).style.transform;
  let deltaY = -40, changed = 0;
  const turn = () => {
    const before = picture();
    target.dispatchEvent(new WheelEvent('wheel', { ...middle, deltaY, cancelable: true }));
    if (picture() === before) deltaY = -deltaY;
    else changed += 1;
    const passed = (performance.now() - start) / 1000;
    if (passed < seconds) requestAnimationFrame(turn);
    else resolve(changed / passed);
  };
  requestAnimationFrame(turn);
})"""


def run() -> list[Row]:
    """First paint, a cut, the wheel, memory with ten visitors, and that the server holds no torch."""
    with chromium() as browser:
        with serving(APP) as app:
            with serving(EMPTY) as empty:
                rows = first_paint(browser, app, empty)
            rows += cutting(browser, app) + zooming(browser, app)
        with serving(APP) as app:
            return rows + holding(browser, app) + torchless(browser, app)


def first_paint(browser: Browser, app: Server, empty: Server) -> list[Row]:
    """Milliseconds from the request of the default view to its picture, beside a page with one chart."""
    pages = {"diagram": (app.address, DIAGRAM), "chart": (empty.address, CHART)}
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for _visit in range(VISITS + 1):
        for name, (address, selector) in pages.items():
            with _visitor(browser, address) as page:
                taken[name].append(page.evaluate("selector => painted(selector)", selector))
    diagram, chart = (statistics.median(times[1:]) for times in (taken["diagram"], taken["chart"]))
    return [
        row("first paint of the default view over an empty page with one chart", diagram / chart, "times", 2.5),
        row("first paint of the default view", diagram, "ms"),
        row("first paint of an empty page with one chart", chart, "ms"),
    ]


def cutting(browser: Browser, app: Server) -> list[Row]:
    """Milliseconds from the release of the button to the picture that Python has drawn, one shortcut after another."""
    taken = []
    with _visitor(browser, app.address, net="resnet152") as page:
        _settle(page)
        for number in range(1, CLICKS + 2):
            arc = f'[data-id="shortcut:layer3.{number}"]'
            x, y = page.evaluate(TOP_OF_ARC, f"{arc} path:not(.hit)")
            page.evaluate("selector => void (window.waiting = painted(selector))", f'{arc}[aria-pressed="true"]')
            page.mouse.click(x, y)
            taken.append(page.evaluate("async () => await waiting - released"))
            _settle(page)
    return [
        row("resnet152: a click cuts a shortcut, new picture painted", statistics.median(taken[1:]), "ms", 300),
        row("resnet152: the slowest of these clicks", max(taken[1:]), "ms"),
    ]


def zooming(browser: Browser, app: Server) -> list[Row]:
    """New pictures a second while the wheel turns, in the longest drawing of the catalog."""
    with _visitor(browser, app.address, net="resnet1202") as page:
        _settle(page)
        box = page.locator(VIEWPORT).first.bounding_box()
        assert box is not None
        page.mouse.click(
            box["x"] + box["width"] / 2, box["y"] + 4
        )  # the wheel is the page's until the drawing is pressed
        turns = [_turn(page) for _repetition in range(5)]
    rate, busy = (statistics.median(column) for column in zip(*turns, strict=True))
    return [
        row("resnet1202: wheel zoom", rate, "frames/s", 40, at_least=True),
        row("resnet1202: CPU time of the page's main thread for each of these frames", busy, "ms"),
    ]


def _turn(page: Page) -> tuple[float, float]:
    """Frames a second and CPU milliseconds a frame: the second says what the first would be on an idle machine."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _main_thread(debugger)
    rate = page.evaluate(TURN_WHEEL, [VIEWPORT, DIAGRAM, WHEEL_SECONDS])
    busy = _main_thread(debugger) - before
    debugger.detach()
    return rate, 1e3 * busy / (rate * WHEEL_SECONDS)


def _main_thread(debugger: CDPSession) -> float:
    """CPU seconds of all tasks so far."""
    metrics = debugger.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def holding(browser: Browser, app: Server) -> list[Row]:
    """Memory of the server process alone, workers apart, with ten visitors on Architecture, each with a network."""
    before = app.memory()
    with ExitStack() as visitors:
        for name in NETWORKS:
            _settle(visitors.enter_context(_visitor(browser, app.address, net=name)))
        held = app.memory()
    return [
        row("server process with ten visitors on Architecture, ten networks", held, "MB", 250),
        row("server process before its first visitor", before, "MB"),
    ]


def torchless(browser: Browser, app: Server) -> list[Row]:
    """Libraries of torch in the server process after every page was visited and a question asked."""
    for path in ("", "/gradient_flow"):
        with _visitor(browser, app.address + path, net="resnet20", shortcut="B") as page:  # a graph that is not shipped
            page.evaluate("selector => painted(selector)", DIAGRAM)
            if path:
                page.evaluate("selector => painted(selector)", ".rv-chart")
            _settle(page)
    libraries = sum("torch" in path for path in app.mapped())
    return [row("libraries of torch in the server process, after every page and a question", libraries, "", 0)]


@contextmanager
def _visitor(browser: Browser, address: str, **parameters: str) -> Iterator[Page]:
    """A page in a browser context of its own; it is closed at the end."""
    context = browser.new_context(viewport={"width": 1440, "height": 1060})
    context.add_init_script(TOOLS)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/?{urlencode(parameters)}", wait_until="commit")
    yield page
    context.close()


def _settle(page: Page) -> None:
    """Return when the picture is there and Python has nothing more to say."""
    page.evaluate("selector => painted(selector)", DIAGRAM)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(300)


if __name__ == "__main__":
    for measured in run():
        print(measured)
