from __future__ import annotations

from resnet_viz.graph import NetworkGraph
from resnet_viz.graph.classify import words
from tests.networks import NETWORKS, Case, each_network

NAMED = words(
    """res2net50_26w_4s convnextv2_atto hrnet_w18_small vit_tiny_patch16_224 swin_tiny_patch4_window7_224 densenet121
    googlenet ghostnet_100 poolformer_s12 gcresnet50t dla34"""
)


def test_the_list_is_long_and_holds_the_hard_ones() -> None:
    assert len({case.name for case in NETWORKS}) >= 40
    assert NAMED.issubset(case.name.partition(":")[2] for case in NETWORKS)


@each_network
def test_junctions_are_those_that_the_configuration_lets_expect(network: Case) -> None:
    assert len(network.graph.shortcuts) == network.expected_junctions
    concatenations = [j for j in network.graph.junctions if j.kind.startswith("concat") and j.parent is None]
    if network.expected_concatenations is not None:
        assert len(concatenations) == network.expected_concatenations


@each_network
def test_graphs_are_well_formed(network: Case) -> None:
    graph = network.graph
    assert [op.index for op in graph.ops] == list(range(len(graph.ops)))
    assert all(i < op.index for op in graph.ops for i in op.inputs)
    for op in graph.ops:
        assert op.shape is not None or all(graph.ops[user].kind == "part" for user in graph.users[op.index])
    assert graph.ops[graph.outputs[-1]].shape == (2, 1000)
    for junction in graph.junctions:
        assert set(junction.chain).isdisjoint(junction.branch) or junction.kind == "gated"
        assert junction.source < junction.op
        assert junction.terms[junction.shortcut] in (junction.source, *junction.chain, *junction.branch) or (
            junction.kind == "concat"
        )


@each_network
def test_parameters_are_each_counted_at_one_operation(network: Case) -> None:
    graph = network.graph
    assert graph.num_parameters == sum(parameter.numel() for parameter in network.build().parameters())
    at_operations = sum(op.num_parameters for op in graph.ops)
    assert at_operations == graph.num_parameters or (at_operations < graph.num_parameters and graph.notes)


def test_a_graph_survives_json() -> None:
    for case in NETWORKS:
        if case.is_quick:
            assert NetworkGraph.from_dict(case.graph.to_dict()).to_dict() == case.graph.to_dict()
