"""Junctions: which sums and concatenations join a shortcut with a residual branch. Torch-free; a pure function.

A sum is a junction if one of its operands leads back, through operations a shortcut may hold, to a *source* from which
another operand descends through something that has weights. In detail:

- Sums are flattened along their spine: x + f + g is one junction with three terms.
- From each operand one walks back through passive operations (norm, pool, pad, resize, scale, strided slice), through
  at most three weighted ones, and through at most one product of two tensors (highway networks: Srivastava et al.
  2015; exclusive and shortcut-only gating: He et al. 2016). The first operation that another operand descends from is
  the source, or a farther one if a part of the branch goes past the nearest (a Runge-Kutta step whose first stage reads
  x before it is padded); a gate that both operands share, as g and 1 − g, is none.
- One of the operations may be a slice, if another operand descends from the whole that was sliced (dual path networks:
  Chen et al. 2017), and not from other slices of it only (Res2Net).
- The residual branch is everything between source and the other operands. It must hold a weighted operation (more of
  them than the shortcut, if that has two or more); a norm is enough beside an otherwise empty shortcut (PoolFormer).
  Where all terms do the same operations, as two heads that are averaged (LeViT) or the paths of a ResNeXt (Xie et al.
  2017), none is a shortcut.
- Among several readings the cheapest shortcut wins: fewest weighted operations, fewest products, most of the other
  operands from its source, shortest, heaviest branch.
- The operand that is broadcast is never the shortcut; if all others are broadcast, the sum adds a context vector
  (GCNet).

Concatenations are junctions where an operand is untouched: it is an ancestor of all others (DenseNet), or one part of a
split (ShuffleNet, CSP). A concatenation that repeats an earlier one and appends to it takes that one as its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from resnet_viz.graph.ancestry import Ancestry
from resnet_viz.graph.concatenations import concatenating_junctions
from resnet_viz.graph.network_graph import Junction, Op
from resnet_viz.graph.sums import additive_junctions


def find_junctions(ops: Sequence[Op]) -> tuple[Junction, ...]:
    """Every junction in order of its operation, named, with the nesting of sums in `parent`."""
    network = Ancestry(ops)
    found = [*additive_junctions(network), *concatenating_junctions(network)]
    found.sort(key=lambda junction: junction.op)
    parents = _parents(found)
    names = _names(found, parents)
    return tuple(
        replace(junction, name=name, parent=None if parent is None else names[parent])
        for junction, name, parent in zip(found, names, parents, strict=True)
    )


def _parents(junctions: Sequence[Junction]) -> list[int | None]:
    """For each the number of the smallest whose branch holds its last operation; a concat never holds a sum."""
    holders: dict[int, list[int]] = {junction.op: [] for junction in junctions}
    for number, junction in enumerate(junctions):
        for op in junction.branch:
            if op in holders:
                holders[op].append(number)
    out: list[int | None] = []
    for junction in junctions:
        holding = [n for n in holders[junction.op] if _may_hold(junctions[n], junction)]
        out.append(min(holding, key=lambda n: len(junctions[n].branch), default=None))
    return out


def _names(junctions: Sequence[Junction], parents: Sequence[int | None]) -> list[str]:
    """Module paths, "root" for the network's own forward; further junctions of a module get ":2", ":3".

    The plain path belongs to the block's own sum, though the concatenation and the sums inside its branch come first.
    """

    def nested(number: int) -> bool:
        return parents[number] is not None or not junctions[number].is_additive

    names = [""] * len(junctions)
    counts: dict[str, int] = {}
    for number in sorted(range(len(junctions)), key=nested):
        path = junctions[number].module_path or "root"
        counts[path] = counts.get(path, 0) + 1
        names[number] = path if counts[path] == 1 else f"{path}:{counts[path]}"
    return names


def _may_hold(outer: Junction, inner: Junction) -> bool:
    return outer is not inner and (not outer.kind.startswith("concat") or inner.kind.startswith("concat"))
