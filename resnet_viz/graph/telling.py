"""The block of a network that tells most: what is opened where nobody has chosen one. Torch-free."""

from __future__ import annotations

from resnet_viz.graph.network_graph import NetworkGraph


def telling_block(graph: NetworkGraph, stage: int = 2, *, inner: bool = False) -> str:
    """Name of a block of this stage, counted from 1, or of the last stage there is; "" where there are no blocks.

    The first block of a stage changes the shape, so of the second stage there is most to see. Where others join more
    (the ladder of a Res2Net is missing in the first), it is the first of those. `inner` skips the first block where the
    stage has others: what changes the shape besides would hide what a comparison is about.
    """
    if not graph.stages:
        return ""
    blocks = graph.stages[min(stage, len(graph.stages)) - 1].blocks
    candidates = (blocks[1:] if inner else ()) or blocks
    return max(candidates, key=lambda block: sum(graph.ops[i].kind == "add" for i in block.ops)).name
