"""The graph of a network, traced without its weights."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import nn

from resnet_viz import graph, zoo
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes.questions import ArchitectureQuestion
from resnet_viz.zoo import NetworkSpec


def measure(question: ArchitectureQuestion) -> NetworkGraph:
    """The graph of the network at its usual input. Raises ValueError with one sentence where it cannot be built."""
    return graph_of(question.network)


@lru_cache(maxsize=16)
def graph_of(spec: NetworkSpec) -> NetworkGraph:
    """The graph of a network, traced at its usual input size; remembered."""
    example = torch.empty(2, *spec.input_shape, device="meta")
    return graph.trace(build_on_meta(spec), example, name=spec.label)


def build_on_meta(spec: NetworkSpec) -> nn.Module:
    """The network without numbers where it can be built so, which takes no memory; else with them."""
    try:
        with torch.device("meta"):
            return zoo.build(spec)
    except (RuntimeError, NotImplementedError):  # it computes with numbers while it is built
        return zoo.build(spec)
