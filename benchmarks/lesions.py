"""What deleting blocks costs: every block of ResNet-110 alone, beside as many forward passes of the whole network.

256 pictures of 8×8, one thread. The study and the bare passes alternate in one process, so that both of a pair meet the
same load of the machine; the ratio is the median of the pairs' ratios of CPU time. A bare pass is the network's own
forward, in evaluation mode and without gradients, of all pictures at once.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn

from benchmarks.rows import Row, row
from resnet_viz import zoo
from resnet_viz.probes import data, gradients, lesion_plan, lesions
from resnet_viz.probes.questions import LesionQuestion

ROUNDS = 5


def run(rounds: int = ROUNDS) -> list[Row]:
    """Rows of name, value, unit, bar and ok (None where a figure has no bar)."""
    torch.set_num_threads(1)
    residual, plain = (LesionQuestion.defaults(zoo.spec(name), image_size=8) for name in ("resnet110", "plain110"))
    ratio, passes = _ratio(residual, rounds)
    plain_ratio, _passes = _ratio(plain, rounds)
    return [
        row("single lesions of ResNet-110, over as many forward passes", ratio, "times", 1.3),
        row("single lesions of Plain-110, over as many forward passes", plain_ratio, "times", 1.3),
        row("forward passes that the single lesions of ResNet-110 take", passes, "passes", 54),
        *(_whole(replace(residual, study=study)) for study in ("single", "random", "order")),
    ]


def _ratio(question: LesionQuestion, rounds: int) -> tuple[float, float]:
    """(CPU time of the study over that of its forward passes, forward passes as counted)"""
    network, study, passes, count = _works(question)
    order = [("bare", lambda: _forward(network, question, count)), ("study", study)]
    seconds: dict[str, list[float]] = {"bare": [], "study": []}
    for round_ in range(rounds + 1):
        order.reverse()  # neither is always the first
        for name, work in order:
            taken = _cost(work)
            if round_:  # the first warms up
                seconds[name].append(taken)
    ratios = [study / bare for study, bare in zip(seconds["study"], seconds["bare"], strict=True)]
    return statistics.median(ratios), passes()


def _works(question: LesionQuestion) -> tuple[nn.Module, Callable[[], object], Callable[[], float], int]:
    """The network, its single lesions, how many passes they counted last, and how many blocks are deleted."""
    network, operated = gradients.prepare(replace(question, batch_norm_mode="frozen"))
    batch = data.batch(question)
    images, labels = torch.from_numpy(batch.images), torch.from_numpy(batch.labels)
    found = lesion_plan.sites(operated.graph)
    variants = lesions.plan(question, found).variants
    counted = [0.0]

    def study() -> None:
        bench = lesions.bench_of(network, operated, found)
        _errors, counted[0] = lesions.errors_of(bench, images, labels, variants)

    return network, study, lambda: counted[0], len(variants)


@torch.no_grad()
def _forward(network: nn.Module, question: LesionQuestion, count: int) -> None:
    images = torch.from_numpy(data.batch(question).images)
    for _ in range(count):
        network(images)


def _whole(question: LesionQuestion) -> Row:
    seconds = statistics.median(_cost(lambda: lesions.measure(question)) for _ in range(3))
    return row(f"lesions of ResNet-110, study {question.study}, the whole question", seconds, "s")


def _cost(work: Callable[[], object]) -> float:
    """CPU seconds."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    for figure in run():
        print(figure)
