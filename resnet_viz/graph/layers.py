"""The layers of a block as a table: what each weighted operation reads, gives, holds and costs. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_viz.graph.fold import Block, FoldedGraph


@dataclass(frozen=True)
class Layer:
    """One weighted operation of a block."""

    name: str  # module path below the block's own
    operation: str  # as the diagrams call it: "3×3 conv, 64, /2"
    output: str  # "64 × 56 × 56"
    num_parameters: int
    macs: int  # multiply-adds of one example; a multiply-add counts once


def layers(folded: FoldedGraph, block: Block) -> list[Layer]:
    """The weighted operations of the block in order of execution."""
    graph = folded.graph
    rows = []
    for index in sorted(block.ops):
        op, words = graph.ops[index], folded.words[index]
        if not (words.weighted or op.macs):
            continue
        name = op.module_path.removeprefix(block.name).lstrip(".") or op.function
        rows.append(Layer(name, words.label, folded.shape_words(op.shape), op.num_parameters, op.macs))
    return rows
