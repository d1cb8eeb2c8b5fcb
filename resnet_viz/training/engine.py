"""Training, one step a call: stochastic gradient descent with momentum, and nothing that reads, writes or waits."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz.training.data import Pictures
from resnet_viz.training.plan import TrainingPlan


@dataclass(frozen=True)
class StepRecord:
    """What one step saw before it changed the weights."""

    step: int  # from 1
    loss: float  # mean cross-entropy over the batch
    error: float  # share of the batch whose largest score is not its label's, 0..1
    seconds: float

    @property
    def has_diverged(self) -> bool:
        """Whether the loss is no number any more: nothing that follows can mend it."""
        return not math.isfinite(self.loss)


class Engine:
    """Trains `network`, whose weights change in place, as the plan says; each call of `step` is one step.

    Two engines with equal plans and networks take the same steps to the bit on one machine with one thread, also when
    they take turns: each has its own random numbers, for the order of the pictures and for what drops at random.
    """

    def __init__(self, network: nn.Module, plan: TrainingPlan, pictures: Pictures) -> None:
        fitted = pictures.fitted(plan.network.in_channels, plan.image_size)
        self.network = network.train()
        self.plan = plan
        self.steps_taken = 0
        self._images, self._labels = torch.from_numpy(fitted.images), torch.from_numpy(fitted.labels)
        self._optimiser = torch.optim.SGD(
            network.parameters(), plan.learning_rate, plan.momentum, weight_decay=plan.weight_decay
        )
        self._generator = torch.Generator().manual_seed(plan.seed)
        self._to_come = torch.empty(0, dtype=torch.int64)  # of this round over all pictures

    @property
    def is_done(self) -> bool:
        return self.steps_taken >= self.plan.steps

    def step(self) -> StepRecord:
        """Take one step."""
        start = time.perf_counter()
        chosen = self._next_batch()
        labels = self._labels[chosen]
        with self._own_random_numbers():
            scores = self.network(self._images[chosen])
            loss = F.cross_entropy(scores, labels)
            self._optimiser.zero_grad()
            loss.backward()
        self._descend()
        self.steps_taken += 1
        error = (scores.argmax(1) != labels).float().mean().item()
        return StepRecord(self.steps_taken, loss.item(), error, time.perf_counter() - start)

    def _descend(self) -> None:
        if self.plan.gradient_limit:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.plan.gradient_limit)
        for group in self._optimiser.param_groups:
            group["lr"] = self.plan.learning_rate_at(self.steps_taken)
        self._optimiser.step()

    def _next_batch(self) -> Tensor:
        """Indices of pictures, each as often as any other: a new order when the last one has no full batch left."""
        size = min(self.plan.batch_size, len(self._labels))
        if len(self._to_come) < size:
            self._to_come = torch.randperm(len(self._labels), generator=self._generator)
        chosen, self._to_come = self._to_come[:size], self._to_come[size:]
        return chosen

    @contextmanager
    def _own_random_numbers(self) -> Iterator[None]:
        """Inside the with statement torch draws from this engine's numbers."""
        before = torch.get_rng_state()
        torch.set_rng_state(self._generator.get_state())
        try:
            yield
        finally:
            self._generator.set_state(torch.get_rng_state())
            torch.set_rng_state(before)


def error_of(network: nn.Module, pictures: Pictures, plan: TrainingPlan) -> float:
    """Share of the pictures that the network names wrongly, 0..1, with the statistics it learned; its mode stays."""
    fitted = pictures.fitted(plan.network.in_channels, plan.image_size)
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            named = network(torch.from_numpy(fitted.images)).argmax(1)
    finally:
        network.train(was_training)
    return (named != torch.from_numpy(fitted.labels)).float().mean().item()
