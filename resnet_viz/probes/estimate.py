"""What a question will cost, before anything is built: seconds of one core, and bytes. Without torch.

The figures come from the traced graph, scaled to the pictures of the question. The constants were fitted to 22 networks
and sizes (ResNet-20 at 8×8 to ViT-B/16 at 224×224) on one core of an AMD EPYC, November 2026, torch 2.13: two
thirds of them lie within 25 % of the fit, all within a factor of two. `learn` then adapts to the machine at hand.
"""

from __future__ import annotations

import math
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import WeakKeyDictionary

from resnet_viz.graph.network_graph import NetworkGraph, Op
from resnet_viz.probes.questions import NetworkQuestion
from resnet_viz.text import _
from resnet_viz.training.plan import TrainingPlan

# Seconds of a forward and backward pass for every multiply-add, number written, operation, and parameter.
_PER_MAC, _PER_ELEMENT, _PER_OP, _PER_PARAMETER = 2.0e-11, 3.5e-9, 3.6e-5, 8.0e-9
_BUILD_PER_OP, _BUILD_PER_PARAMETER = 4e-4, 6e-9  # seconds to trace, and to draw the weights
_FORWARD_PART = 0.35  # of both passes: what freezing the statistics adds

LONGEST_TRAINING = 30  # seconds by the estimate, which may be wrong by a factor of two either way

_FLOAT = 4  # bytes
_WORKSPACE = 64 * 2**20  # bytes that convolutions take for themselves
_USABLE = 0.9  # part of the free memory that a question may take


@dataclass(frozen=True)
class Work:
    """Size of one pass over a batch."""

    macs: float
    elements: float  # numbers written by all operations
    ops: int
    parameters: int


_WORK: WeakKeyDictionary[NetworkGraph, dict[int, Work]] = WeakKeyDictionary()


def work(question: NetworkQuestion, graph: NetworkGraph) -> Work:
    """The work of a question on a network traced at any picture size."""
    one = _work_of_one(graph, question.image_size)
    return replace(one, macs=question.batch_size * one.macs, elements=question.batch_size * one.elements)


def _work_of_one(graph: NetworkGraph, image_size: int) -> Work:
    """Remembered as long as the graph lives, and not longer: a graph takes megabytes."""
    sizes = _WORK.setdefault(graph, {})
    if image_size not in sizes:
        sizes[image_size] = _counted(graph, image_size)
    return sizes[image_size]


def _counted(graph: NetworkGraph, image_size: int) -> Work:
    live = [op for op in graph.ops if op.is_live and op.kind != "input"]
    ratio = image_size / _traced_side(graph)
    factors = [_size_factor(op, ratio) for op in live]
    return Work(
        macs=sum(op.macs * factor for op, factor in zip(live, factors, strict=True)),
        elements=sum(math.prod(op.shape[1:]) * f for op, f in zip(live, factors, strict=True) if op.shape),
        ops=len(live),
        parameters=graph.num_parameters,
    )


def seconds(question: NetworkQuestion, graph: NetworkGraph) -> float:
    """How long the question will take a worker, as far as can be said."""
    size = work(question, graph)
    passes = _both_passes(size)
    if question.batch_norm_mode == "frozen":
        passes *= 1 + _FORWARD_PART
    return pace.factor * (passes + _BUILD_PER_OP * size.ops + _BUILD_PER_PARAMETER * size.parameters)


def _both_passes(size: Work) -> float:
    return _PER_MAC * size.macs + _PER_ELEMENT * size.elements + _PER_OP * size.ops + _PER_PARAMETER * size.parameters


def training_seconds(plan: TrainingPlan, graph: NetworkGraph) -> float:
    """How long the steps of a plan take on the machine of the constants.

    Without what was learnt of this one: a page and its workers, which learn nothing, must say the same.
    """
    one = _work_of_one(graph, plan.image_size)
    size = replace(one, macs=plan.batch_size * one.macs, elements=plan.batch_size * one.elements)
    return plan.steps * _both_passes(size)


def refuse_training(plan: TrainingPlan, graph: NetworkGraph) -> None:
    """Raise ValueError, with the figures, when a visitor would wait too long for a network to be trained."""
    needed = training_seconds(plan, graph)
    if needed > LONGEST_TRAINING:
        raise ValueError(
            _(
                "{network} would take about {needed} seconds to train on digits of {side}×{side}, and at most {limit} "
                "are allowed: take smaller pictures, or a smaller network",
                network=plan.network.label, side=plan.image_size, needed=round(needed), limit=LONGEST_TRAINING,
            )
        )  # fmt: skip


def memory(question: NetworkQuestion, graph: NetworkGraph) -> int:
    """Bytes that the question takes at most: weights, their gradients, and every number kept for the way back.

    An upper estimate: the networks measured took between a half and all of it.
    """
    size = work(question, graph)
    return round(_FLOAT * (2 * size.parameters + size.elements)) + _WORKSPACE


def largest(question: NetworkQuestion, graph: NetworkGraph, after: int) -> int:
    """How many numbers the largest tensor of a batch holds that an operation after this one gives."""
    ratio = question.image_size / _traced_side(graph)
    ops = [op for op in graph.ops[after:] if op.is_live and op.shape]
    return round(question.batch_size * max(math.prod((op.shape or ())[1:]) * _size_factor(op, ratio) for op in ops))


def refuse(question: NetworkQuestion, graph: NetworkGraph, besides: int = 0) -> None:
    """Raise ValueError, with the figures, when the question needs more memory than is free; `besides`: more bytes."""
    needed, free = memory(question, graph) + besides, free_memory()
    if needed > _USABLE * free:
        raise ValueError(
            _(
                "{network} with {batch} pictures of {side}×{side} needs about {needed} GB of memory, and {free} GB are "
                "free: take fewer or smaller pictures, or a smaller network",
                network=question.network.label, batch=question.batch_size, side=question.image_size,
                needed=_gigabytes(needed), free=_gigabytes(free),
            )
        )  # fmt: skip


def free_memory() -> float:
    """Bytes that a new process can take: what the system has, or a container's limit leaves; infinite if unknown."""
    return min(_free_in_system(), _free_in_container())


class Pace:
    """How much longer this machine takes than the one of the constants; learnt from answers. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logarithm = 0.0

    @property
    def factor(self) -> float:
        return math.exp(self._logarithm)

    def learn(self, estimated: float, taken: float) -> None:
        """Move a quarter of the way to what the last answer says; wild answers (a stopped machine) count as 10."""
        if estimated > 0 and taken > 0:
            step = max(-math.log(10), min(math.log(10), math.log(taken / estimated)))
            with self._lock:
                self._logarithm += step / 4


pace = Pace()


def learn(question: NetworkQuestion, graph: NetworkGraph, taken: float) -> None:
    """Let later estimates know that this question took so many seconds."""
    pace.learn(seconds(question, graph), taken)


def _traced_side(graph: NetworkGraph) -> int:
    shape = next((op.shape for op in graph.ops if op.kind == "input"), None)
    return shape[-1] if shape and len(shape) == 4 else 1


def _size_factor(op: Op, ratio: float) -> float:
    """How much larger the output of an operation is when the picture's side is `ratio` times as large."""
    if op.shape is None or len(op.shape) < 3 or ratio == 1:
        return 1.0
    if len(op.shape) == 3:  # tokens
        return ratio**2
    sides = op.shape[2:] if op.shape[2] == op.shape[3] else op.shape[1:3]  # channels first, or last
    return math.prod(1.0 if side == 1 else max(1, math.ceil(side * ratio)) / side for side in sides)


def _free_in_system() -> float:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # no Linux
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return math.inf


def _free_in_container(group: Path = Path("/sys/fs/cgroup")) -> float:
    """What the limit of a container (cgroup 2) leaves; caches that can be dropped count as free."""
    try:
        limit = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return math.inf
    return math.inf if limit == "max" else int(limit) - used + int(statistics.get("inactive_file", 0))


def _gigabytes(number: float) -> str:
    return f"{number / 1e9:.1f}"
