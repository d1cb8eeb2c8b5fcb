"""Every network of the catalog is drawn at three levels, and nothing overlaps."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest

from resnet_viz import zoo
from resnet_viz.diagrams import Scene, check, draw, thumbnail
from resnet_viz.diagrams.scene import Circle, Line, Rect, Text
from resnet_viz.graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery
from resnet_viz.theme import THEMES
from resnet_viz.zoo import NetworkSpec
from tests.catalog_networks import each_network, graph


def different_blocks(found: NetworkGraph) -> list[str]:
    """The name of the first block of every kind."""
    return [block.name for block in {block.signature: block for block in reversed(found.blocks)}.values()]


def assert_readable(scene: Scene) -> None:
    assert check(scene) == []
    for theme in THEMES:
        ElementTree.fromstring(scene.to_svg(theme, interactive=True))


@each_network
def test_the_network_and_its_small_picture_are_readable(spec: NetworkSpec) -> None:
    assert_readable(draw(graph(spec)))
    assert_readable(thumbnail(graph(spec)))


@each_network
def test_every_stage_is_readable(spec: NetworkSpec) -> None:
    for number in range(1, len(graph(spec).stages) + 1):
        assert_readable(draw(graph(spec), "stage", stage=number))


@each_network
def test_every_block_is_readable_also_when_it_is_cut(spec: NetworkSpec) -> None:
    cut = Surgery.of(cut=[junction.name for junction in graph(spec).shortcuts])
    for name in different_blocks(graph(spec)):
        for surgery in (Surgery(), cut):
            assert_readable(draw(graph(spec), "block", block=name, surgery=surgery))


# ---- what is typical of a family can be seen


def block(name: str, path: str, **choices: object) -> Scene:
    return draw(graph(zoo.spec(name, **choices)), "block", block=path)


def labels(scene: Scene) -> list[str]:
    return [item.text for item in scene if isinstance(item, Text)]


def circles(scene: Scene, sign: str) -> list[Circle]:
    return [item for item in scene if isinstance(item, Circle) and item.sign == sign]


def test_of_32_paths_three_are_drawn_and_the_number_is_written() -> None:
    scene = block("resnext50_32x4d", "layer1.1", form="sum")
    assert labels(scene).count("3×3 conv, 4") == 3 and "32 paths" in labels(scene)
    assert len(circles(scene, "+")) == 2
    assert "32 paths" in scene.description
    scene = block("resnext50_32x4d", "layer1.1", form="concat")
    assert labels(scene).count("3×3 conv, 4") == 3 and "32 paths" in labels(scene)
    assert len(circles(scene, "+")) == 1


@pytest.mark.parametrize("cardinality", [2, 3, 4, 5])
def test_up_to_four_paths_are_all_drawn(cardinality: int) -> None:
    scene = block("resnext50_32x4d", "layer1.1", form="sum", cardinality=cardinality)
    assert labels(scene).count("3×3 conv, 4") == (cardinality if cardinality < 5 else 3)
    assert ("5 paths" in labels(scene)) == (cardinality == 5)


def test_what_is_not_drawn_says_so_in_its_tip() -> None:
    scene = block("resnext50_32x4d", "layer1.1", form="sum")
    tips = {item.mark.tip for item in scene if item.mark and item.mark.tip.startswith("like these")}
    assert any("3×3 conv, 4" in tip and "layer1.1.residual.paths.2" in tip for tip in tips) and len(tips) == 3


def test_a_gated_block_has_two_products_and_its_gate_is_green() -> None:
    scene = block("highway20", "layer1.0")
    assert len(circles(scene, "×")) == 2 and len(circles(scene, "+")) == 1
    assert {"σ", "1 − g", "gated"} <= set(labels(scene))
    gates = [item for item in scene if isinstance(item, Line) and item.role == "gate"]
    middle = circles(scene, "+")[0].x
    assert all(x >= middle for line in gates for x, _y in line.points)  # nothing crosses the main line


def test_a_gate_and_its_complement_differ_at_the_stage_level() -> None:
    scene = draw(graph(zoo.spec("highway20")), "stage", stage=1)
    assert labels(scene).count("1 − g") == labels(scene).count("3×3 conv, 16") / 2


@pytest.mark.parametrize(
    ("name", "label"), [("rezero_resnet110", "× α"), ("skipinit_resnet110", "× α"), ("beta_resnet110", "× 0.1")]
)
def test_the_factor_of_a_branch_is_named(name: str, label: str) -> None:
    assert label in labels(block(name, "layer1.0", depth=8))


def test_a_norm_that_only_subtracts_says_so() -> None:
    assert "mean-only BN" in labels(block("mlp_residual_mean_bn", "layers.0"))


def test_the_channels_that_a_partial_shortcut_meets_are_counted() -> None:
    assert {"first 50 channels", "last 11 channels"} <= set(labels(block("rexnet_100", "layer3.1")))


def test_full_pre_activation_stands_before_every_convolution() -> None:
    for path in ("layer1.1", "layer2.0"):
        scene = block("preact_resnet110", path, depth=14)
        words = ("BN", "ReLU", "3×3 conv, 16", "3×3 conv, 32", "3×3 conv, 32, /2")
        inner = [item for item in scene if isinstance(item, Text) and item.text in words]
        order = [item.text.partition(",")[0] for item in sorted(inner, key=lambda item: item.y)]
        assert order == ["BN", "ReLU", "3×3 conv"] * 2


def test_the_waterfall_says_how_its_convolutions_are_dilated() -> None:
    dilated = [text for text in labels(block("unipose_resnet50", "wasp")) if "d=" in text]
    assert len(dilated) == len(set(dilated)) >= 3


def test_high_blocks_that_are_equal_are_drawn_once_and_counted() -> None:
    scene = draw(graph(zoo.spec("res2net50_26w_8s")), "stage", stage=2)
    assert labels(scene).count("3×3 conv, 52") == 7 and {"× 2", "more"} <= set(labels(scene))
    assert scene.height < 900


def test_a_module_that_is_called_again_is_marked() -> None:
    assert labels(block("unipose_resnet50", "wasp")).count("1×1 conv, 256, shared") == 8


def test_the_main_line_of_a_decoder_is_what_came_last() -> None:
    scene = draw(graph(zoo.spec("unipose_resnet50")), "stage", stage=6)
    assert {"x₂", "256", "23×23"} <= set(labels(scene)) and "92×92" not in labels(scene)


@pytest.mark.parametrize(("name", "number"), [("ho_resnet26_rk4", 4), ("ho_resnet20_rk3", 3), ("ho_resnet20_heun3", 3)])
def test_every_shortcut_of_a_step_is_blue_also_where_x_is_padded(name: str, number: int) -> None:
    scene = block(name, "layer2.0")
    arrivals = [item for item in scene if isinstance(item, Line) and item.role == "projection"]
    assert len(arrivals) == 1 + number  # to the padding, and from it into the sums


def test_of_a_line_that_shortcuts_share_only_the_piece_of_the_cut_one_is_dotted() -> None:
    found = graph(zoo.spec("ho_resnet26_rk4"))
    inner = [f"layer2.0:{n}" for n in (2, 3, 4)]
    every = [*inner, "layer2.0"]
    for view in ("block", "stage"):
        roles: dict[int, Counter[str]] = {}
        for cut in (inner[:2], every):
            scene = draw(found, view, stage=2, block="layer2.0", surgery=Surgery.of(cut=cut))
            assert check(scene) == []
            roles[len(cut)] = Counter(item.role for item in scene if isinstance(item, Line | Rect))
        assert roles[2]["cut"] == 2 and roles[2]["projection"] == 3 + 1  # the trunk, two arrivals, the box
        assert roles[4]["cut"] == 5 and not roles[4]["projection"] and roles[4]["dropped"]


def test_a_line_that_shortcuts_share_names_them_and_cuts_none() -> None:
    scene = block("ho_resnet26_rk4", "layer2.0")
    trunk = min((i for i in scene if isinstance(i, Line) and i.role == "projection"), key=lambda i: i.points[-1][1])
    assert trunk.mark is not None and trunk.mark.action is None
    assert "layer2.0, layer2.0:2" in trunk.mark.tip


def test_the_network_says_what_is_cut_inside_a_block() -> None:
    found = graph(zoo.spec("ho_resnet26_rk4"))
    for surgery, words, role in (
        (Surgery.of(cut=["layer2.0:2", "layer2.0:3"]), "2 cut inside: layer2.0:2, layer2.0:3", "cut"),
        (Surgery.of(drop=["layer1.0:2"]), "1 dropped inside: layer1.0:2", "dropped"),
        (Surgery.of(shortcuts={"layer3.0:4": 0.5}), "1 scaled inside: layer3.0:4 × 0.5", "dropped"),
    ):
        scene = draw(found, surgery=surgery)
        assert check(scene) == []
        (name,) = {junction.partition(":")[0] for junction in surgery.names()}
        marked = [item for item in scene if item.mark is not None and words in item.mark.tip]
        assert {item.mark.id for item in marked if item.mark} == {f"block:{name}"}
        assert [item.role for item in marked if isinstance(item, Line)] == [role]
        assert [item.text for item in marked if isinstance(item, Text)] == [str(len(surgery.names()))]
        assert any("inside the block" in text for text in labels(scene))
    assert not any("inside the block" in text for text in labels(draw(found)))


def test_a_narrow_bar_has_a_line_where_something_in_it_is_cut() -> None:
    found = graph(zoo.spec("ho_resnet26_rk4", depth=506))  # 63 blocks, in rows of twenty
    scene = draw(found, surgery=Surgery.of(cut=["layer2.3:2", "layer2.3:3"]))
    assert check(scene) == []
    marked = [i for i in scene if isinstance(i, Line | Text) and i.mark is not None and i.mark.id == "block:layer2.3"]
    assert [item.role for item in marked] == ["cut-thin"]
    assert marked[0].mark is not None and "2 cut inside: layer2.3:2, layer2.3:3" in marked[0].mark.tip


def test_a_shape_stands_on_the_outer_side_of_the_shortcut_that_it_belongs_to() -> None:
    scene = block("wrn_16_8", "layer2.0")
    (projection,) = [item for item in scene if isinstance(item, Rect) and item.role == "projection"]
    shapes = [item for item in scene if isinstance(item, Text) and item.text == "256 × 16 × 16"]
    beside = [item for item in shapes if 0 < item.y - projection.y - projection.h < 30 and item.anchor == "start"]
    assert [item.x > projection.bounds().centre[0] for item in beside] == [True]


def test_a_network_that_all_but_fits_a_row_is_not_broken_into_a_short_and_a_long_one() -> None:
    scene = draw(graph(zoo.spec("unipose_resnet101")))
    assert scene.height < 400 and scene.width < 1300  # one row


def test_a_plain_block_has_no_orange() -> None:
    scene = block("plain20", "layer1.0")
    assert not any(isinstance(item, Rect) and item.role == "weighted" for item in scene)
