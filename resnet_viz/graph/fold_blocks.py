"""Which operations make up each block."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from resnet_viz.graph.fold_drawing import Drawing
from resnet_viz.graph.fold_owners import block_junctions, block_modules, owners
from resnet_viz.graph.network_graph import Junction


@dataclass
class Group:
    """A block while it is being made: its name, the module path that says which stage it is in, and its operations."""

    name: str
    path: str
    ops: list[int] = field(default_factory=list)


@dataclass
class Blocks:
    """Blocks by name, the junctions drawn as arcs of the top level, and whether blocks are single convolutions."""

    groups: dict[str, Group]
    junctions: list[Junction]
    are_convolutions: bool = False


def find_blocks(found: Drawing) -> Blocks:
    """The blocks of a network, in order of their first operation.

    Modules that own a junction, their siblings without one, and where nothing repeats every convolution with its norm
    and activation.
    """
    junctions, long = block_junctions(found.graph)
    owner = owners(found, junctions)
    block_of = _by_module(found, block_modules(found, owner))
    modules = set(block_of.values())
    for junction in junctions:
        _claim(found, junction, owner.get(junction.name), block_of, modules)
    top = sorted(junctions + long, key=lambda j: j.op)
    if not block_of:
        return Blocks(_grouped(found, _convolutions(found)), top, are_convolutions=True)
    return Blocks(_grouped(found, _split_calls(found, block_of, junctions)), top)


def _by_module(found: Drawing, blocks: set[str]) -> dict[int, str]:
    """For every operation inside a block's module that module's path."""
    nearest: dict[str, str | None] = {}

    def block_around(path: str) -> str | None:
        """The innermost block that holds this module."""
        if path not in nearest:
            parent = path.rpartition(".")[0]
            nearest[path] = path if path in blocks else block_around(parent) if parent else None
        return nearest[path]

    paths = ((op, block_around(found.graph.ops[op].module_path)) for op, w in found.words.items() if w.role != "input")
    return {op: path for op, path in paths if path}


def _claim(
    found: Drawing, junction: Junction, owner: str | None, block_of: dict[int, str], modules: Iterable[str]
) -> None:
    """Move into a junction's block what lies outside the module: a projection (DLA), the sum, the whole block."""
    if owner is None:
        return
    if owner[0] == "@":
        wanted = {*junction.branch, *junction.chain, *junction.adds, junction.op}
    elif owner in modules:
        outside = not junction.is_additive or junction.module_path != owner
        if outside and junction.op in found.words:
            block_of[junction.op] = owner
        wanted = {*junction.chain}
    else:
        return
    for op in wanted:
        if op in found.words and op not in block_of and found.words[op].role != "input":
            block_of[op] = owner


def _split_calls(found: Drawing, block_of: dict[int, str], junctions: list[Junction]) -> dict[int, str]:
    """The same with a block for every call of a module that is called more than once, ":2", ":3" after its path.

    A call ends where one of its weights is used again, if the block's sum or an operation of no concern lies between.
    """
    sums = {junction.op for junction in junctions}
    calls: dict[str, int] = {}
    seen: dict[str, set[str]] = defaultdict(set)
    last: dict[str, int] = {}
    out, place, summed = {}, {op: n for n, op in enumerate(sorted(found.words))}, set()
    for op in sorted(block_of):
        block, source = block_of[op], found.graph.ops[op]
        if source.is_module and found.words[op].weighted:
            again = source.module_path in seen[block]
            if again and (block in summed or place[op] != place[last[block]] + 1):
                calls[block] = calls.get(block, 1) + 1
                seen[block].clear()
                summed.discard(block)
            seen[block].add(source.module_path)
        if op in sums:
            summed.add(block)
        last[block] = op
        out[op] = f"{block}:{calls[block]}" if block in calls else block
    return out


def _convolutions(found: Drawing) -> dict[int, str]:
    """Every convolution (without any, every linear map) as a block, with the norms and activations that follow it."""
    roles = {words.role for words in found.words.values()}
    wanted = "conv" if "conv" in roles else "fc"
    block_of: dict[int, str] = {}
    for op in sorted(found.words):
        role, sources = found.words[op].role, found.inputs[op]
        follows = len(sources) == 1 and len(found.users[sources[0]]) == 1 and sources[0] in block_of
        if role == wanted:
            block_of[op] = f"@{op}"
        elif role in ("norm", "act") and follows:
            block_of[op] = block_of[sources[0]]
    return block_of


def _grouped(found: Drawing, block_of: dict[int, str]) -> dict[str, Group]:
    """Blocks by name; nameless ones take the name of their junction or of their operation's module."""
    groups: dict[str, Group] = {}
    names: set[str] = set()
    for op in sorted(block_of):
        key = block_of[op]
        if key not in groups:
            group = _named(found, key, names)
            names.add(group.name)
            groups[key] = group
        groups[key].ops.append(op)
    return {group.name: group for group in groups.values()}


def _named(found: Drawing, key: str, taken: set[str]) -> Group:
    graph = found.graph
    if key[0] != "@":
        return Group(key, key.partition(":")[0])
    if key[1:] in graph.junction:
        name, path = key[1:], graph.junction[key[1:]].module_path
    else:
        op = graph.ops[int(key[1:])]
        name, path = op.module_path or op.function, op.module_path
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}:{number}", number + 1
    return Group(unique, path)
