"""Which blocks a lesion study deletes or swaps, how many at once, and what it draws. Without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from resnet_viz.graph.fold_values import Block, Shape
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes.answers import Floats

Integers = NDArray[np.int64]

MAX_AMOUNTS = 24  # columns of a study
_LESIONS = 3  # a random stream of a seed beside those of `probes.data`


@dataclass(frozen=True, eq=False)
class Site:
    """A block: what it does to shapes, and whether it can be deleted."""

    block: Block
    junctions: tuple[str, ...]  # whose residual branches a lesion drops
    before: Shape | None  # of the tensor that enters, without the batch; None where several enter
    after: Shape | None
    can_be_deleted: bool

    @property
    def name(self) -> str:
        return self.block.name

    @property
    def keeps_shape(self) -> bool:
        return self.before is not None and self.before == self.after


def sites(graph: NetworkGraph) -> tuple[Site, ...]:
    """The blocks of a network in order of execution.

    Where the network has shortcuts a block that has one can be deleted, by dropping its residual branch; in a network
    without any, a block that gives the shape that it takes, so that what follows can do without it.
    """
    return tuple(_site(graph, block) for block in graph.blocks)


def amounts(most: int) -> Integers:
    """1, 2, … up to the most, ever more sparsely where that would be many."""
    if most <= MAX_AMOUNTS:
        return np.arange(1, most + 1, dtype=np.int64)
    return np.unique(np.round(np.geomspace(1, most, MAX_AMOUNTS)).astype(np.int64))


def deleted_sets(numbers: Sequence[int], sizes: Integers, draws: int, seed: int) -> list[list[frozenset[int]]]:
    """For each draw and size which of these blocks are deleted. In one draw the sets grow: each holds those before."""
    orders = [_random(seed, draw).permutation(numbers) for draw in range(draws)]
    return [[frozenset(order[:size].tolist()) for size in sizes] for order in orders]


def swapped_orders(found: Sequence[Site], sizes: Integers, draws: int, seed: int) -> list[list[tuple[int, ...]]]:
    """For each draw and number of swaps which block runs at each place.

    A swap exchanges what stands at two places drawn among all pairs of the same shape; in one draw each order goes on
    from the one before.
    """
    pairs = swappable(found)
    return [_orders_of_a_draw(len(found), pairs, sizes, _random(seed, draw)) for draw in range(draws)]


def swappable(found: Sequence[Site]) -> list[tuple[int, int]]:
    """Pairs of blocks that take the same shape and give the same."""
    return [
        (one, other)
        for one, other in combinations(range(len(found)), 2)
        if found[one].before is not None
        and (found[one].before, found[one].after) == (found[other].before, found[other].after)
    ]


def kendall_tau(order: Sequence[int]) -> float:
    """Agreement with 0, 1, 2, …: 1 for that order, -1 for its reverse (pairs in order less pairs out of it, over all).

    NaN for fewer than two.
    """
    ranks = np.asarray(order)
    later, earlier = np.tril_indices(len(ranks), -1)
    return float(np.sign(ranks[later] - ranks[earlier]).mean()) if len(later) else float("nan")


def kendall_taus(orders: Sequence[Sequence[Sequence[int]]]) -> Floats:
    """(draws, columns) of the orders."""
    return np.array([[kendall_tau(order) for order in row] for row in orders])


def _site(graph: NetworkGraph, block: Block) -> Site:
    folded, inside = graph.folded, set(block.ops)
    read = {source for op in block.ops for source in folded.inputs[op] if source not in inside}
    shapes = [graph.ops[source].shape for source in read]
    before = shapes[0][1:] if len(shapes) == 1 and shapes[0] is not None else None
    after = block.shape[1:] if block.shape is not None else None
    junctions = tuple(name for name in block.junctions if graph.junction[name].is_additive)
    can_be_deleted = bool(junctions) if graph.shortcuts else before is not None and before == after
    return Site(block, junctions, before, after, can_be_deleted)


def _orders_of_a_draw(
    count: int, pairs: Sequence[tuple[int, int]], sizes: Integers, random: np.random.Generator
) -> list[tuple[int, ...]]:
    order, done, orders = list(range(count)), 0, []
    for size in sizes:
        for number in random.integers(len(pairs), size=size - done):
            one, other = pairs[number]
            order[one], order[other] = order[other], order[one]
        done = size
        orders.append(tuple(order))
    return orders


def _random(seed: int, draw: int) -> np.random.Generator:
    return np.random.default_rng([seed, _LESIONS, draw])
