"""Items of the network view: the blocks, and what lies between them as units and merges, in topological order."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Literal

from resnet_viz.graph.fold_blocks import Blocks
from resnet_viz.graph.fold_drawing import Drawing
from resnet_viz.graph.fold_values import Role, Words

LEADING: frozenset[Role] = frozenset({"norm", "shape", "act", "param", "drop"})  # waits for what gives a unit its name
TRAILING: frozenset[Role] = frozenset({"norm", "act", "shape", "drop", "param", "part"})  # may follow in the same unit
MERGING: frozenset[Role] = frozenset({"add", "mul", "sub", "div", "cat"})


@dataclass
class Draft:
    """An item while it is being made."""

    name: str
    kind: Literal["unit", "merge", "block"]
    ops: list[int]
    words: Words
    path: str = ""  # of a block: where to look for its stage
    inputs: set[int] = field(default_factory=set)  # of other drafts

    @property
    def order(self) -> int:
        """Where it wants to stand: a block when it is finished, a unit when it begins."""
        return self.ops[-1] if self.kind == "block" else self.ops[0]


def find_items(found: Drawing, blocks: Blocks) -> list[Draft]:
    """All items in topological order; `inputs` are positions in the list, of earlier items only."""
    drafts = [Draft(g.name, "block", g.ops, found.words[g.ops[-1]], g.path) for g in blocks.groups.values()]
    draft_of = {op: draft for draft in drafts for op in draft.ops}
    for op in sorted(found.words):
        if op not in draft_of:
            draft = _host(found, op, draft_of)
            if draft is None:
                draft = _new(found, op)
                drafts.append(draft)
            else:
                _join(found, draft, op)
            draft_of[op] = draft
    _name_units(found, drafts)
    return _sorted(found, drafts, draft_of)


def _new(found: Drawing, op: int) -> Draft:
    words = found.words[op]
    merges = words.role in MERGING and len(found.inputs[op]) > 1
    return Draft("", "merge" if merges else "unit", [op], words)


def _host(found: Drawing, op: int, draft_of: dict[int, Draft]) -> Draft | None:
    """The item that an operation joins: the unit it follows, or the block or merge whose activation it is."""
    role, sources = found.words[op].role, found.inputs[op]
    if len(sources) != 1:
        return None
    draft = draft_of[sources[0]]
    if role == "part":
        return draft if draft.kind == "unit" else None
    if len(found.users[sources[0]]) != 1:
        return None
    if draft.kind != "unit":
        return draft if role == "act" and sources[0] == draft.ops[-1] else None
    before = draft.words.role
    if role in TRAILING:
        return draft if before != "input" else None
    names = found.words[op].weighted or role in ("pool", "other")
    return draft if names and before in LEADING else None


def _join(found: Drawing, draft: Draft, op: int) -> None:
    words = found.words[op]
    draft.ops.append(op)
    if draft.kind == "unit" and (words.weighted or (draft.words.role in LEADING and words.role not in TRAILING)):
        draft.words = words


def _name_units(found: Drawing, drafts: list[Draft]) -> None:
    """Give every unit the module path of the operation it is known by, and make names unique."""
    taken = {draft.name for draft in drafts if draft.kind == "block"}
    for draft in drafts:
        if draft.kind == "block":
            continue
        known_by = next((op for op in draft.ops if found.words[op] is draft.words), draft.ops[0])
        op = found.graph.ops[known_by]
        name = op.module_path if op.is_module else ".".join(filter(None, (op.module_path, op.function)))
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}:{number}", number + 1
        taken.add(unique)
        draft.name = unique


def _sorted(found: Drawing, drafts: list[Draft], draft_of: dict[int, Draft]) -> list[Draft]:
    """Kahn's order, earliest wish first. Joining operations can make a cycle: it is cut at its earliest item."""
    number = {id(draft): n for n, draft in enumerate(drafts)}
    reads: list[set[int]] = [
        {number[id(draft_of[s])] for op in draft.ops for s in found.inputs[op]} - {n} for n, draft in enumerate(drafts)
    ]
    readers: list[list[int]] = [[] for _ in drafts]
    for n, sources in enumerate(reads):
        for source in sources:
            readers[source].append(n)
    place = _kahn([draft.order for draft in drafts], [len(sources) for sources in reads], readers)
    out: list[Draft] = [drafts[n] for n in sorted(place, key=place.__getitem__)]
    for n, sources in enumerate(reads):
        drafts[n].inputs = {place[s] for s in sources if place[s] < place[n]}
    return out


def _kahn(wish: list[int], missing: list[int], readers: list[list[int]]) -> dict[int, int]:
    """For every item its position."""
    ready = [(wish[n], n) for n, count in enumerate(missing) if not count]
    heapq.heapify(ready)
    waiting = iter(sorted(range(len(wish)), key=wish.__getitem__))
    place: dict[int, int] = {}
    while len(place) < len(wish):
        n = heapq.heappop(ready)[1] if ready else next(waiting)  # nothing is ready in a cycle: take the next by wish
        if n in place:
            continue
        place[n] = len(place)
        for reader in readers[n]:
            missing[reader] -= 1
            if not missing[reader]:
                heapq.heappush(ready, (wish[reader], reader))
    return place
