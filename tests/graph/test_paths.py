from __future__ import annotations

import itertools
import math

import networkx
import pytest
import torch
from torch import nn

from resnet_viz import zoo
from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.graph.network_graph import Junction, Op
from resnet_viz.graph.paths import counted_junctions, meaning, num_paths, path_lengths, waists
from tests.graph.toys import Computes, Context, DenseLayers, RungeKutta, SqueezeExcitation, image
from tests.networks import NETWORKS


def binomials(n: int) -> tuple[int, ...]:
    return tuple(math.comb(n, k) for k in range(n + 1))


def chain(blocks: int) -> NetworkGraph:
    """input, then x + F(x) so many times."""
    ops = [Op(0, "input", "x", (), "", (2, 4))]
    junctions = []
    for n in range(blocks):
        source = 2 * n
        ops.append(Op(source + 1, "weighted", "Linear", (source,), f"{n}", (2, 4)))
        ops.append(Op(source + 2, "add", "add", (source, source + 1), f"{n}", (2, 4)))
        terms, branch = (source, source + 1), (source + 1,)
        junctions.append(Junction(f"{n}", "identity", source + 2, source, terms, 0, (), branch, (source + 2,), f"{n}"))
    return NetworkGraph("chain", tuple(ops), tuple(junctions), (2 * blocks,), {}, 0)


@pytest.mark.parametrize("blocks", [0, 1, 2, 7, 54, 600])
def test_n_blocks_have_binomially_many_paths_of_each_length(blocks: int) -> None:
    assert path_lengths(chain(blocks)) == binomials(blocks)
    assert num_paths(chain(blocks)) == 2**blocks


def test_a_plain_network_has_one_path() -> None:
    graph = trace(nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU()), image())
    assert path_lengths(graph) == (1,)


@pytest.mark.parametrize("block", [SqueezeExcitation, RungeKutta, DenseLayers])
def test_what_is_inside_a_block_is_not_multiplied_out(block: type[nn.Module]) -> None:
    network = nn.Sequential(block(), nn.Conv2d(16 if block is DenseLayers else 4, 4, 1), SqueezeExcitation())
    choices = 4 if block is DenseLayers else 2
    assert path_lengths(trace(network, image())) == binomials(choices)


def test_all_terms_of_a_branch_are_one_choice_and_a_context_vector_is_none() -> None:
    assert path_lengths(trace(Computes(lambda n, x: n.a(x) + x + n.b(x)), image())) == (1, 1)
    assert path_lengths(trace(Context(), image())) == (1,)


def parallel(n: Computes, x: torch.Tensor) -> torch.Tensor:
    left, right = n.a(x), n.b(x)
    left, right = left + n.c(left), right + n.c(right) + n.d(right)
    left = left + n.d(left)
    return torch.cat([left, right, torch.relu(left)], 1)


def test_branches_that_meet_without_a_junction_add_their_paths_once() -> None:
    # left: two blocks, right: one block; the second reading of left is no other path
    assert path_lengths(trace(Computes(parallel), image())) == (1 + 1, 2 + 1, 1)


@pytest.mark.parametrize("name", ["timm:res2net50_26w_4s", "torchvision:densenet121", "timm:ghostnet_100"])
def test_real_networks_in_series_have_two_to_the_number_of_junctions(name: str) -> None:
    (case,) = (case for case in NETWORKS if case.name == name)
    assert num_paths(case.graph) == 2 ** len(counted_junctions(case.graph))


def test_a_cut_shortcut_or_a_dropped_branch_removes_the_paths_through_it() -> None:
    graph = chain(6)
    assert path_lengths(graph, cut={"0"}) == (0, *binomials(5))
    assert path_lengths(graph, dropped={"0"}) == binomials(5)
    assert path_lengths(graph, cut={"0"}, dropped={"0"}) == (0,)


def test_all_shortcuts_cut_leaves_the_one_path_of_the_plain_network() -> None:
    graph = chain(9)
    assert path_lengths(graph, cut=graph.junction.keys()) == (0,) * 9 + (1,)


def brute_force(graph: NetworkGraph) -> dict[int, int]:
    """Paths by length, by walking every route through the operations and keeping each sequence of choices once."""
    junction_at = {junction.op: junction for junction in counted_junctions(graph)}
    routes = networkx.MultiDiGraph()
    for op in graph.ops:
        junction = junction_at.get(op.index)
        for position, i in enumerate(junction.terms if junction else op.inputs):
            if graph.ops[i].is_live:
                choice = None if junction is None else (op.index, position != junction.shortcut)
                routes.add_edge(i, op.index, choice=choice)
    seen = set()
    for end in graph.outputs:
        for route in networkx.all_simple_edge_paths(routes, 0, end):
            choices = (routes.edges[edge]["choice"] for edge in route)
            seen.add(tuple(choice for choice in choices if choice is not None))
    lengths = [sum(is_branch for _, is_branch in sequence) for sequence in seen]
    return {k: lengths.count(k) for k in set(lengths)}


@pytest.mark.parametrize("network", [Computes(parallel), RungeKutta(), SqueezeExcitation(), DenseLayers(3)])
def test_counts_equal_a_walk_along_every_route(network: nn.Module) -> None:
    graph = trace(network, image())
    expected = brute_force(graph)
    assert dict(enumerate(path_lengths(graph))) == {k: expected.get(k, 0) for k in range(max(expected) + 1)}


def test_neighbouring_counts_never_run_into_each_other() -> None:
    for blocks, cut in itertools.product((8, 9, 64), (0, 1, 3)):
        lengths = path_lengths(chain(blocks), cut={str(n) for n in range(cut)})
        assert lengths == (0,) * cut + binomials(blocks - cut)


def test_resnet_1202_has_two_to_the_600_paths() -> None:
    with torch.device("meta"):
        network = zoo.build("resnet1202")
    graph = trace(network, torch.zeros(2, 3, 32, 32, device="meta"))
    assert path_lengths(graph) == binomials(600)


@pytest.mark.parametrize("network", [Computes(parallel), RungeKutta(), SqueezeExcitation(), DenseLayers(3)])
def test_a_waist_is_an_operation_that_every_way_passes(network: nn.Module) -> None:
    graph = trace(network, image())
    ways = networkx.DiGraph((i, op.index) for op in graph.ops if op.is_live for i in op.inputs if graph.ops[i].is_live)
    every = [set(way) for end in graph.outputs for way in networkx.all_simple_paths(ways, 0, end)]
    assert waists(graph) == set.intersection(*every)


def test_the_blocks_of_a_chain_lie_between_waists() -> None:
    graph = chain(5)
    assert waists(graph) == {0, 2, 4, 6, 8, 10}


def test_a_reader_is_told_what_a_path_is() -> None:
    assert [len(meaning(graph)) for graph in (chain(0), chain(3))] == [0, 1]
    dense = meaning(trace(DenseLayers(3), image()))
    assert "length counts branches" in dense[0] and "concatenation is a choice" in dense[1]
    assert any("nested" in sentence for sentence in meaning(trace(RungeKutta(), image())))
    assert any("context" in sentence for sentence in meaning(trace(Context(), image())))
