"""What watching costs: the gradient probe beside the same forward and backward pass without it.

ResNet-110, 32 pictures of 32×32, one thread. Bare and probed passes alternate in one process, so that both of a pair
meet the same load of the machine; the ratio is the median of the pairs' ratios of CPU time. Memory is the peak of the
resident set during a pass, which Linux lets a process reset.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

from benchmarks.rows import Row, row
from resnet_viz import zoo
from resnet_viz.probes import data, gradients
from resnet_viz.probes.questions import GradientQuestion

ROUNDS = 15


def run(rounds: int = ROUNDS) -> list[Row]:
    """Rows of name, value, unit, bar and ok (None where a figure has no bar)."""
    torch.set_num_threads(1)
    question = GradientQuestion.defaults(zoo.spec("resnet110"), image_size=32, batch_size=32)
    bare, probed = _passes(question)
    seconds: dict[str, list[float]] = {"bare": [], "probed": []}
    peaks: dict[str, list[float]] = {"bare": [], "probed": []}
    order = [("bare", bare), ("probed", probed)]
    for round_ in range(rounds + 1):
        order.reverse()  # neither is always the first
        for name, work in order:
            taken, peak = _cost(work)
            if round_:  # the first warms up
                seconds[name].append(taken)
                peaks[name].append(peak)
    ratio = statistics.median(p / b for p, b in zip(seconds["probed"], seconds["bare"], strict=True))
    extra = (statistics.median(peaks["probed"]) - statistics.median(peaks["bare"])) / 2**20
    whole = statistics.median(_cost(lambda: gradients.measure(question))[0] for _ in range(3))
    return [
        row("gradient probe of ResNet-110, batch 32, over its bare passes", ratio, "times", 1.1),
        row("memory of the gradient probe of ResNet-110, batch 32, above its bare passes", extra, "MB", 20),
        row("bare forward and backward of ResNet-110, batch 32", statistics.median(seconds["bare"]), "s"),
        row("the whole question, with building and tracing", whole, "s"),
    ]


def _passes(question: GradientQuestion) -> tuple[Callable[[], None], Callable[[], None]]:
    """The same passes on the same network, without and with the probe."""
    network, operated = gradients.prepare(question)
    batch = data.batch(question)
    images, labels = torch.from_numpy(batch.images), torch.from_numpy(batch.labels)

    def bare() -> None:
        network.zero_grad()
        F.cross_entropy(network(images), labels).backward()

    def probed() -> None:
        network.zero_grad()
        gradients.Signals(operated.graph).run(operated, images, labels)

    return bare, probed


def _cost(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds, and bytes of the resident set at its peak above those before."""
    gc.collect()
    _reset_peak()
    before, start = _status("VmRSS"), time.process_time()
    work()
    return time.process_time() - start, _status("VmHWM") - before


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


if __name__ == "__main__":
    for figure in run():
        print(figure)
