"""The catalog is a table; what it says must agree with the specifications and be findable by name."""

from __future__ import annotations

import pytest

from resnet_viz import zoo
from resnet_viz.graph.shipped import facts
from resnet_viz.zoo import catalog
from tests.zoo.helpers import assert_refused

V1 = [v.spec for v in catalog.VARIANTS if isinstance(v.spec, zoo.ResNetSpec | zoo.CifarResNetSpec)]


def test_every_name_finds_its_own_entry_and_no_two_share_one() -> None:
    assert len(set(zoo.names())) == len(catalog.VARIANTS)
    for variant in catalog.VARIANTS:
        assert zoo.spec(variant.name) == variant.spec == variant.spec.entry()
        assert variant.spec.label == variant.name


def test_every_residual_entry_has_its_plain_twin_in_the_catalog() -> None:
    for spec in V1:
        twin = spec.without_shortcuts()
        assert twin is not None and twin.name == spec.name.replace("resnet", "plain") in zoo.names()


def test_a_plain_twin_finds_back_to_its_residual_entry() -> None:
    for spec in V1:
        plain, residual = spec.without_shortcuts(), spec.with_shortcuts()
        assert plain is not None and residual is not None and plain.is_plain and not residual.is_plain
        assert (plain if spec.is_plain else residual) == spec
        assert plain.with_shortcuts() == residual and residual.without_shortcuts() == plain


def test_a_residual_twin_keeps_all_but_the_shortcut() -> None:
    asked = {"depth": 38, "batch_norm": False, "image_size": 40}
    assert zoo.spec("plain20", **asked).with_shortcuts() == zoo.spec("resnet20", **asked)
    residual = zoo.spec("resnet50", shortcut="C")
    assert residual.with_shortcuts() == residual
    assert zoo.spec("torchvision:resnet50").with_shortcuts() is None


def test_a_published_error_says_how_it_was_measured_and_belongs_to_a_known_network() -> None:
    for result in catalog.RESULTS:
        assert (result.error is None and not result.fails) == (result.measured == "")
        assert result.error is not None or result.fails or result.macs is not None
        assert result.spec.name in zoo.names()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ResNet50", "resnet50"), ("resnet-50", "resnet50"), ("ResNet_50", "resnet50"), (" resnet 34\n", "resnet34"),
        ("50", "resnet50"), ("34", "resnet34"), (" 1202 ", "resnet1202"), ("Plain-56", "plain56"),
        ("RESNET-38", "resnet38"), ("TorchVision:ResNet50", "torchvision:resnet50"),
        (" timm: ResNet10t ", "timm:resnet10t"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_typed(typed: str, name: str) -> None:
    assert zoo.spec(typed) == zoo.spec(name)


def test_a_network_from_outside_has_one_value_however_it_is_typed() -> None:
    assert zoo.OutsideSpec(source="Timm:ResNet10T ").name == "timm:resnet10t"


@pytest.mark.parametrize(
    ("name", "closest"),
    [
        ("resnet5O", "resnet5"),
        ("WideResNet50", "wide_resnet50_2"),
        ("VGG-18", "vgg"),
        ("", "lenet5, alexnet, vgg11;"),
        ("٥٠", "lenet5, "),
    ],
)
def test_an_unknown_name_is_one_sentence_with_the_closest(name: str, closest: str) -> None:
    with pytest.raises(ValueError) as error:
        zoo.spec(name)
    assert str(error.value).startswith(f"unknown network {name!r}: the closest are {closest}")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("resnet57", "nearest are resnet56 and resnet62"), ("ResNet-100", "nearest are resnet98 and resnet101"),
        ("resnet19", "nearest are resnet18 and resnet20"), ("plain57", "nearest are plain56 and plain62"),
        ("57", "nearest are resnet56 and resnet62"), ("resnet2", "the nearest is resnet8"),
        ("resnet1208", "the nearest is resnet1202"), ("38", "the nearest is resnet38"),
    ],
)  # fmt: skip
def test_an_unknown_depth_is_one_sentence_with_the_nearest_that_can_be_had(name: str, nearest: str) -> None:
    assert_refused(f"unknown network {name!r}: {nearest}", name)
    for word in nearest.split():
        if word[-1].isdigit():
            assert zoo.spec(word)


@pytest.mark.parametrize(
    "name", ["resnet020", "resnet00020", "resnet²", "resnet-", "-", "٥٠", "resnet9999999999", "50" + " " * 60 + "x"]
)
def test_names_that_only_look_like_a_network_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown network"):
        zoo.spec(name)


@pytest.mark.parametrize("name", ["rexnet_", "rexnet_1.", "highway", "wrn_28_", "resnext50_32x"])
def test_a_number_of_any_length_is_one_short_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"^unknown network .{1,250}$"):
        zoo.spec(name + "9" * 5000)


@pytest.mark.parametrize(
    "name", ["foo:bar", "torchvision:", "timm:a b", "timm:<script>", "timm:x\nresnet20", ":" * 10_000]
)
def test_a_bad_outside_name_is_one_short_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"^unknown network .{1,150}$"):
        zoo.spec(name)


@pytest.mark.parametrize("result", [r for r in catalog.RESULTS if r.macs], ids=lambda result: result.spec.label)
def test_published_costs_are_those_of_our_networks(result: catalog.Result) -> None:
    assert facts()[result.spec.label].macs == pytest.approx(result.macs, rel=0.04)  # published with two digits


def test_published_figures_stand_beside_the_network_that_was_published() -> None:
    of_entry, of_paper = (catalog.results(zoo.spec("resnet50", stride_in=stride)) for stride in ("3x3", "1x1"))
    assert of_entry == of_paper and [result.error for result in of_entry] == [22.85, 24.7]
    assert not catalog.results(zoo.spec("resnet50", batch_norm=False))
    assert of_entry[0].error_words(zoo.spec("resnet50")) == (
        "22.85 % (ImageNet validation, 10-crop, Stride: 1×1, as in the paper)"
    )
