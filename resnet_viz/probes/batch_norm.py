"""Batch norm in a probe: statistics that are frozen, and the batch that is too small to have any."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from resnet_viz.graph.network_graph import NetworkGraph, Op
from resnet_viz.text import _


class NotEnoughValues(ValueError):
    """A batch norm would see one value per channel, whose variance is 0."""


def freeze(network: nn.Module, images: Tensor) -> None:
    """Make the statistics of `images` constants of the network, which is in eval mode before and after.

    One pass without gradients with only the batch norms in training mode and momentum 1. What is stored is the variance
    that was divided by (over n, not n - 1), so that the network computes the same numbers as in training mode. The
    gradient then takes mean and variance as given, and no picture's gradient reaches another picture.
    """
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
    hooks = [module.register_forward_hook(_keep_variance_over_n) for module in norms]
    try:
        for module in norms:
            module.train()
            module.momentum = 1.0
        with torch.no_grad():
            network(images)
    finally:
        for hook in hooks:
            hook.remove()
        for module in norms:
            module.eval()


def _keep_variance_over_n(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    assert isinstance(module, _BatchNorm) and module.running_var is not None
    count = inputs[0].numel() / inputs[0].shape[1]
    module.running_var.mul_((count - 1) / count)


def check_enough_values(graph: NetworkGraph, batch_size: int) -> None:
    """Raise NotEnoughValues where a batch norm would see one value per channel.

    `graph` is traced at the size of the pictures; its batch does not matter.
    """
    for op in graph.ops:
        if _is_batch_norm(op) and op.shape and math.prod(op.shape[2:]) * batch_size < 2:
            raise NotEnoughValues(
                _(
                    "batch norm {path} would see one value per channel, which has no variance: take more pictures or "
                    "larger ones",
                    path=op.module_path,
                )
            )


def _is_batch_norm(op: Op) -> bool:
    return "batchnorm" in op.function.lower().replace("_", "")
