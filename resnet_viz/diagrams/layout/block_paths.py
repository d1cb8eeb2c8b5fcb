"""Equal paths side by side, as in ResNeXt (Xie et al. 2017): of many the first two and the last are drawn.

A path is a chain of stacks from a fork to a sum or concatenation; paths are equal if their stacks say the same. Three
or more have lanes beside each other, and their sum is one circle. In place of those that are not drawn stands one path
of "more" boxes, each of which stands for all that they hold there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from resnet_viz.diagrams.layout.block_boxes import BlockBoxes, Box
from resnet_viz.text import _

FEWEST = 3  # so many equal paths stand side by side
DRAWN_ALL = 4  # so many are all drawn
FIRST = 2  # of more, so many and the last; the last of these is in lane 0


@dataclass
class _Join:
    """A sum or a concatenation: what comes together in it, and the sums that it is made of, innermost first."""

    key: int
    terms: list[int]
    adds: list[int] = field(default_factory=list)  # empty for a concatenation


@dataclass
class _Bundle:
    """Equal paths from one fork to one join, in the order of its operands; each from its beginning to its end."""

    join: _Join
    paths: list[list[int]]


def fold_paths(found: BlockBoxes) -> None:
    """Say in which lanes equal paths lie, make one sum of theirs, and put "more" boxes in place of all but three."""
    bundles = [bundle for join in _joins(found) for bundle in _bundles(found, join)]
    for bundle in bundles:
        _gather(found, bundle)
        shown = bundle.paths if len(bundle.paths) <= DRAWN_ALL else _hide(found, bundle)
        for lane, path in enumerate(shown, start=1 - FIRST):
            found.path_lanes.update(dict.fromkeys(path, lane))
    if bundles:
        found.__dict__.pop("users", None)  # the graph has changed


# ---------------------------------------------------------------------- what is there


def _joins(found: BlockBoxes) -> Iterator[_Join]:
    inner: set[int] = set()
    for key in reversed(found.boxes):
        box = found.boxes[key]
        if box.kind == "cat" and len(box.inputs) >= FEWEST:
            yield _Join(key, box.inputs)
        elif box.sign == "+" and key not in inner:
            join = _flattened(found, key)
            inner.update(join.adds)
            if len(join.terms) >= FEWEST:
                yield join


def _flattened(found: BlockBoxes, key: int) -> _Join:
    """A sum with the sums that only it reads, one in another: ((p + q) + r) + s."""
    adds, later, at = [key], list[int](), key
    while True:
        before = [s for s in found.boxes[at].inputs if found.boxes[s].sign == "+" and found.users[s] == [at]]
        if len(before) != 1:
            return _Join(key, [*found.boxes[at].inputs, *reversed(later)], adds[::-1])
        later += [s for s in found.boxes[at].inputs if s != before[0]]
        at = before[0]
        adds.append(at)


def _bundles(found: BlockBoxes, join: _Join) -> list[_Bundle]:
    carried = {op for junction in found.folded.graph.junctions if junction.op in found.of for op in junction.chain}
    alike: dict[Hashable, list[list[int]]] = defaultdict(list)
    for term in join.terms:
        path, fork = _path(found, term)
        if path and carried.isdisjoint(op for key in path for op in found.boxes[key].ops):
            alike[fork, tuple(_says(found, key) for key in path)].append(path)
    many = [_Bundle(join, paths) for paths in alike.values() if len(paths) >= FEWEST]
    return many[:1] if join.adds else many


def _path(found: BlockBoxes, term: int) -> tuple[list[int], int]:
    """(the stacks that lead to nothing but this operand, first to last; the box before them)."""
    path: list[int] = []
    while found.boxes[term].kind == "stack" and len(found.users[term]) == len(found.boxes[term].inputs) == 1:
        path.append(term)
        term = found.boxes[term].inputs[0]
    return path[::-1], term


def _says(found: BlockBoxes, key: int) -> Hashable:
    words, box = found.folded.words, found.boxes[key]
    return tuple(words[op].label for op in box.ops), (box.shape or ())[1:]


# ---------------------------------------------------------------------- what is drawn


def _gather(found: BlockBoxes, bundle: _Bundle) -> None:
    """Make one sum of those that add the paths; other terms (a shortcut) are added after it."""
    join, ends = bundle.join, [path[-1] for path in bundle.paths]
    if not join.adds:
        return
    others = [term for term in join.terms if term not in ends]
    first = len(ends) - 2
    gathered = [found.boxes.pop(add) for add in join.adds]
    total = Box(join.adds[first], "merge", [op for box in gathered[: first + 1] for op in box.ops], ends)
    total.shape, total.sign = gathered[first].shape, "+"
    found.boxes[total.key] = total
    found.of.update(dict.fromkeys(total.ops, total.key))
    found.gathered.add(total.key)
    for before, box, other in zip(join.adds[first:-1], gathered[first + 1 :], others, strict=True):
        box.inputs = [before, other]
        found.boxes[box.key] = box
    join.key, join.terms, join.adds = total.key, ends, []
    found.boxes = _in_order(found.boxes)


def _hide(found: BlockBoxes, bundle: _Bundle) -> list[list[int]]:
    """Let one path of "more" boxes stand for all but the first two paths and the last; the paths that are left."""
    hidden = bundle.paths[FIRST:-1]
    label = _("{count} paths", count=len(bundle.paths))
    for keys in zip(*hidden, strict=True):
        boxes = [found.boxes[key] for key in keys]
        ops = [op for box in boxes for op in box.ops]
        more = found.boxes[keys[0]] = Box(keys[0], "more", ops, boxes[0].inputs, boxes[0].shape, label=label)
        found.of.update(dict.fromkeys(ops, more.key))
    gone = {key for path in hidden[1:] for key in path}
    found.boxes = {key: box for key, box in found.boxes.items() if key not in gone}
    join = found.boxes[bundle.join.key]
    join.inputs = [key for key in join.inputs if key not in gone]
    return [*bundle.paths[:FIRST], hidden[0], bundle.paths[-1]]


def _in_order(boxes: dict[int, Box]) -> dict[int, Box]:
    """The boxes with each after what it reads, otherwise in the order they are in."""
    out: dict[int, Box] = {}
    waiting = list(boxes.values())
    while waiting:
        late = []
        for box in waiting:
            if all(source in out for source in box.inputs):
                out[box.key] = box
            else:
                late.append(box)
        waiting = late
    return out
