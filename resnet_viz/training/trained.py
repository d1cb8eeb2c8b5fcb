"""The weights that a plan leads to: trained once on a machine, then kept in a cache folder."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import torch
from torch import Tensor

from resnet_viz.compute.cache_folder import CacheFolder
from resnet_viz.text import _
from resnet_viz.training import data
from resnet_viz.training.engine import Engine
from resnet_viz.training.plan import TrainingPlan
from resnet_viz.zoo.seeding import build_seeded

Weights = dict[str, Tensor]
Progress = Callable[..., None]

CACHE_BYTES = 500 * 2**20


def weights(plan: TrainingPlan, progress: Progress | None = None) -> Weights:
    """The state dict after the last step: the same for equal plans, to the bit, on one machine.

    `progress(fraction, text)` is called after every step. Raises ValueError with one sentence when the loss leaves the
    numbers.
    """
    cache = _cache()
    kept = _read(cache, plan)
    if kept is not None:
        return kept
    state = train(plan, progress)
    _keep(cache, plan, state)
    return state


def is_kept(plan: TrainingPlan) -> bool:
    """Whether the weights need only be read."""
    return _cache().has(plan.digest)


def train(plan: TrainingPlan, progress: Progress | None = None) -> Weights:
    """All steps of a plan, with one thread: more would add in another order."""
    network = build_seeded(plan.network, plan.seed)
    engine = Engine(network, plan, data.digits().training)
    with _one_thread():
        while not engine.is_done:
            record = engine.step()
            if record.has_diverged:
                raise ValueError(
                    _(
                        "{network} cannot be trained: at step {step} of {steps} the loss is not a number any more",
                        network=plan.network.label, step=record.step, steps=plan.steps,
                    )
                )  # fmt: skip
            if progress is not None:
                words = _("Training, step {step} of {steps}", step=record.step, steps=plan.steps)
                progress(record.step / plan.steps, words)
    return {key: tensor.detach() for key, tensor in network.state_dict().items()}


def _cache() -> CacheFolder:
    return CacheFolder(Path(platformdirs.user_cache_dir("resnet-viz")) / "trained", ".pt", CACHE_BYTES)


def _read(cache: CacheFolder, plan: TrainingPlan) -> Weights | None:
    """The kept weights; None where there are none that can be read: they are then made again."""
    if not cache.has(plan.digest):
        return None
    try:
        state: Weights = torch.load(cache.path(plan.digest), weights_only=True)
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError):
        return None
    cache.touch(plan.digest)
    return state


def _keep(cache: CacheFolder, plan: TrainingPlan, state: Weights) -> None:
    """Keep the weights if that is possible: a full disk costs time at the next question, and nothing else."""
    try:
        with cache.part() as part:
            with part.open("wb") as file:  # given a path, torch would write the name of the part into it
                torch.save(state, file)
            cache.keep(part, plan.digest)
    except (OSError, RuntimeError):  # torch says RuntimeError when it cannot write
        pass


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
