"""Costs are known before anything is built, and what does not fit is refused with the figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from resnet_viz import zoo
from resnet_viz.probes import estimate
from resnet_viz.probes.architecture import graph_of
from resnet_viz.probes.questions import GradientQuestion


def question(name: str, **changes: object) -> GradientQuestion:
    return GradientQuestion.defaults(zoo.spec(name), **changes)


@pytest.fixture(autouse=True)
def _fresh_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "pace", estimate.Pace())


@pytest.mark.parametrize(("name", "side"), [("resnet20", 8), ("resnet18", 64), ("torchvision:mobilenet_v2", 96)])
def test_the_work_at_another_picture_size_is_that_of_a_trace_at_it(name: str, side: int) -> None:
    spec = zoo.spec(name)
    small = graph_of(spec.replace(image_size=side))
    asked = question(name, image_size=side, batch_size=3)
    scaled, traced = estimate.work(asked, graph_of(spec)), estimate.work(asked, small)
    assert abs(scaled.macs / traced.macs - 1) < 0.02
    assert abs(scaled.elements / traced.elements - 1) < 0.02
    assert traced.elements == 3 * small.activation_elements


def test_more_work_takes_longer_and_more_memory() -> None:
    graph = graph_of(zoo.spec("resnet20"))
    small, large = question("resnet20", batch_size=8), question("resnet20", batch_size=64)
    assert estimate.seconds(small, graph) < estimate.seconds(large, graph)
    assert estimate.memory(small, graph) < estimate.memory(large, graph)
    frozen = question("resnet20", batch_size=64, batch_norm_mode="frozen")
    assert estimate.seconds(large, graph) < estimate.seconds(frozen, graph)


def test_what_does_not_fit_into_memory_is_refused_with_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(zoo.spec("resnet56"))
    asked = question("resnet56", batch_size=512, image_size=512)
    monkeypatch.setattr(estimate, "free_memory", lambda: 24e9)
    with pytest.raises(ValueError, match=r"resnet56 with 512 pictures of 512×512 needs about 9\d\d\.\d GB .* 24\.0 GB"):
        estimate.refuse(asked, graph)
    estimate.refuse(question("resnet56"), graph)


def test_the_free_memory_is_what_a_container_leaves(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 600000\ninactive_file 50000\n")
    assert estimate._free_in_container(tmp_path) == 350_000
    (tmp_path / "memory.max").write_text("max\n")
    assert estimate._free_in_container(tmp_path) == float("inf")
    assert 1e6 < estimate.free_memory() < 1e15


def test_estimates_follow_the_machine() -> None:
    graph, asked = graph_of(zoo.spec("resnet20")), question("resnet20")
    first = estimate.seconds(asked, graph)
    for _repeat in range(30):
        estimate.learn(asked, graph, 3 * first)
    assert abs(estimate.seconds(asked, graph) / (3 * first) - 1) < 0.02
    estimate.learn(asked, graph, 1e9)  # a laptop was asleep
    assert estimate.seconds(asked, graph) < 6 * first
