"""The network of a question with the weights that it asks for: as drawn, as trained, or from a visitor's checkpoint."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from resnet_viz.probes import architecture, checkpoints, estimate
from resnet_viz.probes.questions import INITIAL, TRAINED, NetworkQuestion
from resnet_viz.training import TrainingPlan, trained
from resnet_viz.zoo.seeding import build_seeded


class WeightsUnavailable(ValueError):
    """There are no such weights, for a reason that has nothing to do with the pictures of the question."""


def build(question: NetworkQuestion, progress: Callable[..., None] | None = None) -> nn.Module:
    """The network of a question, in training mode, with its weights. What is trained is trained now, if it was not yet.

    Raises WeightsUnavailable with one sentence where training would take too long or failed, and where a checkpoint is
    gone or does not fit.
    """
    network = build_seeded(question.network, question.seed)
    if question.weights == INITIAL:
        return network
    try:
        if question.weights == TRAINED:
            plan = plan_of(question)
            if not trained.is_kept(plan):
                estimate.refuse_training(plan, architecture.graph_of(plan.network))
            network.load_state_dict(trained.weights(plan, progress))
        else:
            checkpoints.load(question.weights.removeprefix("checkpoint:"), network, question.network)
    except ValueError as error:
        raise WeightsUnavailable(str(error)) from error
    return network


def plan_of(question: NetworkQuestion) -> TrainingPlan:
    """How the weights "trained" of a question come about: on digits of its size, from the weights of its seed."""
    return TrainingPlan.quick(question.network, question.seed, question.image_size)
