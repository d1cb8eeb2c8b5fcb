"""A specification is a value: canonical, validated with one sentence, and readable back from its text."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_viz import zoo
from resnet_viz.zoo.specs import ReXNetSpec, SpecField
from tests.zoo.helpers import assert_refused

NAMES = [*zoo.names(), "resnet38", "torchvision:resnet50", "timm:vit_tiny_patch16_384"]


def values_of(field: SpecField) -> st.SearchStrategy[object]:
    """Every allowed value of a field."""
    if field.kind == "choice":
        return st.sampled_from(field.choices)
    if field.kind == "switch":
        return st.booleans()
    if field.kind == "integer":
        steps = int(field.maximum - field.minimum) // field.step
        return st.integers(0, steps).map(lambda n: int(field.minimum) + n * field.step)
    return st.floats(field.minimum, field.maximum)


@st.composite
def specs(draw: st.DrawFn, names: Sequence[str] = tuple(zoo.names())) -> zoo.NetworkSpec:
    spec = zoo.spec(draw(st.sampled_from(names)))
    for field in zoo.fields(spec):
        if draw(st.booleans()):
            spec = spec.replace(**{field.name: draw(values_of(field))})
    return spec


@given(specs())
def test_overrides_written_as_text_give_the_same_value_back(spec: zoo.NetworkSpec) -> None:
    fields = {field.name: field for field in zoo.fields(spec)}
    texts = {name: fields[name].format(value) for name, value in spec.overrides().items()}
    assert zoo.spec(spec.name, **texts) == spec
    assert zoo.spec(spec.name, **spec.overrides()) == spec


@given(specs())
def test_all_fields_can_be_set_one_after_the_other_as_a_link_does(spec: zoo.NetworkSpec) -> None:
    texts = {field.name: field.format(getattr(spec, field.name)) for field in zoo.fields(spec)}
    read = zoo.spec(spec.name)
    for field in zoo.all_fields(read):
        if field.name in texts:
            read = zoo.spec(read, **{field.name: texts[field.name]})
    assert read == spec


@given(specs(), specs())
def test_a_label_names_one_network_only_and_is_a_safe_file_name(one: zoo.NetworkSpec, other: zoo.NetworkSpec) -> None:
    assert (one.label == other.label) == (one == other)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", one.label)


@given(specs(["resnet18", "plain50", "resnet56", "plain20"]))
def test_the_plain_twin_differs_in_the_shortcut_alone(spec: zoo.NetworkSpec) -> None:
    twin = spec.without_shortcuts()
    assert twin is not None and twin.is_plain
    assert twin.replace(shortcut=getattr(spec, "shortcut")) == spec  # noqa: B009 - only some families have it
    assert twin.without_shortcuts() == twin


@given(specs())
def test_a_specification_survives_pickling_with_its_hash(spec: zoo.NetworkSpec) -> None:
    copy = pickle.loads(pickle.dumps(spec))
    assert copy == spec and hash(copy) == hash(spec)


@pytest.mark.parametrize(
    ("given_as", "canonical"),
    [
        (("resnet56", {"depth": 20}), "resnet20"),
        (("resnet56", {"depth": "110", "shortcut": "none"}), "plain110"),
        (("plain20", {"shortcut": "A"}), "resnet20"),
        (("resnet50", {"depth": 18, "stride_in": "1x1"}), "resnet18"),  # no bottleneck, no choice of stride
        (("resnet50", {"init_std": 0.5}), "resnet50"),  # no effect without init=normal
        (("resnet20", {"depth": 38}), "resnet38"),
        (("resnext50_32x4d", {"form": "sum", "cardinality": 1, "width": 64}), "resnext50_1x64d"),
        (("preact_resnet110", {"shortcut_scale": 0.1, "gate_bias": -1}), "preact_resnet110"),
        (("wrn_28_10", {"block_type": "b131", "depth": 31}), "wrn_31_10_b131"),
    ],
)
def test_equal_networks_are_equal_values(given_as: tuple[str, dict[str, object]], canonical: str) -> None:
    name, overrides = given_as
    assert zoo.spec(name, **overrides) == zoo.spec(canonical)
    assert hash(zoo.spec(name, **overrides)) == hash(zoo.spec(canonical))


def test_a_negative_zero_is_zero() -> None:
    spec = zoo.spec("preact_resnet110", shortcut="scaled", shortcut_scale="-0.0")
    assert spec.label == zoo.spec("preact_resnet110", shortcut="scaled", shortcut_scale=0).label


def test_a_depth_without_an_entry_is_a_variation_of_56() -> None:
    spec = zoo.spec("resnet20", depth=38, shortcut="B")
    assert (spec.name, spec.overrides(), spec.label) == (
        "resnet56",
        {"depth": 38, "shortcut": "B"},
        "resnet56-depth38-shortcutB",
    )


@pytest.mark.parametrize("depth", [50, 152])
def test_a_name_that_both_families_could_have_is_the_imagenet_network(depth: int) -> None:
    assert isinstance(zoo.spec(f"resnet{depth}"), zoo.ResNetSpec)
    assert zoo.spec("resnet56", depth=depth).name == "resnet56"


@pytest.mark.parametrize(
    ("name", "overrides", "sentence"),
    [
        ("resnet56", {"depth": 57}, "depth of resnet56 is 57: allowed are 6n+2 from 8 to 1202"),
        ("resnet56", {"depth": 1208}, "depth of resnet56 is 1208: allowed are 6n+2 from 8 to 1202"),
        ("resnet56", {"depth": 2}, "depth of resnet56 is 2: allowed are 6n+2 from 8 to 1202"),
        ("resnet56", {"depth": True}, "depth of resnet56 is True: allowed are 6n+2 from 8 to 1202"),
        ("resnet50", {"depth": "20"}, "depth of resnet50 is 20: allowed are 18, 34, 50, 101, 152"),
        ("resnet50", {"shortcut": "D"}, "shortcut of resnet50 is D: allowed are A, B, C, none"),
        ("resnet20", {"batch_norm": "maybe"}, "batch_norm of resnet20 is maybe: allowed are on, off"),
        ("resnet20", {"init_std": "nan"}, "init_std of resnet20 is nan: allowed are numbers from 0.0001 to 1"),
        (
            "resnet20",
            {"num_classes": "1e3"},
            "num_classes of resnet20 is 1e3: allowed are whole numbers from 1 to 100000",
        ),
        ("torchvision:resnet18", {"in_channels": 1}, "in_channels of torchvision:resnet18 is 1: allowed are 3"),
    ],
)
def test_a_bad_value_is_one_sentence(name: str, overrides: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, name, **overrides)


@pytest.mark.parametrize("text", ["٣", "1_0", "0x1", "1,5", "", "inf", "--1", "1e", "."])
@pytest.mark.parametrize(("name", "field"), [("rexnet_100", "width_mult"), ("wrn_28_10", "widen_factor")])
def test_a_number_is_read_from_plain_digits_only(name: str, field: str, text: str) -> None:
    with pytest.raises(ValueError, match=rf"^{field} of {name} is {re.escape(text)}: allowed are "):
        zoo.spec(name, **{field: text})


@pytest.mark.parametrize("text", ["1.5", "+1.5", " 1.50 ", "15e-1", "0.15E+1"])
def test_a_number_may_be_written_in_several_ways(text: str) -> None:
    assert zoo.spec("rexnet_100", width_mult=text) == zoo.spec("rexnet_150")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: ReXNetSpec(width_mult=[1]), "width_mult of rexnet_100 is [1]: allowed are numbers from 0.5 to 4"),
        (lambda: ReXNetSpec(dropout={}), "dropout of rexnet_100 is {}: allowed are numbers from 0 to 0.99"),
        (lambda: zoo.ResNetSpec(shortcut=None), "shortcut of resnet50 is None: allowed are A, B, C, none"),
    ],
)
def test_a_value_of_any_kind_is_one_sentence(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == sentence


def test_a_long_bad_value_is_cut_in_the_sentence() -> None:
    with pytest.raises(ValueError) as error:
        zoo.spec("resnet20", depth="9" * 10_000)
    assert len(str(error.value)) < 120


def test_an_unknown_field_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"^resnet20 has no dept: it has depth, shortcut, batch_norm"):
        zoo.spec("resnet20", dept=20)


def test_values_are_validated_however_a_specification_is_made() -> None:
    with pytest.raises(ValueError, match="allowed are 6n"):
        zoo.CifarResNetSpec(depth=21)
    with pytest.raises(ValueError, match="allowed are"):
        zoo.OutsideSpec(source="torchvision:../../etc")


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_words_and_a_default_that_it_allows(name: str) -> None:
    for field in zoo.fields(zoo.spec(name)):
        assert field.label and field.help and field.allowed_values
        assert field.parse(field.default, name) == field.default
        assert len(field.choice_labels) in (0, len(field.choices))
        assert all(len(words) <= 33 for words in field.choice_labels)  # what a list of options shows of each


def test_an_outside_network_has_its_own_size_unless_another_is_asked() -> None:
    usual = zoo.spec("timm:vit_base_patch16_384")
    assert usual.image_size == 0 and not usual.overrides()
    asked = zoo.spec("timm:vit_base_patch16_384", image_size="384")
    assert (asked.image_size, asked.label) == (384, "timm-vit_base_patch16_384-image_size384")
    assert zoo.spec(asked, image_size=0) == usual


@pytest.mark.parametrize(
    ("name", "side", "allowed"),
    [
        ("timm:resnet50", 7, "0 for its own size, and whole numbers from 8 to 1024"),
        ("timm:resnet50", 1025, "0 for its own size, and whole numbers from 8 to 1024"),
        ("resnet50", 0, "whole numbers from 8 to 1024"),
    ],
)
def test_a_size_that_is_not_allowed_is_one_sentence(name: str, side: int, allowed: str) -> None:
    assert_refused(f"image_size of {name} is {side}: allowed are {allowed}", name, image_size=side)


def test_specifications_need_no_torch() -> None:
    code = """
import sys
from resnet_viz import zoo
for name in [*zoo.names(), "timm:resnet50"]:
    zoo.fields(zoo.spec(name)), zoo.spec(name).label, zoo.spec(name).without_shortcuts()
print(sorted({"torch", "torchvision", "timm", "streamlit", "plotly"} & set(sys.modules)))
"""
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
