"""ResNeXt in the three forms of Figure 3 of the paper (Xie et al. 2016): the same function as three real networks.

(a) sum       each path is 1×1, 3×3, 1×1; the paths are summed
(b) concat    each path is 1×1, 3×3; the paths are concatenated, and one 1×1 follows
(c) grouped   1×1, one 3×3 whose channels are in as many groups as there are paths, 1×1

The last 1×1 is linear, so it may stand before the sum or after the concatenation. Batch norm and activation work on
each channel alone, so they may stand in each path; only the last batch norm must see the whole sum.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from operator import add

import torch
from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import (
    ACTIVATIONS,
    Network,
    Place,
    ResidualBlock,
    convolution,
    make_shortcut,
    v1_parts,
)
from resnet_viz.zoo.networks.resnet import Bottleneck
from resnet_viz.zoo.networks.resnext_forms import converted
from resnet_viz.zoo.specs.resnext import AggregatedSpec


class SummedPaths(nn.Module):
    """(a): the sum of the paths T_1(x) + … + T_C(x), then the batch norm."""

    def __init__(self, spec: AggregatedSpec, place: Place) -> None:
        super().__init__()
        width, out_channels = spec.path_channels(place.channels), place.channels * spec.expansion
        last = [convolution(spec, "3", width, out_channels, 1) for _ in range(spec.cardinality)]
        self.paths = nn.ModuleList(_path(spec, place, {"conv3": parts["conv3"]}) for parts in last)
        self.bn3 = last[0].get("bn3", nn.Identity())

    def forward(self, x: Tensor) -> Tensor:
        return self.bn3(reduce(add, [path(x) for path in self.paths]))


class ConcatenatedPaths(nn.Module):
    """(b): the paths side by side, d channels of each, then one 1×1 convolution and the batch norm."""

    def __init__(self, spec: AggregatedSpec, place: Place) -> None:
        super().__init__()
        group_width = spec.cardinality * spec.path_channels(place.channels)
        self.paths = nn.ModuleList(_path(spec, place, {}) for _ in range(spec.cardinality))
        last = convolution(spec, "3", group_width, place.channels * spec.expansion, 1)
        self.conv3 = last["conv3"]
        self.bn3 = last.get("bn3", nn.Identity())

    def forward(self, x: Tensor) -> Tensor:
        return self.bn3(self.conv3(torch.cat([path(x) for path in self.paths], dim=1)))


def _path(spec: AggregatedSpec, place: Place, last: dict[str, nn.Module]) -> nn.Sequential:
    """1×1 down to d channels, 3×3 with the stride, and what comes last."""
    width = spec.path_channels(place.channels)
    return nn.Sequential(
        OrderedDict(
            **convolution(spec, "1", place.in_channels, width, 1),
            relu1=ACTIVATIONS[spec.activation](),
            **convolution(spec, "2", width, width, 3, place.stride),
            relu2=ACTIVATIONS[spec.activation](),
            **last,
        )
    )


class AggregatedBlock(ResidualBlock):
    """A block whose residual branch is written as paths, in form (a) or (b)."""

    def __init__(self, spec: AggregatedSpec, place: Place) -> None:
        super().__init__()
        self.residual = (SummedPaths if spec.form == "sum" else ConcatenatedPaths)(spec, place)
        self.shortcut = make_shortcut(spec, place.in_channels, place.channels * spec.expansion, place.stride)
        self.relu = ACTIVATIONS[spec.activation]()


class ResNeXt(Network):
    """A ResNeXt whose weights depend on the seed alone: in every form they are those of form (c), cut into paths."""

    spec: AggregatedSpec

    def draw_weights(self, before: Callable[[str], object] = lambda path: None) -> None:
        if self.spec.form == "grouped":
            super().draw_weights(before)
            return
        device = next(self.parameters()).device
        with torch.device("meta"):  # no number is drawn twice
            grouped = resnext(replace(self.spec, form="grouped"))
        grouped.to_empty(device=device).draw_weights(before)
        self.load_state_dict(converted(grouped.state_dict(), self.spec.cardinality, self.spec.form))


def resnext(spec: AggregatedSpec) -> ResNeXt:
    """A ResNeXt in the form that its specification says."""

    def make_block(place: Place) -> ResidualBlock:
        if spec.form == "grouped":
            group_width = spec.cardinality * spec.path_channels(place.channels)
            return Bottleneck(spec, place, width=group_width, groups=spec.cardinality)
        return AggregatedBlock(spec, place)

    return ResNeXt(spec, v1_parts(spec, make_block))


def convert(network: ResNeXt, form: str) -> ResNeXt:
    """The same function in another form: a new network with copies of the weights, in the same mode."""
    with torch.device("meta"):
        twin = resnext(replace(network.spec, form=form))
    state = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    twin.load_state_dict(converted(state, network.spec.cardinality, form), assign=True)
    return twin.train(network.training)
