"""Junctions: which sums and concatenations join a shortcut with a residual branch. Torch-free; a pure function.

A sum is a junction if one of its operands leads back, through operations a shortcut may hold, to a *source* from which
another operand descends through something that has weights. In detail:

- Sums are flattened along their spine: x + f + g is one junction with three terms.
- From each operand one walks back through passive operations (norm, pool, pad, resize, scale, strided slice), through
  at most three weighted ones, and through at most one product of two tensors (highway networks: Srivastava et al.
  2015; exclusive and shortcut-only gating: He et al. 2016). The first operation that another operand descends from is
  the source.
- One of the operations may be a slice, if another operand descends from the whole that was sliced (dual path networks:
  Chen et al. 2017), and not from other slices of it only (Res2Net).
- The residual branch is everything between source and the other operands. It must hold a weighted operation (more of
  them than the shortcut, if that has two or more); a norm is enough beside an otherwise empty shortcut (PoolFormer).
- Among several readings the cheapest shortcut wins: fewest weighted operations, fewest products, shortest, heaviest
  branch.
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
    return _nested(_named(sorted(found, key=lambda junction: junction.op)))


def _named(junctions: Sequence[Junction]) -> list[Junction]:
    """Named by module path, further ones of a module with ":2", ":3"; those of the network's own forward are "root"."""
    counts: dict[str, int] = {}
    out = []
    for junction in junctions:
        path = junction.module_path or "root"
        counts[path] = counts.get(path, 0) + 1
        out.append(replace(junction, name=path if counts[path] == 1 else f"{path}:{counts[path]}"))
    return out


def _nested(junctions: Sequence[Junction]) -> tuple[Junction, ...]:
    """With `parent`: the smallest junction whose branch holds this one's last operation; a concat never holds a sum."""
    holders: dict[int, list[Junction]] = {}
    wanted = {junction.op for junction in junctions}
    for junction in junctions:
        for i in junction.branch:
            if i in wanted:
                holders.setdefault(i, []).append(junction)
    out = []
    for junction in junctions:
        holding = [h for h in holders.get(junction.op, ()) if h.op != junction.op and _may_hold(h, junction)]
        parent = min(holding, key=lambda h: len(h.branch)).name if holding else None
        out.append(replace(junction, parent=parent))
    return tuple(out)


def _may_hold(outer: Junction, inner: Junction) -> bool:
    return not outer.kind.startswith("concat") or inner.kind.startswith("concat")
