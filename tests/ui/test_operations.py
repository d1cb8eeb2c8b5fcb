"""Changes of many junctions at once, written to the address."""

from __future__ import annotations

import pytest

from resnet_viz.graph.shipped import shipped
from resnet_viz.ui import link, operations


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    kept: dict[str, str | None] = {}
    monkeypatch.setattr(link, "read", kept.get)
    monkeypatch.setattr(link, "go", lambda **changes: kept.update(changes))
    return kept


def test_a_block_with_two_sums_is_dropped_and_restored_as_a_whole(address: dict[str, str | None]) -> None:
    graph = shipped("resnet20")
    assert graph is not None
    address["drop"] = "layer1.0"
    operations.toggle_branches(graph, ["layer1.0", "layer1.1"])
    assert address["drop"] == "layer1.0-1"
    operations.toggle_branches(graph, ["layer1.0", "layer1.1"])
    assert address["drop"] is None


def test_scaling_some_keeps_what_others_have(address: dict[str, str | None]) -> None:
    graph = shipped("resnet20")
    assert graph is not None
    address.update(scale="layer3.0@0.5", drop="layer2.0")
    operations.scale(graph, ["layer1.0", "layer1.1"], 0.0, is_shortcut=True)
    assert (address["cut"], address["scale"], address["drop"]) == ("layer1.0-1", "layer3.0@0.5", "layer2.0")
