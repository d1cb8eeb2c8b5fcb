"""The junctions of every network of the catalog are those that its definition says."""

from __future__ import annotations

import pytest

from resnet_viz import zoo
from resnet_viz.graph.network_graph import JunctionKind
from resnet_viz.zoo import NetworkSpec
from tests.catalog_networks import SMALL, each_network, graph

GATED: set[JunctionKind] = {"gated"}
USUAL: set[JunctionKind] = {"identity", "projection", "resize"}
KINDS: dict[str, set[JunctionKind]] = {  # by the shortcut that a specification names
    "A": {"identity", "resize"},
    "B": {"identity", "projection"},
    "C": {"projection"},
    "scaled": {"scaled", "resize"},
    "exclusive": GATED,
    "shortcut_only": GATED,
    "1x1": {"projection"},
}


@each_network
def test_there_are_as_many_shortcuts_as_the_definition_says(spec: NetworkSpec) -> None:
    assert len(graph(spec).shortcuts) == spec.num_shortcuts


@each_network
def test_shortcuts_are_of_the_kind_that_the_definition_says(spec: NetworkSpec) -> None:
    kinds = {junction.kind for junction in graph(spec).shortcuts}
    expected = GATED if spec.name.startswith("highway") else KINDS.get(getattr(spec, "shortcut", ""), USUAL)
    assert kinds <= expected


@each_network
def test_every_block_with_a_shortcut_adds_once_at_the_top_level(spec: NetworkSpec) -> None:
    held = [len(block.junctions) for block in graph(spec).blocks]
    assert sum(held) == spec.num_shortcuts and max(held) <= 1


@pytest.mark.parametrize("method", ["midpoint", "rk4"])
def test_the_inner_sums_of_a_runge_kutta_step_are_nested(method: str) -> None:
    found = graph(zoo.spec(f"ho_resnet26_{method}"))
    inner = [junction for junction in found.junctions if junction.parent is not None]
    assert inner and not set(inner) & set(found.shortcuts)
    outermost = {junction.name for junction in found.shortcuts}
    for junction in inner:
        while junction.parent is not None:
            junction = found.junction[junction.parent]
        assert junction.name in outermost


@pytest.mark.parametrize("method", ["midpoint", "rk4", "rk3", "heun3"])
def test_every_stage_of_a_step_starts_at_the_blocks_own_input_also_where_that_is_padded(method: str) -> None:
    found = graph(zoo.spec("ho_resnet26_rk4", method=method, depth=26 if method in ("midpoint", "rk4") else 20))
    sources = {block.name: set[int]() for block in found.blocks}
    for junction in found.shortcuts:
        sources[junction.module_path].add(junction.source)
    for junction in found.junctions:
        if junction.parent in sources and junction.kind == "resize":
            sources[junction.module_path].add(junction.source)
    assert all(len(starts) == 1 for starts in sources.values())


@pytest.mark.parametrize(("method", "number"), [("midpoint", 2), ("rk4", 4), ("rk3", 3), ("heun3", 3)])
def test_every_evaluation_of_a_step_adds_x_and_no_slope_passes_for_a_shortcut(method: str, number: int) -> None:
    found = graph(zoo.spec("ho_resnet26_rk4", method=method, depth=26 if method in ("midpoint", "rk4") else 20))
    for path, kind in (("layer1.0", "identity"), ("layer2.0", "resize")):
        own = next(junction for junction in found.shortcuts if junction.module_path == path)
        steps = [j for j in found.junctions if j.module_path == path and j.source == own.source]
        assert len(steps) == number and {junction.kind for junction in steps} == {kind}
        assert {junction.terms[junction.shortcut] for junction in steps} == {own.terms[own.shortcut]}
        assert not any(j.kind == "scaled" for j in found.junctions if j.module_path == path)


@pytest.mark.parametrize("name", ["res2net50_26w_4s", "res2next50"])
def test_the_additions_between_splits_are_no_junctions(name: str) -> None:
    found = graph(zoo.spec(name))
    assert {j.module_path for j in found.junctions if j.is_additive} == {block.name for block in found.blocks}


def test_a_block_of_many_paths_has_one_junction_whatever_its_form() -> None:
    for param in SMALL:
        spec = param.values[0]
        if getattr(spec, "form", None) in ("sum", "concat"):
            found = graph(spec)
            assert all(j.is_additive and j.parent is None for j in found.junctions)
            assert [j.name for j in found.junctions] == [block.name for block in found.blocks]


def test_a_looks_linear_network_concatenates_without_a_junction() -> None:
    found = graph(zoo.spec("mlp_looks_linear", num_blocks=4))
    assert any(op.kind == "cat" for op in found.ops) and not found.junctions


def test_a_plain_perceptron_has_the_blocks_of_its_residual_twin() -> None:
    residual, plain = (graph(zoo.spec(name)) for name in ("mlp_residual", "mlp_plain"))
    assert [block.name for block in plain.blocks] == [block.name for block in residual.blocks]
    assert [stage.name for stage in plain.stages] == [stage.name for stage in residual.stages]


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("seresnet50", {}), ("res2net50_26w_4s", {}), ("seres2net50_26w_4s", {}), ("wrn_16_8", {}),
        ("resnext50_32x4d", {"form": "sum"}), ("resnext50_32x4d", {"form": "concat"}), ("unipose_resnet50", {}),
    ],
)  # fmt: skip
def test_a_plain_twin_has_the_blocks_of_its_residual_network(name: str, choices: dict[str, object]) -> None:
    residual, plain = (graph(zoo.spec(name, **choices, **more)) for more in ({}, {"shortcut": "none"}))
    assert [block.name for block in plain.blocks] == [block.name for block in residual.blocks]
    assert not plain.shortcuts
