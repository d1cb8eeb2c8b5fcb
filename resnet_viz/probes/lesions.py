"""What it costs to delete blocks of a network, or to swap them, at test time and without training again.

Veit, Wilber, Belongie 2016, "Residual Networks Behave Like Ensembles of Relatively Shallow Networks"
(arXiv:1605.06431). Deleted are modules while their shortcuts stay: of y = f(shortcut(x) + residual(x)) what remains is
f(shortcut(x)). In a network without shortcuts a block that keeps its shape is left out, and passes on what it gets.

The network is in evaluation mode, with running statistics; as drawn it has none yet, and gets those of the pictures.
Where the blocks are a chain, what networks have in common up to some block is run once (`surgery.chain`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import architecture, data, estimate
from resnet_viz.probes.answers import Floats
from resnet_viz.probes.batch_norm import freeze
from resnet_viz.probes.gradients import Progress, explained, prepare, silent, versions
from resnet_viz.probes.lesion_plan import (
    Integers,
    Site,
    amounts,
    deleted_sets,
    kendall_taus,
    sites,
    swappable,
    swapped_orders,
)
from resnet_viz.probes.questions import LesionQuestion, check_scores
from resnet_viz.probes.study_answers import LesionAnswer
from resnet_viz.surgery import OperatedNetwork, Surgery, operate, reordered, without_blocks
from resnet_viz.surgery.chain import Step, Variant, chain_of
from resnet_viz.text import _, speaking

_AT_ONCE = 128  # pictures: more leave the cache of the processor, fewer keep it waiting


def measure(question: LesionQuestion, progress: Progress | None = None) -> LesionAnswer:
    """The error of a network with blocks deleted or swapped, and of the intact one.

    Raises ValueError with one sentence for a network that does not fit into memory or does not run on such pictures,
    for one of which no block can be deleted or swapped, for a junction that it does not have, and where there are no
    scores.
    """
    start = time.perf_counter()
    told = progress or silent
    told(0.0, _("Building the network"))
    graph = architecture.graph_of(question.network)
    check_scores(question.network, graph)
    estimate.refuse(question, graph)
    question.surgery.check(graph.gate_names)
    batch = data.batch(question)
    images, labels = torch.from_numpy(batch.images), torch.from_numpy(batch.labels)
    network, operated = _prepared(question, images, told)
    found = sites(operated.graph)
    study = plan(question, found)
    variants = (tuple(map(Step, range(len(found)))), *study.variants)
    errors, passes = errors_of(bench_of(network, operated, found), images, labels, variants, told)
    answer = _answer(question, operated.graph, found, study, errors, labels)
    return replace(answer, forward_passes=passes, seconds=time.perf_counter() - start)


def _prepared(question: LesionQuestion, images: Tensor, told: Progress) -> tuple[nn.Module, OperatedNetwork]:
    """The network and the operated one, in evaluation mode, with statistics; they run on these pictures."""
    try:
        question = replace(question, batch_norm_mode="frozen")
        network, operated = prepare(question, told)
        if question.freezes_the_batch:
            freeze(operated, images)
        with torch.no_grad():
            operated(images[:2])
    except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
        raise explained(question, error) from error
    return network, operated


# ---- what is asked


@dataclass(frozen=True, eq=False)
class Study:
    """The networks to run: row by row those of the answer's columns."""

    variants: tuple[Variant, ...]
    amounts: Integers
    kendall_tau: Floats  # (rows, columns)
    columns: Integers  # of the answer that are measured; the others stand for blocks that cannot be deleted


def plan(question: LesionQuestion, found: Sequence[Site]) -> Study:
    """What a study deletes or swaps. ValueError where there is nothing of the kind."""
    return _swapping(question, found) if question.study == "order" else _deleting(question, found)


def _swapping(question: LesionQuestion, found: Sequence[Site]) -> Study:
    if not swappable(found):
        raise ValueError(_("{network} has no two blocks of the same shape to swap", network=question.network.label))
    swaps = amounts(len(found))
    orders = swapped_orders(found, swaps, question.draws, question.seed)
    variants = tuple(tuple(map(Step, order)) for row in orders for order in row)
    return Study(variants, swaps, kendall_taus(orders), np.arange(len(swaps)))


def _deleting(question: LesionQuestion, found: Sequence[Site]) -> Study:
    numbers = [number for number, site in enumerate(found) if site.can_be_deleted]
    if not numbers:
        raise ValueError(
            _(
                "{network} has no block that could be deleted: none has a shortcut, or gives the shape that it takes",
                network=question.network.label,
            )
        )
    if question.study == "single":
        counts, columns = np.ones(len(found), dtype=np.int64), np.array(numbers)
        sets = [[frozenset((number,)) for number in numbers]]
    else:
        counts = amounts(len(numbers))
        columns = np.arange(len(counts))
        sets = deleted_sets(numbers, counts, question.draws, question.seed)
    variants = tuple(tuple(Step(k, k in gone) for k in range(len(found))) for row in sets for gone in row)
    return Study(variants, counts, np.full((len(sets), len(counts)), np.nan), columns)


# ---- what is run


class Bench(Protocol):
    """Runs variants of one network. `passes` is what that took, in runs of the whole network."""

    passes: float

    def run(self, images: Tensor, variants: Sequence[Variant]) -> Iterator[tuple[int, Tensor]]:
        """(number of the variant, its scores) for each, in any order."""
        ...


def bench_of(network: nn.Module, operated: OperatedNetwork, found: Sequence[Site]) -> Bench:
    """The quickest way to run variants of an operated network."""
    chain = chain_of(operated, [site.block for site in found])
    return WholeNetworks(network, operated, found) if chain is None else chain


class WholeNetworks:
    """Runs a whole network for every variant: for networks whose blocks are no chain. Leaves the gates as they were."""

    def __init__(self, network: nn.Module, operated: OperatedNetwork, found: Sequence[Site]) -> None:
        self._network, self._operated, self._sites = network, operated, found
        self._surgery = Surgery.of(
            shortcuts={name: gate.shortcut for name, gate in operated.gates.items()},
            branches={name: gate.branch for name, gate in operated.gates.items()},
        )
        self.passes = 0.0

    def run(self, images: Tensor, variants: Sequence[Variant]) -> Iterator[tuple[int, Tensor]]:
        for number, variant in enumerate(variants):
            self.passes += 1
            yield number, self._scores(variant, images)

    def _scores(self, variant: Variant, images: Tensor) -> Tensor:
        graph, sites_and_steps = self._operated.graph, list(zip(self._sites, variant, strict=True))
        order = {site.name: self._sites[step.block].name for site, step in sites_and_steps}
        deleted = [site for site, step in sites_and_steps if step.is_deleted]
        if any(place != block for place, block in order.items()):
            return operate(reordered(self._network, order, graph=graph), self._surgery, images[:2])(images)
        if not graph.shortcuts:
            return without_blocks(self._network, [site.name for site in deleted], graph=graph)(images)
        dropped = {name: 0.0 for site in deleted for name in site.junctions}
        try:
            self._operated.perform(Surgery(self._surgery.shortcuts, (*self._surgery.branches, *dropped.items())))
            return self._operated(images)
        finally:
            self._operated.perform(self._surgery)


@torch.no_grad()
def errors_of(
    bench: Bench, images: Tensor, labels: Tensor, variants: Sequence[Variant], told: Progress = silent
) -> tuple[Floats, float]:
    """Share of wrong pictures for each variant, and how many whole networks' work that was."""
    wrong, done = np.zeros(len(variants)), 0
    parts = list(zip(images.split(_AT_ONCE), labels.split(_AT_ONCE), strict=True))
    for some_images, some_labels in parts:
        for number, scores in bench.run(some_images, variants):
            wrong[number] += _num_wrong(scores, some_labels)
            done += 1
            told(0.05 + 0.95 * done / (len(parts) * len(variants)), _("Deleting and swapping blocks"))
    return wrong / len(labels), bench.passes / len(parts)


def _num_wrong(scores: Tensor, labels: Tensor) -> int:
    """How many rows have their largest score elsewhere; a row that is not all numbers is wrong."""
    return int(((scores.argmax(1) != labels) | scores.isnan().any(1)).sum())


# ---- what is said


def _answer(
    question: LesionQuestion, graph: NetworkGraph, found: Sequence[Site], study: Study, errors: Floats, labels: Tensor
) -> LesionAnswer:
    with speaking("en"):  # an answer is kept for readers of every language
        stage_names = tuple(stage.title for stage in graph.stages)
    table = np.full(study.kendall_tau.shape, np.nan)
    table[:, study.columns] = errors[1:].reshape(len(table), -1)
    return LesionAnswer(
        question=question,
        block_names=tuple(site.name for site in found),
        stage_of_block=tuple(site.block.stage for site in found),
        stage_names=stage_names,
        keeps_shape=np.array([site.keeps_shape for site in found]),
        intact_error=float(errors[0]),
        chance_error=1 - int(labels.bincount().max()) / len(labels),
        amounts=study.amounts,
        errors=table,
        kendall_tau=study.kendall_tau,
        num_images=len(labels),
        forward_passes=0.0,
        seconds=0.0,
        versions=versions(),
    )
