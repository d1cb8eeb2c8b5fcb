"""Res2Net: sizes, names, one shortcut a block, and what was published."""

from __future__ import annotations

import pytest

from resnet_viz import zoo
from resnet_viz.probes.architecture import graph_of
from resnet_viz.zoo import catalog
from resnet_viz.zoo.specs import CifarRes2NetSpec, Res2NetSpec
from tests.zoo.helpers import assert_refused, count, on_meta

# Parameters and 10^9 multiply-adds in the table of the authors' code release; the last network is of the paper alone.
IMAGENET = {
    "res2net50_48w_2s": (25_287_304, 4.2),
    "res2net50_26w_4s": (25_699_120, 4.2),
    "res2net50_14w_8s": (25_059_816, 4.2),
    "res2net50_26w_6s": (37_051_448, 6.3),
    "res2net50_26w_8s": (48_403_776, 8.3),
    "res2net101_26w_4s": (45_206_688, 8.1),
    "res2next50": (24_671_464, 4.2),
    "res2net50_18w_4s": (18_095_104, 2.9),
}
# Parameters here, and millions of them in Table 4 of the paper.
CIFAR = {
    "res2next29_6cx24wx4s": (23_705_732, 24.3),
    "res2next29_8cx25wx4s": (32_957_436, 33.8),
    "res2next29_6cx24wx6s": (36_146_180, 36.7),
    "seres2next29_6cx24wx4s": (24_227_540, 26.0),
    "seres2next29_8cx25wx4s": (33_479_244, 34.0),
    "seres2next29_6cx24wx6s": (36_667_988, 36.9),
}

OURS = [v.spec for v in catalog.VARIANTS if isinstance(v.spec, Res2NetSpec | CifarRes2NetSpec)]


# ---- sizes


@pytest.mark.parametrize("name", IMAGENET)
def test_imagenet_networks_have_the_published_size_and_cost(name: str) -> None:
    parameters, billions = IMAGENET[name]
    graph = graph_of(zoo.spec(name))
    assert graph.num_parameters == parameters
    assert abs(graph.macs / 1e9 - billions) < 0.06  # the table cuts 4.26 to 4.2, and rounds the others


@pytest.mark.parametrize("name", CIFAR)
def test_cifar_networks_are_a_little_smaller_than_published(name: str) -> None:
    parameters, millions = CIFAR[name]
    assert count(on_meta(name)) == parameters
    assert (0.93 if name.startswith("se") else 0.97) < parameters / 1e6 / millions < 1


@pytest.mark.parametrize("name", ["res2net50_26w_4s", "res2net50_48w_2s", "res2next50", "res2next29_6cx24wx4s"])
def test_both_wirings_have_the_same_parameters(name: str) -> None:
    assert count(on_meta(name, wiring="paper")) == count(on_meta(name))


def test_squeeze_and_excitation_adds_two_small_convolutions_to_every_block() -> None:
    blocks, channels = (3, 4, 6, 3), (256, 512, 1024, 2048)
    added = sum(n * (2 * c * (c // 16) + c + c // 16) for n, c in zip(blocks, channels, strict=True))
    assert count(on_meta("seres2net50_26w_4s")) - count(on_meta("res2net50_26w_4s")) == added


@pytest.mark.parametrize("scale", range(2, 9))
def test_each_split_but_one_has_a_convolution(scale: int) -> None:
    block = on_meta("res2net50_26w_4s", scale=scale).get_submodule("layer1.1.residual")
    sizes = {key: tuple(value.shape) for key, value in block.state_dict().items() if key.endswith(".weight")}
    splits = {key: shape for key, shape in sizes.items() if key.endswith(".conv.weight")}
    assert sizes["conv1.weight"] == (26 * scale, 256, 1, 1) and sizes["conv3.weight"] == (256, 26 * scale, 1, 1)
    assert list(splits.values()) == [(26, 26, 3, 3)] * (scale - 1)


# ---- shortcuts


@pytest.mark.parametrize("name", [spec.name for spec in OURS])
@pytest.mark.parametrize("wiring", ["paper", "released"])
def test_one_shortcut_a_block_and_none_inside(name: str, wiring: str) -> None:
    spec = zoo.spec(name, wiring=wiring)
    graph = graph_of(spec)
    assert len(graph.shortcuts) == spec.num_shortcuts == sum(spec.stage_blocks)
    kinds = [junction.kind for junction in graph.shortcuts]
    assert kinds.count("projection") == len(spec.stage_blocks) and set(kinds) == {"identity", "projection"}
    assert {junction.op for junction in graph.shortcuts} == {
        graph.folded.block[block.name].ops[-2] for block in graph.blocks
    }  # the sum stands right before the last ReLU
    inside = [junction for junction in graph.junctions if junction.parent is not None]
    assert all(junction.kind == "concat-split" for junction in inside)  # the untouched split, no sum


@pytest.mark.parametrize("scale", [2, 3, 8])
@pytest.mark.parametrize(
    "overrides", [{}, {"squeeze_excitation": True}, {"cardinality": 1}, {"shortcut": "A"}], ids=str
)
@pytest.mark.parametrize("wiring", ["paper", "released"])
def test_no_choice_makes_a_sum_of_the_ladder_a_shortcut(wiring: str, scale: int, overrides: dict[str, object]) -> None:
    graph = graph_of(zoo.spec("res2next29_6cx24wx4s", depth=20, wiring=wiring, scale=scale, **overrides))
    assert len(graph.gate_names) == len(graph.shortcuts) == 6


def test_a_plain_twin_has_no_shortcut_but_all_splits() -> None:
    spec = zoo.spec("res2net50_26w_4s")
    plain = spec.without_shortcuts()
    assert plain is not None and plain.is_plain and plain.num_shortcuts == 0 and plain.with_shortcuts() == spec
    assert not graph_of(plain).shortcuts
    keys, twin = set(on_meta(spec).state_dict()), set(on_meta(plain).state_dict())
    assert twin == {key for key in keys if ".shortcut." not in key}


# ---- names and rules


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Res2Net50-26w-4s", "res2net50_26w_4s"), ("Res2Net-50-26w-4s", "res2net50_26w_4s"),
        ("res2net50 26w4s", "res2net50_26w_4s"), ("SE-Res2Net50_26w_4s", "seres2net50_26w_4s"),
        ("Res2NeXt-50", "res2next50"), ("res2next50_8cx4wx4s", "res2next50"),
        ("Res2NeXt-29 6cx24wx4s", "res2next29_6cx24wx4s"), ("SE-Res2NeXt-29-8cx25wx4s", "seres2next29_8cx25wx4s"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_typed(typed: str, name: str) -> None:
    assert zoo.spec(typed).name == name and zoo.spec(typed) == zoo.spec(name)


@pytest.mark.parametrize(
    ("name", "overrides", "called"),
    [
        ("res2net50_26w_4s", {"scale": 3, "width": 40}, "res2net50_40w_3s"),
        ("res2net50_26w_4s", {"cardinality": 8, "width": 4}, "res2next50"),
        ("res2net50_26w_4s", {"cardinality": 8}, "res2next50_8cx26wx4s"),
        ("res2next50", {"depth": 101, "squeeze_excitation": True}, "seres2next101"),
        ("res2next29_6cx24wx4s", {"cardinality": 1}, "res2net29_24w_4s"),
    ],
)
def test_what_a_name_says_is_no_variation(name: str, overrides: dict[str, object], called: str) -> None:
    spec = zoo.spec(name, **overrides)
    assert (spec.name, spec.overrides()) == (called, {})
    assert zoo.spec(called) == spec


def test_what_a_name_does_not_say_is_a_variation() -> None:
    spec = zoo.spec("res2next29_6cx24wx4s", depth=38, wiring="paper")
    assert spec.label == "res2next29_6cx24wx4s-depth38-wiringpaper"
    assert spec.entry() == zoo.spec("res2next29_6cx24wx4s")


@pytest.mark.parametrize(
    ("name", "overrides", "sentence"),
    [
        (
            "res2net50_26w_4s",
            {"scale": 1},
            "scale of res2net50_26w_4s is 1: allowed are whole numbers from 2 to 8, since one split alone has no other "
            "to be added to",
        ),
        ("res2net50_26w_4s", {"depth": 34}, "depth of res2net50_26w_4s is 34: allowed are 50, 101"),
        ("res2net50_26w_4s", {"width": 0}, "width of res2net50_26w_4s is 0: allowed are whole numbers from 1 to 256"),
        ("res2next50", {"cardinality": 0}, "cardinality of res2next50 is 0: allowed are whole numbers from 1 to 64"),
        ("res2next50", {"wiring": "other"}, "wiring of res2next50 is other: allowed are released, paper"),
        (
            "res2next29_6cx24wx4s",
            {"depth": 28},
            "depth of res2next29_6cx24wx4s is 28: allowed are 9n+2 from 11 to 1199",
        ),
    ],
)
def test_a_bad_value_is_one_sentence(name: str, overrides: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, name, **overrides)


def test_a_name_with_one_split_is_one_sentence_too() -> None:
    with pytest.raises(ValueError, match=r"^scale of res2net50_64w_1s is 1: allowed are whole numbers from 2 to 8"):
        zoo.spec("res2net50_64w_1s")


# ---- what was published


def test_every_dimension_that_the_paper_compares_has_its_errors() -> None:
    errors = {(r.spec.name, r.measured): r.error for r in catalog.RESULTS if r.paper.arxiv == "1904.01169"}
    on_imagenet = {name: error for (name, measured), error in errors.items() if "ImageNet" in measured}
    on_cifar = {name: error for (name, measured), error in errors.items() if "CIFAR-100" in measured}
    assert {*IMAGENET, "resnet50", "seresnet50", "seres2net50_26w_4s"} == set(on_imagenet)
    assert {"resnext29_8x64d", *CIFAR} == set(on_cifar)
    scales = [on_imagenet[f"res2net50_26w_{scale}s"] for scale in (4, 6, 8)]
    assert scales == sorted(scales, reverse=True)
