"""Fold a traced network to what is drawn: operations get words and join to units and blocks, blocks to stages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from resnet_viz.graph.fold_blocks import find_blocks
from resnet_viz.graph.fold_drawing import Drawing, drawing
from resnet_viz.graph.fold_items import Draft, find_items
from resnet_viz.graph.fold_owners import common_module
from resnet_viz.graph.fold_stages import Member, find_stages
from resnet_viz.graph.fold_values import Arc, Block, FoldedGraph, Item, Role, Shape, Stage, Words
from resnet_viz.graph.network_graph import Junction, NetworkGraph
from resnet_viz.text import N_

__all__ = ["Arc", "Block", "FoldedGraph", "Item", "Role", "Stage", "Words", "fold"]

# What the arc of a junction is called where no operation on it deserves a word.
ARC_LABELS = {
    "identity": N_("identity"),
    "projection": N_("projection"),
    "resize": N_("resized"),
    "scaled": N_("scaled"),
    "gated": N_("gated"),
    "concat": N_("concat"),
    "concat-split": N_("concat"),
}


def fold(graph: NetworkGraph) -> FoldedGraph:
    """The network as units, blocks, stages and arcs, from the trace alone: no rule knows a network by name.

    Junctions find the modules that are blocks (`fold_owners`), operations outside them join to chains with one weighted
    operation each (`fold_items`), blocks are gathered by container or resolution (`fold_stages`). Linear in the number
    of operations, but for bit sets of ancestors where a network branches.
    """
    found = drawing(graph)
    blocks = find_blocks(found)
    drafts = find_items(found, blocks)
    parallel = _parallel(drafts)
    stages = _stages(found, drafts, bool(parallel))
    items = _items(found, drafts, blocks.junctions, {n: s for s, (_, ns) in enumerate(stages) for n in ns})
    return FoldedGraph(
        graph,
        found.words,
        found.inputs,
        items,
        _named_stages(items, stages),
        _arcs(found, items, blocks.junctions),
        frozenset(items[n].name for n in parallel),
        found.channels_last,
        found.aliases,
        blocks.are_convolutions,
    )


def _parallel(drafts: Sequence[Draft]) -> set[int]:
    """Positions of the blocks that have a block beside them, neither before nor after."""
    if all(n - 1 in draft.inputs for n, draft in enumerate(drafts) if n):
        return set()
    ancestors: list[int] = []
    blocks = 0
    for n, draft in enumerate(drafts):
        bits = 0
        for source in draft.inputs:
            bits |= ancestors[source] | 1 << source
        ancestors.append(bits)
        blocks |= (draft.kind == "block") << n
    related = [(bits & blocks).bit_count() for bits in ancestors]
    after = [0] * len(drafts)  # descendants, gathered backwards
    for n in reversed(range(len(drafts))):
        for source in drafts[n].inputs:
            after[source] |= after[n] | 1 << n
    total = blocks.bit_count() - 1
    return {
        n for n, d in enumerate(drafts) if d.kind == "block" and related[n] + (after[n] & blocks).bit_count() < total
    }


def _size(found: Drawing, shape: Shape | None) -> tuple[int, int]:
    """(resolution, channels); a sequence of tokens is a resolution of its own kind."""
    if shape is None or len(shape) < 3:
        return (0, shape[-1] if shape else 0)
    if len(shape) == 3:
        return (-shape[1], shape[2])
    return (shape[1], shape[3]) if found.channels_last else (shape[2], shape[1])


def _output(found: Drawing, draft: Draft) -> int:
    """The operation whose tensor leaves the item: the last one that is read outside it, else the last."""
    own = set(draft.ops)
    read = (op for op in reversed(draft.ops) if found.words[op].role != "part" or draft.kind == "block")
    return next((op for op in read if not found.users[op] or not own.issuperset(found.users[op])), draft.ops[-1])


def _stages(found: Drawing, drafts: Sequence[Draft], parallel: bool) -> list[tuple[str, list[int]]]:
    positions = [n for n, draft in enumerate(drafts) if draft.kind == "block"]
    if not positions:
        return []
    shapes = (found.graph.ops[_output(found, drafts[n])].shape for n in positions)
    members = [
        Member(tuple(drafts[n].path.split(".")), _size(found, s)) for n, s in zip(positions, shapes, strict=True)
    ]
    return [(name, [positions[i] for i in inside]) for name, inside in find_stages(members, parallel)]


def _items(
    found: Drawing, drafts: Sequence[Draft], junctions: Sequence[Junction], stage_of: dict[int, int]
) -> tuple[Item, ...]:
    held = _junctions_by_draft(drafts, junctions)
    signatures: dict[Hashable, int] = {}
    items: list[Item] = []
    for n, draft in enumerate(drafts):
        output = _output(found, draft)
        shape = found.graph.ops[output].shape
        ops, inputs = tuple(draft.ops), tuple(sorted(draft.inputs))
        if draft.kind == "block":
            signature = signatures.setdefault(_signature(found, ops), len(signatures))
            names = tuple(held[n])
            items.append(
                Block(draft.name, "block", ops, output, shape, draft.words, inputs, n, names, stage_of[n], signature)
            )
        else:
            items.append(Item(draft.name, draft.kind, ops, output, shape, draft.words, inputs, n))
    return tuple(items)


def _junctions_by_draft(drafts: Sequence[Draft], junctions: Sequence[Junction]) -> dict[int, list[str]]:
    place = {op: n for n, draft in enumerate(drafts) for op in draft.ops}
    held: dict[int, list[str]] = defaultdict(list)
    for junction in junctions:
        if junction.op in place:
            held[place[junction.op]].append(junction.name)
    return held


def _signature(found: Drawing, ops: tuple[int, ...]) -> Hashable:
    """Equal for blocks that do the same to the same shapes: words, shapes without the batch, and what reads what.

    How often something is dropped does not count: with stochastic depth that differs from block to block.
    """
    first, last, graph = ops[0], ops[-1], found.graph.ops
    return tuple(
        (
            (w := found.words[op]).message,
            w.values,
            w.suffix if w.role != "drop" else "",
            (graph[op].shape or ())[1:],
            tuple(op - source for source in found.inputs[op] if first <= source <= last),
        )
        for op in ops
    )


def _named_stages(items: Sequence[Item], stages: list[tuple[str, list[int]]]) -> tuple[Stage, ...]:
    out: list[Stage] = []
    taken: set[str] = set()
    if len(stages) == 1 or all(len(positions) == 1 for _, positions in stages):
        stages = [(name or _common_name(items, positions), positions) for name, positions in stages]
    for n, (path, positions) in enumerate(stages):
        name = "" if path.isdigit() else path  # "3" in a Sequential names nothing
        unique = name or f"stage{n + 1}"
        while unique in taken:
            unique += "'"
        taken.add(unique)
        blocks = tuple(item for item in (items[p] for p in positions) if isinstance(item, Block))
        out.append(Stage(unique, blocks, n, 0 if name else n + 1))
    return tuple(out)


def _common_name(items: Sequence[Item], positions: list[int]) -> str:
    """What the model calls these blocks: the name of the only one, or of the container that holds them."""
    names = [items[position].name for position in positions]
    return names[0] if len(names) == 1 else common_module(names)


def _arcs(found: Drawing, items: Sequence[Item], junctions: Sequence[Junction]) -> tuple[Arc, ...]:
    """One arc for every junction of the top level, and for nested ones that span items."""
    place = {op: item.position for item in items for op in item.ops}
    top = {junction.name for junction in junctions}
    arcs = []
    for junction in found.graph.junctions:
        if junction.kind == "context" or junction.op not in place:
            continue
        source = place.get(found.aliases.get(junction.source, junction.source))
        target = place[junction.op]
        nested = junction.name not in top
        if nested and source == target:
            continue
        words = tuple(found.words[i] for i in junction.chain if i in found.words and _deserves_word(found.words[i]))
        label = "" if words else ARC_LABELS[junction.kind]
        arcs.append(Arc(junction, source if source != target else None, target, nested, words, label))
    return tuple(arcs)


def _deserves_word(words: Words) -> bool:
    return words.role in ("conv", "fc", "pool") or words.message == "zero-pad channels"
