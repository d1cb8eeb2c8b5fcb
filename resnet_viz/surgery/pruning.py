"""Leaving out for good what closed gates make superfluous."""

from __future__ import annotations

from resnet_viz.graph.network_graph import Junction, NetworkGraph
from resnet_viz.surgery.gates import JunctionGate, OneSidedGate
from resnet_viz.surgery.operated import OperatedNetwork
from resnet_viz.text import _


def pruned(operated: OperatedNetwork) -> OperatedNetwork:
    """The network without what is closed now: dropped branches and cut shortcuts are not computed any more.

    It gives what `operated` gives, and so do its gradients. It is a network of its own with the same weights under the
    same names, also those that it leaves unused; its gates are those of the junctions that still have both sides. In
    training, what is left out moves no batch statistics and draws no random numbers, so that a dropout elsewhere draws
    others. ValueError for a network that could not be traced: its own Python computes both sides of every sum.
    """
    if operated.traced is None:
        raise ValueError(
            _(
                "{network} could not be traced: its gates can be closed, but what they close is still computed",
                network=operated.graph.name,
            )
        )
    graph = operated.graph
    closed = {
        name: OneSidedGate(gate)
        for name, gate in operated.gates.items()
        if name in graph.junction and _can_be_left_out(gate, graph.junction[name], graph)
    }
    result = OperatedNetwork(operated.captured_again(), operated.example_inputs, closed)
    for name, gate in result.gates.items():
        gate.take_factors(operated.gates[name])
    return result


def _can_be_left_out(gate: JunctionGate, junction: Junction, graph: NetworkGraph) -> bool:
    """Whether a side is closed and the other one alone has the shape of the sum."""
    if gate.branch == 0:
        return True
    shape = graph.ops[junction.op].shape
    others = (term for n, term in enumerate(junction.terms) if n != junction.shortcut)
    return gate.shortcut == 0 and any(graph.ops[term].shape == shape for term in others)
