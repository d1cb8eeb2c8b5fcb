"""A network for every value of one of its choices."""

from __future__ import annotations

import pytest

from resnet_viz import zoo
from resnet_viz.zoo import variations


def test_a_choice_gives_one_network_for_each_value_and_changes_nothing_else() -> None:
    spec = zoo.spec("resnet20", batch_norm=False)
    found = variations.along(spec, variations.field(spec, "shortcut"))
    assert [getattr(each, "shortcut", None) for each in found.values()] == ["A", "B", "C", "none"]
    assert all(each.replace(shortcut="A") == spec for each in found.values())


def test_a_switch_gives_two() -> None:
    spec = zoo.spec("resnet20")
    found = variations.along(spec, variations.field(spec, "batch_norm"))
    assert list(found) == ["Batch norm: on", "Batch norm: off"]
    assert len(set(found.values())) == 2


def test_what_cannot_be_seen_in_a_block_is_no_choice_here() -> None:
    with pytest.raises(ValueError, match=r"^resnet50 has no choice 'init' to lay side by side: it has shortcut"):
        variations.field(zoo.spec("resnet50"), "init")
    with pytest.raises(ValueError, match=r"it has none$"):
        variations.field(zoo.spec("timm:resnet50"), "shortcut")
