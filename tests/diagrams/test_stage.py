"""The stage view: rows of blocks, equal ones counted, none hidden that a surgery touches."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import torch

from resnet_viz import text, zoo
from resnet_viz.diagrams import Scene, check, draw
from resnet_viz.diagrams.layout.stage import MAX_WIDTH
from resnet_viz.diagrams.scene import Circle, Line, Rect, Text
from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.surgery.plan import Surgery
from tests.networks import NETWORKS, Case, each_network
from tests.toy_networks import TOYS, toy


def case(name: str) -> NetworkGraph:
    return next(case for case in NETWORKS if case.name == name).graph


@pytest.fixture(scope="module")
def resnet56() -> NetworkGraph:
    return trace(zoo.build("resnet56").eval(), torch.zeros(2, 3, 8, 8), name="resnet56")


def assert_drawn_right(graph: NetworkGraph) -> None:
    for number in range(1, len(graph.stages) + 1):
        scene = draw(graph, "stage", stage=number)
        assert check(scene) == []
        assert scene.width < MAX_WIDTH + 120
        assert_framed_right(graph, scene)
        ElementTree.fromstring(scene.to_svg(interactive=True))


def assert_framed_right(graph: NetworkGraph, scene: Scene) -> None:
    """The area of a block holds its name in the middle, its bars and its sums, and nothing of another block."""
    areas = {item.mark: item.bounds() for item in scene if isinstance(item, Rect) and item.role == "area"}
    parts = [item for item in scene if isinstance(item, Rect | Circle | Text) and item.role != "area" and item.mark]
    for mark, area in areas.items():
        assert mark is not None
        block = graph.folded.block[mark.id.removeprefix("block:")]
        own = {mark.id, *(f"sum:{name}" for name in block.junctions)}
        assert all(area.holds(item.bounds()) for item in parts if item.mark and item.mark.id in own)
        others = [item for item in parts if item.mark in areas and item.mark != mark]
        assert not [item for item in others if area.overlaps(item.bounds())]
        [name] = [item for item in parts if isinstance(item, Text) and item.mono and item.mark == mark]
        assert name.x == pytest.approx(area.centre[0])


@each_network
def test_nothing_overlaps(network: Case) -> None:
    assert_drawn_right(network.graph)


@pytest.mark.parametrize("name", TOYS)
def test_every_structure_of_the_toys_is_drawn(name: str) -> None:
    assert_drawn_right(toy(name))


def blocks(scene: Scene) -> list[str]:
    """Names of the blocks drawn, in order."""
    marks = [item.mark.id for item in scene if isinstance(item, Text) and item.mark and item.mono]
    return [mark.removeprefix("block:") for mark in marks]


def words(scene: Scene) -> list[str]:
    return [item.text for item in scene if isinstance(item, Text)]


def shortcuts(scene: Scene) -> list[str]:
    """Junctions whose shortcut is drawn, each once."""
    ids = [item.mark.id for item in scene if isinstance(item, Line) and item.mark]
    return [mark.removeprefix("shortcut:") for mark in dict.fromkeys(ids)]


def test_a_short_stage_is_drawn_whole() -> None:
    scene = draw(case("torchvision:resnet50"), "stage", stage=2)
    assert blocks(scene) == shortcuts(scene) == [f"layer2.{n}" for n in range(4)]
    assert sum(isinstance(item, Circle) for item in scene) == 4


def test_equal_blocks_in_the_middle_are_counted(resnet56: NetworkGraph) -> None:
    scene = draw(resnet56, "stage", stage=2)
    assert blocks(scene) == ["layer2.0", "layer2.1", "layer2.8"]
    assert {"× 6", "more"} <= set(words(scene))


def test_a_block_that_a_surgery_touches_is_never_hidden(resnet56: NetworkGraph) -> None:
    surgery = Surgery.of(cut=["layer2.4"], drop=["layer2.5"], shortcuts={"layer2.7": 0.5})
    scene = draw(resnet56, "stage", stage=2, surgery=surgery)
    assert {"layer2.4", "layer2.5", "layer2.7"} <= set(blocks(scene))
    assert {"cut", "dropped", "identity × 0.5"} <= set(words(scene))
    assert check(scene) == []


def test_the_counts_add_up_to_the_stage(resnet56: NetworkGraph) -> None:
    for cut in ([], ["layer2.4"], ["layer2.2", "layer2.6"], [f"layer2.{n}" for n in range(9)]):
        scene = draw(resnet56, "stage", stage=2, surgery=Surgery.of(cut=cut))
        hidden = sum(int(word[2:]) for word in words(scene) if word.startswith("× "))
        assert len(blocks(scene)) + hidden == 9


def test_many_blocks_wrap_into_rows_that_are_joined(resnet56: NetworkGraph) -> None:
    scene = draw(resnet56, "stage", stage=1, surgery=Surgery.of(cut=[f"layer1.{n}" for n in range(9)]))
    names = [item for item in scene if isinstance(item, Text) and item.mono and item.mark]
    assert len(names) == 9 and len({item.y for item in names}) > 1
    assert scene.width < MAX_WIDTH + 120
    returns = [item for item in scene if isinstance(item, Line) and len(item.points) == 6]
    assert len(returns) == len({item.y for item in names}) - 1
    assert check(scene) == []


def test_every_kind_of_block_is_seen() -> None:
    """Layers of a dense block differ in their channels only: no kind of their own. A first layer has a projection."""
    scene = draw(case("torchvision:densenet121"), "stage", stage=3)
    assert len(blocks(scene)) == 3 and "× 21" in words(scene)


def test_pressing_a_block_opens_it_and_pressing_a_shortcut_cuts_it() -> None:
    scene = draw(case("torchvision:resnet50"), "stage", stage=2)
    actions = {item.mark.id: item.mark.action for item in scene if item.mark and item.mark.action}
    wanted = {f"block:layer2.{n}": "select" for n in range(4)} | {f"shortcut:layer2.{n}": "toggle" for n in range(4)}
    assert actions == wanted


def test_a_lone_projection_lies_on_its_line() -> None:
    scene = draw(case("torchvision:resnet50"), "stage", stage=2)
    [chip] = [item for item in scene if isinstance(item, Rect) and item.role == "projection"]
    assert chip.w > chip.h
    pieces = [item for item in scene if isinstance(item, Line) and item.role == "projection"]
    ends = sorted(point for piece in pieces for point in (piece.points[0], piece.points[-1]))
    assert (chip.x, chip.y + chip.h / 2) in ends and (chip.x + chip.w, chip.y + chip.h / 2) in ends


def test_parallel_branches_are_rows_of_their_own() -> None:
    graph = case("timm:hrnet_w18_small")
    number = next(n for n, stage in enumerate(graph.stages, 1) if stage.name == "stage3")
    names = [i for i in draw(graph, "stage", stage=number) if isinstance(i, Text) and i.mono and i.mark]
    rows = {item.y for item in names}
    assert len(rows) == 3
    branch = {item.text.split(".branches.")[1][0]: item.y for item in names}
    assert len(branch) == 3


def test_what_lies_between_two_blocks_is_drawn() -> None:
    scene = draw(case("timm:dla34"), "stage", stage=3)
    units = [item for item in scene if isinstance(item, Rect) and item.mark and item.mark.id.startswith("unit:")]
    assert len(units) == 1


def test_chinese_labels_overlap_nothing(resnet56: NetworkGraph) -> None:
    with text.speaking("zh"):
        for graph in (resnet56, case("torchvision:resnet50"), case("timm:ghostnet_100")):
            assert_drawn_right(graph)
