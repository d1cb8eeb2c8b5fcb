"""The graph of a network, traced without its weights."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from resnet_viz import graph, zoo
from resnet_viz.compute.one_line import one_line
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes.questions import ArchitectureQuestion
from resnet_viz.text import _
from resnet_viz.zoo import NetworkSpec
from resnet_viz.zoo.outside import input_shape


def measure(question: ArchitectureQuestion) -> NetworkGraph:
    """The graph of the network at its usual input. Raises ValueError with one sentence where it cannot be built."""
    return graph_of(question.network)


@lru_cache(maxsize=16)
def graph_of(spec: NetworkSpec) -> NetworkGraph:
    """The graph of a network, traced at its usual input size; remembered."""
    network = build_on_meta(spec)
    example = torch.empty(2, *input_shape(spec), device="meta")
    return graph.trace(network, example, name=spec.label)


def build_on_meta(spec: NetworkSpec) -> nn.Module:
    """The network without numbers, which takes no memory. ValueError with one sentence where it cannot be built so.

    How much memory a network takes is known from its graph, so one that must be built before it has a graph could not
    be refused in time.
    """
    reason: RuntimeError | None = None
    for without_numbers in (torch.device("meta"), _EmptyOnMeta()):
        try:
            with without_numbers:
                return zoo.build(spec).to("meta")
        except RuntimeError as error:  # it computes with numbers while it is built
            reason = error
    raise ValueError(
        _(
            "{network} computes with its weights while it is built ({reason}), so its memory cannot be known before",
            network=spec.label, reason=one_line(reason, 200),
        )
    ) from reason  # fmt: skip


class _EmptyOnMeta(TorchFunctionMode):
    """Inside the with statement only `torch.empty` makes no numbers: weights begin so, tables of widths do not."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        options = dict(kwargs or {})
        if func is torch.empty and options.get("device") is None:
            options["device"] = "meta"
        return func(*args, **options)
