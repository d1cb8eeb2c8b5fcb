"""The small picture of a network: no words, no fault of geometry, and what is typical of its block can be seen."""

from __future__ import annotations

from collections import Counter

import pytest

from resnet_viz import zoo
from resnet_viz.diagrams import Scene, check, thumbnail
from resnet_viz.diagrams.layout.thumbnail import HEIGHT, WIDTH, telling_block
from resnet_viz.diagrams.scene import Circle, Line, Rect, Text
from resnet_viz.graph import NetworkGraph
from resnet_viz.probes.architecture import graph_of
from tests.graph.toys import JoinedPaths, SummedPaths
from tests.networks import Case, each_network
from tests.toy_networks import TOYS, drawn_toy, toy


def roles(scene: Scene) -> Counter[str]:
    return Counter(item.role for item in scene if isinstance(item, Rect | Line))


def signs(scene: Scene) -> Counter[str]:
    return Counter(item.sign for item in scene if isinstance(item, Circle) and item.sign)


def graph(name: str) -> NetworkGraph:
    return graph_of(zoo.spec(name))


@each_network
def test_it_is_small_and_clean_whatever_the_network(network: Case) -> None:
    scene = thumbnail(network.graph)
    assert check(scene) == []
    assert scene.width <= WIDTH + 2 and scene.height <= HEIGHT + 2
    assert not any(isinstance(item, Text) or item.mark for item in scene)


@pytest.mark.parametrize("name", TOYS)
def test_what_joins_in_a_block_is_seen(name: str) -> None:
    scene = thumbnail(toy(name))
    assert check(scene) == []
    assert bool(signs(scene)) == any(block.junctions for block in toy(name).blocks)


def test_a_residual_block_has_a_blue_arc_a_plain_one_is_slate() -> None:
    residual, plain = roles(thumbnail(graph("resnet20"))), roles(thumbnail(graph("plain20")))
    assert residual["identity-thin"] == 1 and residual["weighted"] == 2 and not residual["unit"]
    assert plain["unit"] == 2 and not plain["identity-thin"] and not plain["weighted"]
    assert signs(thumbnail(graph("resnet20"))) == {"+": 1}


def test_many_equal_paths_are_three_and_dots() -> None:
    for block, convolutions in ((SummedPaths, 9), (JoinedPaths, 7)):
        scene = thumbnail(drawn_toy(block))
        assert check(scene) == []
        assert roles(scene)["weighted"] == convolutions
        assert sum(item.role == "dot" for item in scene) == 3 * (convolutions // 3)


def test_the_block_with_the_most_joins_is_shown_and_not_a_projection() -> None:
    assert telling_block(graph("resnet50").folded).name == "layer1.1"
    assert telling_block(graph("res2net50_26w_4s").folded).name == "layer1.1"


def test_without_blocks_the_layers_stand_in_a_row() -> None:
    bars = [item for item in thumbnail(graph("vgg16")) if isinstance(item, Rect)]
    assert [bar.h for bar in bars] == sorted((bar.h for bar in bars), reverse=True)
    assert len(bars) == 16


def test_equal_networks_have_equal_pictures() -> None:
    assert thumbnail(graph("resnet50")).to_svg() == thumbnail(graph("resnet50")).to_svg()
