"""The block view: every operation once, no fault of geometry, and what surgery does is seen."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

import pytest
from torch import nn

from resnet_viz import text
from resnet_viz.diagrams import Scene, check, draw
from resnet_viz.diagrams.layout.block_contract import contract
from resnet_viz.diagrams.layout.block_roles import boxes_with_roles
from resnet_viz.diagrams.scene import Circle, Line, Rect, Text
from resnet_viz.graph import NetworkGraph
from resnet_viz.graph.fold_values import Block
from resnet_viz.surgery.plan import Surgery
from tests.graph.toys import JoinedPaths, SummedPaths, SummedWithShortcut
from tests.networks import NETWORKS, Case, each_network
from tests.toy_networks import TOYS, drawn_toy, toy


def case(name: str) -> NetworkGraph:
    return next(case for case in NETWORKS if case.name == name).graph


def different_blocks(graph: NetworkGraph) -> list[Block]:
    """The first block of every kind."""
    return list({block.signature: block for block in reversed(graph.blocks)}.values())


def drawn_ops(scene: Scene) -> Counter[int]:
    """How many rectangles and circles stand for each operation."""
    marks = [item.mark.id for item in scene if isinstance(item, Rect | Circle) and item.mark]
    return Counter(int(op) for mark in marks if mark.startswith("op:") for op in mark[3:].split("+"))


def assert_drawn_right(graph: NetworkGraph, block: Block) -> None:
    scene = draw(graph, "block", block=block.name)
    assert check(scene) == []
    ElementTree.fromstring(scene.to_svg(interactive=True))
    folded, count = graph.folded, drawn_ops(scene)
    circles = Counter(item.mark.id for item in scene if isinstance(item, Circle) and item.mark)
    for op, junction in boxes_with_roles(folded, block.ops, block.output).sums.items():
        count[op] += circles[f"sum:{junction.name}"]  # none where a concatenation of three is a bar
    for op in block.ops:
        if folded.words[op].role != "part":  # a part is the line that leaves its split
            assert count[op] == 1, (block.name, folded.words[op].label)
    for name in block.junctions:
        assert any(isinstance(i, Line) and i.mark and i.mark.id == f"shortcut:{name}" for i in scene), name
        assert circles[f"sum:{name}"] == 1 or not graph.junction[name].is_additive


@each_network
def test_every_operation_is_drawn_once_and_nothing_overlaps(network: Case) -> None:
    for block in different_blocks(network.graph):
        assert_drawn_right(network.graph, block)


@pytest.mark.parametrize("name", TOYS)
def test_every_structure_of_the_toys_is_drawn(name: str) -> None:
    for block in toy(name).blocks:
        assert_drawn_right(toy(name), block)


@pytest.mark.parametrize("toy", [SummedPaths, JoinedPaths, SummedWithShortcut])
@pytest.mark.parametrize("paths", [2, 3, 4, 5, 32])
def test_equal_paths_are_drawn_or_counted_at_every_level(toy: type[nn.Module], paths: int) -> None:
    graph = drawn_toy(toy, paths)
    for block in graph.blocks:
        assert_drawn_right(graph, block)
    scene = draw(graph, "block")
    shown = paths if paths < 5 else 3
    assert labels(scene).count("3×3 conv, 4") == shown
    assert (f"{paths} paths" in labels(scene)) == (shown < paths)
    stage = draw(graph, "stage", stage=1)
    assert check(stage) == [] and labels(stage).count("3×3 conv, 4") == shown * len(graph.stages[0].blocks)


def test_equal_paths_stand_at_equal_heights_and_meet_in_one_circle() -> None:
    scene = draw(drawn_toy(SummedPaths, 4), "block")
    convolutions = [item for item in scene if isinstance(item, Text) and item.text == "3×3 conv, 4"]
    assert len({item.y for item in convolutions}) == 1
    assert len([item for item in scene if isinstance(item, Circle)]) == 2


def test_a_dropped_branch_of_many_paths_is_hollow() -> None:
    graph = drawn_toy(SummedPaths, 32)
    scene = draw(graph, "block", surgery=Surgery.of(drop=graph.blocks[0].junctions))
    assert check(scene) == [] and not roles(scene)["weighted"] and roles(scene)["identity"] == 1


@pytest.mark.parametrize("name", ["torchvision:resnet50", "timm:res2net50_26w_4s", "timm:ghostnet_100"])
def test_chinese_labels_overlap_nothing(name: str) -> None:
    with text.speaking("zh"):
        for block in different_blocks(case(name)):
            assert check(draw(case(name), "block", block=block.name)) == []


def labels(scene: Scene) -> list[str]:
    """All texts from top to bottom."""
    return [item.text for item in sorted((i for i in scene if isinstance(i, Text)), key=lambda t: (t.y, t.x))]


def test_a_bottleneck_reads_as_in_the_paper() -> None:
    scene = draw(case("torchvision:resnet50"), "block", block="layer2.1")
    assert labels(scene) == [
        *("512 × 28 × 28", "x", "1×1 conv, 128", "BN", "ReLU", "128 × 28 × 28"),
        *("3×3 conv, 128", "identity", "BN", "ReLU", "1×1 conv, 512", "BN", "512 × 28 × 28", "ReLU"),
        *("512 × 28 × 28", "y"),
    ]


def roles(scene: Scene) -> Counter[str]:
    return Counter(item.role for item in scene if isinstance(item, Rect | Line))


def test_a_projection_is_dashed_and_an_identity_is_not() -> None:
    graph = case("torchvision:resnet50")
    first, second = (roles(draw(graph, "block", block=f"layer2.{n}")) for n in (0, 1))
    assert first["projection"] > 1 and not first["identity"]
    assert second["identity"] == 1 and not second["projection"]


def test_a_cut_shortcut_is_dotted_and_its_projection_hollow() -> None:
    graph = case("torchvision:resnet50")
    scene = draw(graph, "block", block="layer2.0", surgery=Surgery.of(cut=["layer2.0"]))
    assert roles(scene)["cut"] == 2 and roles(scene)["dropped"] == 2 and not roles(scene)["projection"]
    assert "cut" in labels(scene)
    assert check(scene) == []
    assert {item.mark.pressed for item in scene if isinstance(item, Line) and item.mark} == {True}


def test_a_dropped_branch_is_hollow_and_its_shortcut_stays() -> None:
    graph = case("torchvision:resnet50")
    scene = draw(graph, "block", block="layer2.1", surgery=Surgery.of(drop=["layer2.1"]))
    assert roles(scene)["dropped"] == 8 + 4  # eight boxes of the branch, four lines
    assert not roles(scene)["weighted"] and roles(scene)["identity"] == 1 and roles(scene)["activation"] == 1
    assert "dropped" in labels(scene)
    assert check(scene) == []


def test_factors_are_written_beside_their_lines() -> None:
    graph = case("torchvision:resnet50")
    surgery = Surgery.of(shortcuts={"layer2.1": 0.5}, branches={"layer2.1": -2})
    scene = draw(graph, "block", block="layer2.1", surgery=surgery)
    assert {"identity × 0.5", "× −2"} <= set(labels(scene))
    assert check(scene) == []


def test_a_plain_block_is_slate() -> None:
    scene = draw(toy("u-net"), "block", block=next(b.name for b in toy("u-net").blocks if not b.junctions))
    assert not roles(scene)["weighted"] and roles(scene)["unit"]


def test_squeeze_and_excitation_is_green_on_the_side_without_the_shortcut() -> None:
    scene = draw(case("timm:ghostnet_100"), "block", block="blocks.4.0")
    gates = [item for item in scene if isinstance(item, Rect) and item.role == "gate"]
    heads = [item for item in scene if isinstance(item, Rect) and item.role == "weighted"]
    shortcut = next(item for item in scene if isinstance(item, Line) and item.role == "identity")
    assert len(gates) == 3
    assert max(gate.x + gate.w / 2 for gate in gates) < min(head.x + head.w / 2 for head in heads)
    assert max(x for x, _y in shortcut.points) > max(head.x + head.w for head in heads)


def test_res2net_parts_have_lanes_in_order_and_the_untouched_one_is_blue() -> None:
    scene = draw(case("timm:res2net50_26w_4s"), "block", block="layer1.1")
    convolutions = [i for i in scene if isinstance(i, Text) and i.text == "3×3 conv, 26"]
    assert [c.x for c in convolutions] == sorted(c.x for c in convolutions)
    assert [c.y for c in convolutions] == sorted(c.y for c in convolutions)
    untouched = [i for i in scene if isinstance(i, Line) and i.role == "identity" and i.mark is None]
    assert len(untouched) == 1 and untouched[0].points[0][0] > convolutions[-1].x


def test_the_description_says_what_the_block_does() -> None:
    scene = draw(case("torchvision:resnet50"), "block", block="layer2.0")
    assert "256 × 56 × 56" in scene.description and "3×3 conv, 128, /2" in scene.description
    assert scene.title == "torchvision:resnet50: block layer2.0"


def test_tips_hold_module_shape_and_costs() -> None:
    scene = draw(case("torchvision:resnet50"), "block", block="layer2.1")
    tips = [item.mark.tip for item in scene if isinstance(item, Rect) and item.mark and item.role == "weighted"]
    assert tips[1].split("\n") == [
        "3×3 conv, 128",
        "layer2.1.conv2",
        "128 × 28 × 28",
        f"{128 * 128 * 9 / 1000:.0f} k parameters · {128 * 128 * 9 * 28 * 28 / 1e6:.0f} M multiply-adds",
    ]


def test_equal_blocks_have_equal_drawings() -> None:
    def anonymous(block: str) -> str:
        drawn = draw(case("torchvision:resnet50"), "block", block=block).to_svg()
        return re.sub(r"layer\d\.\d", "", drawn)

    assert anonymous("layer3.1") == anonymous("layer3.4")


@each_network
def test_contraction_keeps_every_sum_and_every_weighted_head(network: Case) -> None:
    folded = network.graph.folded
    for block in different_blocks(network.graph):
        whole = boxes_with_roles(folded, block.ops, block.output)
        sums, heads = (
            set(whole.sums),
            {k for k, b in whole.boxes.items() if any(folded.words[o].weighted for o in b.ops)},
        )
        contracted = contract(whole)
        chips = {box.key for boxes in contracted.chips.values() for box in boxes}
        assert sums | heads <= set(contracted.found.boxes) | chips
