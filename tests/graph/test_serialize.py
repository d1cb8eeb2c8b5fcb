from __future__ import annotations

import gzip
import io
import json
import math

import networkx
import pytest
from torch import nn

from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.graph.paths import path_lengths
from tests.graph.toys import Computes, DenseLayers, Highway, SqueezeExcitation, image
from tests.networks import NETWORKS

QUICK = [case for case in NETWORKS if case.is_quick]


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_a_graph_comes_back_equal_from_its_document(case) -> None:
    graph = case.graph
    back = NetworkGraph.from_dict(json.loads(json.dumps(graph.to_dict())))
    assert (back.ops, back.junctions, back.outputs) == (graph.ops, graph.junctions, graph.outputs)
    assert (back.name, back.modules, back.num_parameters) == (graph.name, graph.modules, graph.num_parameters)
    assert path_lengths(back) == path_lengths(graph)


def test_fractional_and_global_receptive_fields_come_back() -> None:
    network = nn.Sequential(
        nn.Conv2d(4, 4, 3, 2, 1), nn.Upsample(scale_factor=3), nn.Conv2d(4, 4, 3), SqueezeExcitation()
    )
    graph = trace(network, image())
    fields = [op.receptive_field for op in NetworkGraph.from_dict(graph.to_dict()).ops]
    assert fields == [op.receptive_field for op in graph.ops]
    assert math.inf in fields
    assert any(field != int(field) for field in fields if math.isfinite(field))


def test_a_document_of_another_format_is_refused() -> None:
    document = trace(Highway(), image()).to_dict() | {"format": 99}
    with pytest.raises(ValueError, match="99"):
        NetworkGraph.from_dict(document)


def test_equal_blocks_cost_little_in_a_file() -> None:
    def size(blocks: int) -> int:
        network = nn.Sequential(*(SqueezeExcitation() for _ in range(blocks)))
        return len(gzip.compress(json.dumps(trace(network, image()).to_dict()).encode()))

    assert size(60) - size(30) < 30 * 120


def test_x_plus_x_is_two_edges() -> None:
    graph = trace(Computes(lambda n, x: x + x), image()).to_networkx()
    assert graph.number_of_edges(0, 1) == 2


def test_a_networkx_graph_holds_the_live_operations_and_marks_shortcuts() -> None:
    graph = trace(DenseLayers(), image())
    exported = graph.to_networkx()
    assert networkx.is_directed_acyclic_graph(exported)
    assert list(exported) == [op.index for op in graph.ops if op.is_live]
    marked = [(a, b) for a, b, is_shortcut in exported.edges(data="is_shortcut") if is_shortcut]
    assert marked == [(j.terms[j.shortcut], j.op) for j in graph.junctions]


def test_a_networkx_graph_can_be_written_as_graphml() -> None:
    file = io.BytesIO()
    networkx.write_graphml(trace(Highway(), image()).to_networkx(), file)
    file.seek(0)
    back = networkx.read_graphml(file, node_type=int, force_multigraph=True)
    assert len(back) == len(trace(Highway(), image()).ops)
