"""Stages: blocks of one container of the model, else runs of blocks at one resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

FOLDS = 1.9  # a stage level must have at least so many blocks a stage: fewer is no folding


@dataclass(frozen=True)
class Member:
    """What a block says about its stage: where it lives in the model, and (resolution, channels) of what leaves it."""

    path: tuple[str, ...]
    size: tuple[int, int]


def find_stages(members: Sequence[Member], parallel: bool) -> list[tuple[str, list[int]]]:
    """(container's path or "", positions of its blocks) for every stage, in order.

    The outermost level of containers that folds the blocks; one level deeper where a container changes the resolution
    inside. Without such a level, runs of equal resolution and width, or of resolution alone.
    """
    depth = _container_depth(members, parallel)
    keys: list[object] = [".".join(member.path[:depth]) for member in members] if depth else _sizes(members)
    stages: dict[object, list[int]] = {}
    if parallel:
        for n, key in enumerate(keys):
            stages.setdefault(key, []).append(n)
        return [(key if depth else "", blocks) for key, blocks in stages.items()]  # type: ignore[misc]
    runs: list[tuple[object, list[int]]] = []
    for n, key in enumerate(keys):
        if runs and runs[-1][0] == key:
            runs[-1][1].append(n)
        else:
            runs.append((key, [n]))
    return [(str(key) if depth else "", blocks) for key, blocks in runs]


def _container_depth(members: Sequence[Member], parallel: bool) -> int:
    """How many parts of a block's path name its stage; 0 where no level of containers folds."""
    n = len(members)
    longest = max(len(member.path) for member in members)
    for depth in range(1, longest):
        groups = {member.path[:depth] for member in members}
        if len(groups) < 2:
            continue
        if not parallel and _mixes_resolutions(members, depth) and _count(members, depth + 1) <= n / FOLDS:
            continue
        if not parallel and 1 + sum(a.path[:depth] != b.path[:depth] for a, b in pairwise(members)) > len(groups):
            return 0  # the containers take turns: they are no stages
        folds = len(groups) <= max(2, n / FOLDS) or (parallel and len(groups) < n)
        return depth if folds or _follows_resolution(members, depth) else 0
    return 0


def _count(members: Sequence[Member], depth: int) -> int:
    return len({member.path[:depth] for member in members})


def _mixes_resolutions(members: Sequence[Member], depth: int) -> bool:
    return len({(member.path[:depth], member.size[0]) for member in members}) > _count(members, depth)


def _follows_resolution(members: Sequence[Member], depth: int) -> bool:
    """Whether the containers at this depth are the runs of equal resolution: so few blocks that nothing folds."""
    if any(len(member.path) <= depth for member in members):
        return False
    return all((a.path[:depth] == b.path[:depth]) == (a.size[0] == b.size[0]) for a, b in pairwise(members))


def _sizes(members: Sequence[Member]) -> list[object]:
    runs = 1 + sum(a.size != b.size for a, b in pairwise(members))
    fine = runs <= len(members) / FOLDS
    return [member.size if fine else member.size[0] for member in members]
