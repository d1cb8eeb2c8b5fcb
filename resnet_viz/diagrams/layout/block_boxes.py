"""What a block view draws: operations of one block folded to stacks, circles and bars.

A stack is a box with a head (an operation with weights, a pool, ...) and strips glued to it: the norm and activation
behind a convolution, reshapes, dropout. Where a block begins with a norm (pre-activation, He et al. 2016), a norm opens
a new stack and sits on top of the next head; where it begins with an activation, an activation does. A part of a split
is no box but the line that leaves the split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from resnet_viz.diagrams.layout.layered_values import Edge
from resnet_viz.graph.fold import FoldedGraph
from resnet_viz.graph.fold_values import Shape
from resnet_viz.graph.network_graph import Junction

BoxKind = Literal["begin", "end", "stack", "merge", "cat", "split", "more"]  # more: stands for others like it
STRIPS = frozenset({"norm", "act", "param", "shape", "drop"})
SIGNS = {"add": "+", "mul": "×", "sub": "−", "div": "÷", "cat": "‖"}


@dataclass
class Box:
    """One thing drawn. `key` is its first operation; ends have keys beyond the operations."""

    key: int
    kind: BoxKind
    ops: list[int]
    inputs: list[int] = field(default_factory=list)  # keys, in operand order, each once
    shape: Shape | None = None
    sign: str = ""
    label: str = ""  # of ends: x, x₂, y; of "more": "32 paths"


@dataclass
class BlockBoxes:
    """The boxes of a block in topological order, and the roles of boxes and edges."""

    folded: FoldedGraph
    boxes: dict[int, Box]
    of: dict[int, int]  # operation -> key of the box that draws it; parts of a split -> the split's
    parts: dict[int, int]  # operation that is a part -> which one
    outside: dict[int, int]  # operation outside the block that is read in it -> key of its end
    entry: int
    exit: int
    shortcut_edges: dict[Edge, Junction] = field(default_factory=dict)
    shortcut_boxes: dict[int, Junction] = field(default_factory=dict)
    gate_edges: set[Edge] = field(default_factory=set)
    gate_boxes: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    sums: dict[int, Junction] = field(default_factory=dict)  # key of a merge -> the junction that ends there
    arrivals: dict[str, Edge] = field(default_factory=dict)  # junction -> the edge by which its shortcut arrives
    split: Split | None = None
    path_lanes: dict[int, int] = field(default_factory=dict)  # of boxes in equal paths side by side
    gathered: set[int] = field(default_factory=set)  # keys of the sums of equal paths

    @cached_property
    def users(self) -> dict[int, list[int]]:
        users: dict[int, list[int]] = {key: [] for key in self.boxes}
        for box in self.boxes.values():
            for source in box.inputs:
                users[source].append(box.key)
        return users

    @cached_property
    def ancestors(self) -> dict[int, int]:
        """For every box the boxes before it, as bits by position."""
        place = {key: n for n, key in enumerate(self.boxes)}
        found: dict[int, int] = {}
        for key, box in self.boxes.items():
            found[key] = 0
            for source in box.inputs:
                found[key] |= found[source] | 1 << place[source]
        return found

    @cached_property
    def shared(self) -> set[int]:
        """Operations whose module, which has weights, is called again in this block."""
        weighted = [op for op in self.of if self.folded.words[op].weighted and self.folded.graph.ops[op].is_module]
        calls = Counter(self.folded.graph.ops[op].module_path for op in weighted)
        return {op for op in weighted if calls[self.folded.graph.ops[op].module_path] > 1}

    def before(self, key: int) -> set[int]:
        """The boxes before this one."""
        bits = self.ancestors[key]
        return {other for n, other in enumerate(self.boxes) if bits >> n & 1}


@dataclass
class Split:
    """A region between a split and the box where all of it has come together, with one lane for each part."""

    begin: int
    end: int
    lanes: dict[int, int]
    through: set[int]  # parts that go straight from begin to end


def block_boxes(folded: FoldedGraph, ops: Sequence[int], output: int) -> BlockBoxes:
    """Fold the operations of a block, given in topological order, to boxes with roles; `output` leaves the block."""
    ops = [op for op in ops if not _is_part_of_outside(folded, op, ops)]
    inside = set(ops)
    parts = _parts(folded, ops)
    resolve = {op: _resolved(folded, parts, op) for op in ops}
    reads = {op: distinct([resolve.get(s, s) for s in folded.inputs[op]]) for op in ops if op not in parts}
    readers: dict[int, list[int]] = {op: [] for op in reads}
    for op, sources in reads.items():
        for source in sources:
            if source in readers:
                readers[source].append(op)
    leaving = distinct([resolve[op] for op in ops if op == output or _is_read_outside(folded, op, inside)])
    stacks, of = _stacks(folded, reads, readers, set(leaving))
    of |= {part: of[resolve[part]] for part in parts if resolve[part] in of}
    outside = sorted({s for sources in reads.values() for s in sources if s not in of}, reverse=True)  # x is the latest
    begin = {source: len(folded.graph.ops) + n for n, source in enumerate(outside)}
    boxes = _with_ends(folded, stacks, of, begin, reads, distinct([of[resolve[output]], *(of[op] for op in leaving)]))
    exit_ = next(key for key, box in boxes.items() if box.kind == "end")
    return BlockBoxes(folded, boxes, of, parts, begin, next(iter(boxes)), exit_)


def distinct(values: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(values))


def _is_read_outside(folded: FoldedGraph, op: int, inside: set[int]) -> bool:
    return any(user not in inside for user in folded.users[op]) or op in folded.graph.outputs


# ---------------------------------------------------------------------- parts of a split


def _is_part_of_outside(folded: FoldedGraph, op: int, ops: Sequence[int]) -> bool:
    """Whether an operation only takes a part of a split before the block: then it is what the block begins with."""
    return folded.words[op].role == "part" and all(source < ops[0] for source in folded.inputs[op])


def _parts(folded: FoldedGraph, ops: Sequence[int]) -> dict[int, int]:
    """The operations that only take one part of a split inside the block, with the number of the part."""
    inside = set(ops)
    found: dict[int, int] = {}
    for op in ops:
        sources = folded.inputs[op]
        if folded.words[op].role == "part" and len(sources) == 1 and sources[0] in inside:
            index = folded.graph.ops[op].attributes.get("index", 0)
            found[op] = index if isinstance(index, int) else 0
    taken: dict[int, list[int]] = {}
    for op in found:
        taken.setdefault(folded.inputs[op][0], []).append(op)
    for group in taken.values():  # negative indices count from the end
        total = max(len({found[op] for op in group}), max(found[op] for op in group) + 1)
        for op in group:
            found[op] %= total
    return found


def _resolved(folded: FoldedGraph, parts: dict[int, int], op: int) -> int:
    while op in parts:
        op = folded.inputs[op][0]
    return op


# ---------------------------------------------------------------------- stacks


def _kind(folded: FoldedGraph, op: int, reads: list[int], readers: list[int]) -> BoxKind:
    role = folded.words[op].role
    if role in ("add", "mul", "sub", "div") and len(reads) > 1:
        return "merge"
    if role == "cat" and len(reads) > 1:
        return "cat"
    return "split" if role == "split" and len(set(readers)) > 1 else "stack"


def _stacks(
    folded: FoldedGraph, reads: dict[int, list[int]], readers: dict[int, list[int]], leaving: set[int]
) -> tuple[dict[int, Box], dict[int, int]]:
    """Boxes by key without their inputs, and the box of every operation."""
    stacks: dict[int, Box] = {}
    of: dict[int, int] = {}
    opener = _opener(folded, reads, readers)
    for op, sources in reads.items():
        role = folded.words[op].role
        kind = _kind(folded, op, sources, readers[op])
        if kind == "stack" and len(sources) == 1 and sources[0] in of:
            stack = stacks[of[sources[0]]]
            open_ = stack.kind == "stack" and len(readers[sources[0]]) == 1 and sources[0] not in leaving
            headless = all(is_strip(folded, other) for other in stack.ops)
            glued = is_strip(folded, op) and not (role == opener and not headless)
            if open_ and (glued or (headless and not is_strip(folded, op))):
                stack.ops.append(op)
                of[op] = stack.key
                continue
        stacks[op] = Box(op, kind, [op], sign=SIGNS.get(role, "") if kind in ("merge", "cat") else "")
        of[op] = op
    return stacks, of


def _opener(folded: FoldedGraph, reads: dict[int, list[int]], readers: dict[int, list[int]]) -> str:
    """The role that opens a new stack: "norm" or "act" if the block's input enters nothing else, or "".

    What lies on a shortcut, and merges, do not count; the gate of a shortcut may begin with a convolution.
    """
    roles = set()
    junctions = [junction for junction in folded.graph.junctions if junction.op in reads]
    carried = {op for junction in junctions for op in junction.chain}
    for op, sources in reads.items():
        if op in carried or all(source in reads for source in sources):
            continue
        while folded.words[op].role in ("shape", "drop") and len(readers[op]) == 1:
            op = readers[op][0]
        roles.add(folded.words[op].role)
    roles -= {"add", "mul", "sub", "div", "cat"}
    if any(junction.kind == "gated" for junction in junctions):
        roles -= {"conv"}
    return "norm" if "norm" in roles and roles <= {"norm", "act"} else "act" if roles == {"act"} else ""


def is_strip(folded: FoldedGraph, op: int) -> bool:
    """Whether an operation is a thin strip of a stack: it has no weights worth a box and mixes nothing."""
    return folded.words[op].role in STRIPS or folded.words[op].role in ("split", "part")


def _with_ends(
    folded: FoldedGraph,
    stacks: dict[int, Box],
    of: dict[int, int],
    begin: dict[int, int],
    reads: dict[int, list[int]],
    leaving: list[int],
) -> dict[int, Box]:
    """All boxes in topological order: x, x₂, ... first, y, y₂, ... last."""
    boxes: dict[int, Box] = {}
    for n, (source, key) in enumerate(begin.items()):
        boxes[key] = Box(key, "begin", [], [], folded.graph.ops[source].shape, label=_numbered("x", n))
    for key, box in stacks.items():
        sources = [of.get(s, begin.get(s, -1)) for op in box.ops for s in reads[op]]
        box.inputs = distinct([s for s in sources if s != key])
        box.shape = folded.graph.ops[box.ops[-1]].shape
        boxes[key] = box
    first = len(folded.graph.ops) + len(begin)
    for n, source in enumerate(leaving):
        boxes[first + n] = Box(first + n, "end", [], [source], boxes[source].shape, label=_numbered("y", n))
    return boxes


def _numbered(letter: str, n: int) -> str:
    return letter + ("" if n == 0 else "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(n + 1)))
