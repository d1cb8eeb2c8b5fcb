from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_viz.graph import Junction, trace
from tests.graph.toys import (
    WIDTH,
    Computes,
    Context,
    DenseLayers,
    Highway,
    JoinedPaths,
    LinearPaths,
    ResponseNorm,
    RungeKutta,
    SqueezeExcitation,
    SummedPaths,
    SummedWithShortcut,
    conv,
    image,
)


def found(network: nn.Module) -> tuple[Junction, ...]:
    return trace(network.eval(), image()).junctions


def kinds(network: nn.Module) -> list[str]:
    return [junction.kind for junction in found(network)]


ONE_SUM = {
    "identity": lambda n, x: x + n.a(x),
    "projection": lambda n, x: n.one(x) + n.a(x),
    "resize": lambda n, x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)) + n.coarse(x),
    "scaled": lambda n, x: 0.5 * x + n.a(x),
    "gated": lambda n, x: n.a(x) + x * torch.sigmoid(n.b(x)),
    "context": lambda n, x: x + n.a(x.mean((2, 3), keepdim=True)),
}


@pytest.mark.parametrize("kind", ONE_SUM)
def test_each_kind_of_sum_is_told_by_what_its_shortcut_holds(kind: str) -> None:
    parts = {"coarse": conv(WIDTH, WIDTH + 4, stride=2), "one": conv(kernel=1)}
    assert kinds(Computes(ONE_SUM[kind], **parts)) == [kind]


NO_JUNCTION = {
    "a tensor with itself": lambda n, x: x + x,
    "a constant": lambda n, x: x + 1,
    "two branches of equal weight": lambda n, x: n.a(n.b(x)) + n.c(n.d(x)),
    "two heads that do the same": lambda n, x: n.a(x) + n.b(x),
    "a branch without weights": lambda n, x: x + torch.relu(x),
    "an activation on the shortcut": lambda n, x: torch.relu(n.a(x)) + torch.relu(n.b(x)),
}


@pytest.mark.parametrize("what", NO_JUNCTION)
def test_a_sum_of_anything_else_is_no_junction(what: str) -> None:
    assert kinds(Computes(NO_JUNCTION[what])) == []


def test_a_gate_without_weights_is_no_residual_branch() -> None:
    assert kinds(ResponseNorm()) == []


def test_a_context_vector_is_no_shortcut() -> None:
    graph = trace(Context(), image())
    assert [junction.kind for junction in graph.junctions] == ["context"]
    assert graph.shortcuts == ()


def test_gates_stand_at_sums_and_at_those_inside_a_branch_too() -> None:
    graph = trace(nn.Sequential(SqueezeExcitation(), Context(), RungeKutta(), Computes(split_and_join)), image())
    assert [name.partition(":")[0] for name in graph.gate_names] == ["0", *["2"] * 5]


def test_a_norm_alone_is_a_branch_beside_an_empty_shortcut_only() -> None:
    norm = nn.BatchNorm2d(WIDTH)
    assert kinds(Computes(lambda n, x: x + F.avg_pool2d(n.norm(x), 3, 1, 1), norm=norm)) == ["identity"]
    assert kinds(Computes(lambda n, x: n.other(x) + n.norm(x), norm=norm, other=nn.BatchNorm2d(WIDTH))) == []


def test_the_heavier_side_is_the_branch() -> None:
    graph = trace(Computes(lambda n, x: n.a(n.b(x)) + n.b(torch.relu(n.d(torch.relu(n.c(x)))))), image())
    (junction,) = graph.junctions
    assert junction.kind == "projection"
    assert [graph.ops[i].module_path for i in junction.chain] == ["b", "a"]


def test_a_sum_of_many_terms_is_one_junction_in_order_of_evaluation() -> None:
    graph = trace(Computes(lambda n, x: n.a(x) + x + n.b(x)), image())
    (junction,) = graph.junctions
    assert [graph.ops[i].module_path for i in junction.terms] == ["a", "", "b"]
    assert junction.shortcut == 1
    assert junction.terms[1] == junction.source == 0
    assert len(junction.adds) == 2
    assert junction.adds[-1] == junction.op


def test_sums_inside_a_branch_are_nested_in_its_junction() -> None:
    graph = trace(nn.Sequential(RungeKutta(), RungeKutta()), image())
    assert [junction.name for junction in graph.shortcuts] == ["0", "1"]
    nested = [junction for junction in graph.junctions if junction.parent is not None]
    assert len(nested) == 8
    assert all(junction.parent.partition(":")[0] == junction.module_path for junction in nested)


def test_highway_layers_have_gated_shortcuts() -> None:
    assert kinds(nn.Sequential(Highway(), Highway())) == ["gated", "gated"]


def test_a_gate_that_both_sides_share_is_not_their_source() -> None:
    def exclusive(n: nn.Module, x: torch.Tensor) -> torch.Tensor:
        gate = torch.sigmoid(n.g(x))
        return (1 - gate) * F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)) + gate * n.f(x)

    (junction,) = found(Computes(exclusive, g=conv(WIDTH, WIDTH + 4, stride=2), f=conv(WIDTH, WIDTH + 4, stride=2)))
    assert (junction.kind, junction.source) == ("gated", 0)


@pytest.mark.parametrize("toy", [SummedPaths, JoinedPaths, SummedWithShortcut])
def test_a_block_of_many_equal_paths_has_one_shortcut(toy: Callable[..., nn.Module]) -> None:
    (junction,) = found(toy(WIDTH, 8))
    assert (junction.kind, junction.source, junction.parent) == ("identity", 0, None)


def test_a_sum_of_maps_that_all_do_the_same_holds_no_shortcut() -> None:
    assert kinds(LinearPaths(2)) == kinds(LinearPaths(6)) == []


def test_a_lighter_map_beside_equal_ones_is_a_projection() -> None:
    assert kinds(Computes(lambda n, x: n.e(x) + n.a(n.b(x)) + n.c(n.d(x)), e=conv(kernel=1))) == ["projection"]


def test_a_source_that_part_of_the_branch_goes_past_is_looked_past() -> None:
    """A midpoint step whose first stage reads x itself, and all else x subsampled."""

    def midpoint(n: nn.Module, x: torch.Tensor) -> torch.Tensor:
        carried = x[:, :, ::2, ::2]
        return carried + n.a(carried + 0.5 * n.e(x))

    inner, outer = found(Computes(midpoint, e=conv(stride=2)))
    assert (outer.kind, outer.source, outer.parent) == ("resize", 0, None)
    assert (inner.kind, inner.source, inner.parent) == ("resize", 0, outer.name)


def test_of_two_readings_the_one_from_which_more_terms_come_wins() -> None:
    """The third stage of a step of order three: x' + 2 k2 - k1 with x' = pad(x[::2]), where k2 reads k1."""

    def third(n: nn.Module, x: torch.Tensor) -> torch.Tensor:
        carried, first = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 4)), n.e(x)
        return carried + (2 * n.f(first) + -1 * first)

    (junction,) = found(Computes(third, e=conv(WIDTH, WIDTH + 4, stride=2), f=conv(WIDTH + 4, WIDTH + 4)))
    assert (junction.kind, junction.source) == ("resize", 0)


def test_the_carrier_of_a_gated_shortcut_is_its_chain_and_the_gate_belongs_to_the_branch() -> None:
    graph = trace(Highway(), image())
    (junction,) = graph.junctions
    assert [graph.ops[i].function for i in junction.chain] == ["mul"]
    assert "gate" in {graph.ops[i].module_path for i in junction.branch}


def test_each_layer_of_a_dense_block_is_one_concatenation_after_the_one_before() -> None:
    junctions = found(DenseLayers(4))
    assert [junction.kind for junction in junctions] == ["concat"] * 4
    assert [j.source for j in junctions[1:]] == [j.op for j in junctions[:-1]]
    assert [j.grows for j in junctions] == [False, True, True, True]


def split_and_join(n: Computes, x: torch.Tensor) -> torch.Tensor:
    left, right = x.chunk(2, 1)
    return torch.cat([left, n.a(torch.cat([right, right], 1))], 1)


def test_an_untouched_half_of_a_split_is_a_shortcut() -> None:
    assert kinds(Computes(split_and_join)) == ["concat-split"]


def dual_path(n: Computes, x: torch.Tensor) -> torch.Tensor:
    return x[:, :2] + n.a(x)[:, :2]


def other_slices(n: Computes, x: torch.Tensor) -> torch.Tensor:
    return x[:, :2] + n.a(torch.cat([x[:, 2:], x[:, 2:]], 1))[:, :2]


def test_a_slice_is_a_shortcut_only_if_the_branch_reads_the_whole() -> None:
    assert kinds(Computes(dual_path)) == ["resize"]
    assert kinds(Computes(other_slices)) == []


def test_names_are_module_paths_and_further_junctions_of_a_module_are_numbered() -> None:
    twice = Computes(lambda n, x: (y := x + n.a(x)) + n.b(y))
    network = nn.Sequential(twice, SqueezeExcitation())
    assert [junction.name for junction in found(network)] == ["0", "0:2", "1"]
    assert [junction.name for junction in found(twice)] == ["root", "root:2"]


def ladder(n: Computes, x: torch.Tensor) -> torch.Tensor:
    left, right = n.a(x).chunk(2, 1)
    return x + n.b(torch.cat([left, n.c(right)], 1))


def test_the_plain_name_belongs_to_the_sum_of_the_block_not_to_what_its_branch_joins_before() -> None:
    res2net = Computes(ladder, c=conv(WIDTH // 2, WIDTH // 2))
    junctions = found(nn.Sequential(res2net, RungeKutta()))
    assert [(j.name, j.kind, j.parent) for j in junctions[:2]] == [
        ("0:2", "concat-split", "0"),
        ("0", "identity", None),
    ]
    assert [j.name for j in junctions[2:]] == ["1:2", "1:3", "1:4", "1:5", "1"]


IN_PLACE: dict[str, Callable[[Computes, torch.Tensor], torch.Tensor]] = {
    "+": lambda n, x: x + n.a(x),
    "torch.add": lambda n, x: torch.add(x, n.a(x)),
    "add_": lambda n, x: n.a(x).add_(x),
    "+=": lambda n, x: _plus_equals(n.a(x), x),
    "ignored result": lambda n, x: _add_and_ignore(n.a(x), x),
}


def _plus_equals(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    y += x
    return y


def _add_and_ignore(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    y.add_(x)
    return y


@pytest.mark.parametrize("spelling", IN_PLACE)
def test_a_sum_is_found_however_it_is_written(spelling: str) -> None:
    assert kinds(Computes(IN_PLACE[spelling])) == ["identity"]
