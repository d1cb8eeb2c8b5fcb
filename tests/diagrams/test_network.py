"""The network view: every shortcut ends on its own sum, nothing overlaps, and rows are no wider than a page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import pytest
import torch

from resnet_viz import zoo
from resnet_viz.diagrams.check import check
from resnet_viz.diagrams.layout.network import network_scene
from resnet_viz.diagrams.layout.network_arrange import best_breaks
from resnet_viz.diagrams.scene import Circle, Curve, Line, Point, Rect, Scene, Text
from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.surgery.plan import Surgery
from tests.networks import NETWORKS, Case, each_network
from tests.toy_networks import TOYS, toy

PAGE, POSTER = 1400, 2250  # pixels; a poster is for parallel branches


@cache
def resnet(name: str) -> NetworkGraph:
    """Its graph; no numbers are needed, so none are made."""
    with torch.device("meta"):
        return trace(zoo.build(name).eval(), torch.zeros(2, 3, 32, 32), name=name)


def strokes(scene: Scene, mark: str) -> list[Line | Curve]:
    return [item for item in scene if isinstance(item, Line | Curve) and item.mark and item.mark.id == mark]


def circle(scene: Scene, mark: str) -> Circle:
    (found,) = [item for item in scene if isinstance(item, Circle) and item.mark and item.mark.id == mark]
    return found


def words(scene: Scene) -> set[str]:
    return {item.text for item in scene if isinstance(item, Text)}


def assert_drawn_right(graph: NetworkGraph, scene: Scene) -> None:
    assert check(scene) == []
    for junction in graph.junctions:
        if junction.parent is not None or junction.kind == "context":
            continue
        total = circle(scene, f"sum:{junction.name}")
        assert total.sign == ("+" if junction.is_additive else "‖")
        x, y = strokes(scene, f"shortcut:{junction.name}")[-1].points[-1]
        assert abs(math.hypot(x - total.x, y - total.y) - total.r) < 3.6, junction.name
    assert {f"block:{block.name}" for block in graph.blocks} == {
        item.mark.id for item in scene if isinstance(item, Rect) and item.mark and item.mark.id.startswith("block:")
    }


@each_network
def test_every_shortcut_ends_on_its_own_sum_and_nothing_overlaps(network: Case) -> None:
    scene = network_scene(network.graph)
    assert_drawn_right(network.graph, scene)
    assert scene.width <= (POSTER if network.graph.folded.parallel else PAGE)


@pytest.mark.parametrize("name", TOYS)
def test_small_networks_are_drawn_right(name: str) -> None:
    assert_drawn_right(toy(name), network_scene(toy(name)))


@pytest.mark.parametrize("name", ["resnet20", "plain20", "resnet18", "resnet152"])
def test_networks_of_the_catalog_are_drawn_right(name: str) -> None:
    graph = resnet(name)
    assert_drawn_right(graph, network_scene(graph))


def on_line(point: Point, lines: Iterator[Line]) -> bool:
    x, y = point
    return any(
        min(a[0], b[0]) - 0.6 <= x <= max(a[0], b[0]) + 0.6 and min(a[1], b[1]) - 0.6 <= y <= max(a[1], b[1]) + 0.6
        for line in lines
        for a, b in zip(line.points, line.points[1:], strict=False)
    )


@pytest.mark.parametrize("name", ["resnet18", "resnet152"])
def test_every_shortcut_leaves_the_main_line(name: str) -> None:
    graph = resnet(name)
    scene = network_scene(graph)
    main = [item for item in scene if isinstance(item, Line) and item.role == "flow"]
    rims = [item for item in scene if isinstance(item, Circle)]
    for junction in graph.shortcuts:
        start = strokes(scene, f"shortcut:{junction.name}")[0].points[0]
        on_rim = any(abs(math.hypot(start[0] - c.x, start[1] - c.y) - c.r) < 0.6 for c in rims)
        assert on_rim or on_line(start, iter(main)), junction.name


def test_a_shortcut_is_never_drawn_on_the_main_line() -> None:
    scene = network_scene(resnet("resnet18"))
    for item in scene:
        if isinstance(item, Line) and item.mark and item.mark.id.startswith("shortcut:"):
            heights = [y for _, y in item.points]
            assert heights[0] - min(heights) > 20


def test_surgery_shows_in_lines_bars_and_legend() -> None:
    graph = resnet("resnet18")
    surgery = Surgery.of(cut=["layer1.0"], drop=["layer2.1"], shortcuts={"layer3.1": 0.5})
    scene = network_scene(graph, surgery)
    assert check(scene) == []
    (cut,) = strokes(scene, "shortcut:layer1.0")
    (scaled,) = strokes(scene, "shortcut:layer3.1")
    (whole,) = strokes(scene, "shortcut:layer4.1")
    assert (cut.role, scaled.role, whole.role) == ("cut", "identity-thin", "identity")
    assert cut.mark and cut.mark.pressed is True and whole.mark and whole.mark.pressed is False
    bars = {i.mark.id: i.role for i in scene if isinstance(i, Rect) and i.mark and i.mark.id.startswith("block:")}
    assert bars["block:layer1.0"].startswith("plain") and bars["block:layer2.1"] == "dropped"
    assert bars["block:layer1.1"].startswith("residual")
    assert {"cut shortcut", "dropped branch", "× 0.5"} <= words(scene)


def test_the_legend_explains_what_is_there_and_no_more() -> None:
    kinds = {"identity shortcut", "projection shortcut", "resized shortcut", "gated shortcut", "cut shortcut"}
    assert words(network_scene(resnet("resnet18"))) & kinds == {"identity shortcut", "projection shortcut"}
    assert words(network_scene(resnet("resnet20"))) & kinds == {"identity shortcut", "resized shortcut"}
    assert words(network_scene(toy("highway"))) & kinds == {"gated shortcut"}
    assert words(network_scene(resnet("plain20"))) & kinds == set()


def test_the_legend_explains_bars_that_lost_their_shortcut() -> None:
    kinds = {"residual branch", "block without a shortcut", "block", "cut shortcut"}
    graph = resnet("resnet20")
    every = [junction.name for junction in graph.shortcuts]
    legend = {len(cut): words(network_scene(graph, Surgery.of(cut=cut))) & kinds for cut in ([], every[:1], every)}
    assert legend[0] == {"residual branch"}
    assert legend[1] == {"residual branch", "block without a shortcut", "cut shortcut"}
    assert legend[len(every)] == {"block without a shortcut", "cut shortcut"}
    assert words(network_scene(resnet("plain20"))) & kinds == {"block"}


def test_stages_are_named_as_the_model_names_them() -> None:
    said = words(network_scene(resnet("resnet18")))
    assert {"layer1", "layer2", "layer3", "layer4", "× 2", "FC 512 → 1000"} <= said


def test_equal_networks_give_equal_bytes() -> None:
    first, second = network_scene(resnet("resnet20")).to_svg(), network_scene(resnet("resnet20")).to_svg()
    assert first == second


def test_a_long_shortcut_passes_above_the_blocks_it_spans() -> None:
    scene = network_scene(toy("super-resolution"))
    graph = toy("super-resolution")
    (long,) = [j for j in graph.shortcuts if j.parent is None]
    (arc,) = strokes(scene, f"shortcut:{long.name}")
    blocks = [item for item in scene if isinstance(item, Rect) and item.mark and item.mark.id.startswith("block:")]
    assert min(y for _, y in arc.points) < min(block.y for block in blocks)
    assert arc.points[0][0] < min(b.x for b in blocks) and arc.points[-1][0] > max(b.x for b in blocks)


def test_branches_of_equal_resolution_lie_in_lanes_of_their_own() -> None:
    scene = network_scene(toy("two-streams"))
    tops = {item.mark.id: item.y for item in scene if isinstance(item, Rect) and item.mark}
    assert len({tops[f"block:one.{n}"] for n in range(3)}) == 1
    assert tops["block:one.0"] != tops["block:other.0"] == tops["block:other.1"]


def test_rows_break_where_the_widest_row_is_narrowest() -> None:
    assert best_breaks([30, 30, 30, 90], 2, [0.0] * 5) == [3]
    assert best_breaks([30, 30, 30, 90], 2, [0.0, 0.0, 0.0, 500.0, 0.0]) == [2]  # a long line would be broken


def test_a_long_network_goes_on_in_a_second_row() -> None:
    (case,) = [case for case in NETWORKS if case.name == "torchvision:densenet121"]
    scene = network_scene(case.graph)
    middles = {round(item.y + item.h / 2) for item in scene if isinstance(item, Rect) and item.role == "unit"}
    assert len(middles) == 2


@pytest.mark.parametrize(("name", "kilobytes"), [("resnet50", 25), ("resnet152", 60)])
def test_the_page_s_markup_stays_small(name: str, kilobytes: int) -> None:
    assert len(network_scene(resnet(name)).to_svg(interactive=True).encode()) <= 1000 * kilobytes


def test_a_network_of_1202_layers_is_drawn_whole() -> None:
    graph = resnet("resnet1202")
    scene = network_scene(graph)
    assert_drawn_right(graph, scene)
    assert len(scene.to_svg(interactive=True).encode()) <= 450_000
