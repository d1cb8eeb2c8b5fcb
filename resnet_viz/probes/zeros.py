"""Weights that begin as zeros, and those among them because of which a gradient is exactly 0.

A gradient of 0 behind such a weight is no underflow. Fixup (Zhang, Dauphin, Ma 2019, arXiv:1901.09321) begins with a
classifier of zeros, which no gradient passes, and with zeros in every branch, around which the shortcuts lead.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet

from torch import nn

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery

_ADDED = re.compile("bias|beta|token|pos|embed")  # parameters that are added, by their usual names

Edge = tuple[int, int]  # the operation read, the operation that reads it


def zero_weights(network: nn.Module) -> tuple[str, ...]:
    """Names of the parameters that begin as zeros and multiply a signal: what they multiply is 0 by construction."""
    return tuple(
        name
        for name, parameter in network.named_parameters()
        if not _ADDED.search(name.rpartition(".")[2]) and not parameter.detach().any()
    )


def blocking_weights(
    graph: NetworkGraph, surgery: Surgery, zeros: Sequence[str], outputs: Iterable[int]
) -> tuple[str, ...]:
    """Of the weights `zeros` those that stop the gradient of these operations: every way from one of them to the loss
    leads through such a weight. For each operation the one nearest to the loss, the first that the gradient meets; none
    where several weights stop it only together."""
    place = {name: ops for name in zeros if (ops := _operations(graph, name))}
    cut, found = _cut(graph, surgery), []
    lost = set(outputs) & _reached(graph, cut, ())
    for name in sorted(place, key=lambda name: max(place[name]), reverse=True):
        stopped = lost - _reached(graph, cut, place[name]) if lost else None
        if stopped:
            found.append(name)
            lost -= stopped
    return tuple(reversed(found))


def _operations(graph: NetworkGraph, name: str) -> frozenset[int]:
    """The operations that multiply by a parameter: a layer whose only weight it is, or what reads it by itself."""
    owner, _dot, last = name.rpartition(".")
    layers = [op.index for op in graph.ops if op.is_module and op.module_path == owner and last == "weight"]
    alone = [op.index for op in graph.ops if op.kind == "parameter" and op.attributes.get("path") == name]
    readers = [reader for index in alone for reader in graph.users[index] if graph.ops[reader].function == "mul"]
    return frozenset(layers + readers)


def _cut(graph: NetworkGraph, surgery: Surgery) -> AbstractSet[Edge]:
    """What a surgery makes a factor of 0: the ways of a signal into a sum that nothing passes."""
    gone: set[Edge] = set()
    for name in surgery.cut | surgery.dropped:
        junction = graph.junction[name]
        for position, term in enumerate(junction.terms):
            if name in (surgery.cut if position == junction.shortcut else surgery.dropped):
                gone |= {(term, add) for add in junction.adds}
    return gone


def _reached(graph: NetworkGraph, cut: AbstractSet[Edge], closed: Collection[int]) -> set[int]:
    """The operations from which a way leads to an output of the network, around the closed ones."""
    reached = set(graph.outputs) - set(closed)
    waiting = list(reached)
    while waiting:
        reader = waiting.pop()
        for read in set(graph.ops[reader].inputs) - reached:
            if (read, reader) not in cut and read not in closed:
                reached.add(read)
                waiting.append(read)
    return reached
