"""Fold a traced network to what is drawn: operations get words, operations join to units and blocks, blocks to stages."""

from __future__ import annotations

from resnet_viz.graph.fold_values import Arc, Block, FoldedGraph, Item, Role, Stage, Words
from resnet_viz.graph.network_graph import NetworkGraph

__all__ = ["Arc", "Block", "FoldedGraph", "Item", "Role", "Stage", "Words", "fold"]


def fold(graph: NetworkGraph) -> FoldedGraph:
    """The network as units, blocks, stages and arcs, from the trace alone: no rule knows a network by name."""
    raise NotImplementedError
