from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_viz.surgery import Surgery, compact, expand, natural_key

KNOWN = [f"layer{stage}.{block}" for stage in (1, 2) for block in range(12)] + ["root", "root:2", "encoder.attn"]
PADDED = [f"b.{n:02}" for n in range(1, 13)] + ["b.1", "b.2", "b.3", "b.1-2", "b.", "b.007", "c*", "c1", "c2"]


def test_equal_changes_are_equal_values() -> None:
    one = Surgery.of(cut=["layer1.10", "layer1.2"], branches={"root": 1.0})
    assert one == Surgery.of(cut=["layer1.2"]).with_shortcut("layer1.10", 0)
    assert hash(one) == hash(Surgery.of(cut=["layer1.2", "layer1.10"]))
    assert one.shortcuts == (("layer1.2", 0.0), ("layer1.10", 0.0))


def test_a_surgery_that_changes_nothing_is_false() -> None:
    assert not Surgery()
    assert not Surgery.of(shortcuts={"root": 1.0})
    assert Surgery.of(drop=["root"])


def test_toggling_twice_gives_the_same_back_and_makes_a_scaled_shortcut_whole() -> None:
    assert Surgery().toggled("root").toggled("root") == Surgery()
    assert Surgery.of(shortcuts={"root": 0.5}).toggled("root") == Surgery()
    assert Surgery().toggled("root").cut == {"root"}


@pytest.mark.parametrize("factor", [math.inf, math.nan, "0", None])
def test_a_factor_that_is_no_finite_number_is_named(factor: object) -> None:
    with pytest.raises(ValueError, match="root"):
        Surgery.of(shortcuts={"root": factor})


def test_an_unknown_junction_is_named_with_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"no junction 'layer9.0'.*layer1\.\*"):
        Surgery.of(cut=["layer9.0"]).check(KNOWN)
    with pytest.raises(ValueError, match="none"):
        Surgery.of(cut=["layer9.0"]).check([])


@given(st.sets(st.sampled_from(KNOWN)))
def test_a_short_list_reads_back_as_the_names_it_stands_for(names: set[str]) -> None:
    assert expand(compact(names, KNOWN), KNOWN) == names


@given(st.sets(st.sampled_from(PADDED)), st.sets(st.sampled_from(PADDED)))
def test_leading_zeros_and_names_that_read_like_a_list_come_back_too(names: set[str], others: set[str]) -> None:
    assert expand(compact(names, names | others), names | others) == names


@given(st.permutations(PADDED))
def test_a_list_is_the_same_whatever_the_order_of_the_names(names: list[str]) -> None:
    assert compact(names[:9], names) == compact(set(names[:9]), sorted(names))


def test_short_lists_are_short() -> None:
    assert compact([n for n in KNOWN if n.startswith("layer1")], KNOWN) == "layer1.*"
    assert compact(["layer2.3", "layer2.4", "layer2.5", "root"], KNOWN) == "layer2.3-5,root"


def test_a_span_costs_what_there_is_and_not_what_it_asks_for() -> None:
    """Nobody could count to 10^17, so what comes back was chosen among the known names."""
    wide = f"layer1.0-{10**17}"
    assert expand(",".join([wide] * 260), KNOWN) == {name for name in KNOWN if name.startswith("layer1.")}


UNKNOWN = ["layer3.*", "layer1.50", "<script>", "layer1.50-99999999999", f"layer1.0-{'9' * 5000}"]


@pytest.mark.parametrize("text", UNKNOWN, ids=range(len(UNKNOWN)))
def test_a_part_that_matches_nothing_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="no junction"):
        expand(text, KNOWN)


def test_numbers_sort_as_numbers() -> None:
    assert sorted(["layer2.10", "layer2.9"], key=natural_key) == ["layer2.9", "layer2.10"]
    assert sorted(["²", "a1b2", "٣", "a1b", "a01b"], key=natural_key) == ["a01b", "a1b", "a1b2", "²", "٣"]
