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
    same_size_conv,
    v1_parts,
)
from resnet_viz.zoo.networks.resnet import Bottleneck
from resnet_viz.zoo.networks.resnext_forms import converted
from resnet_viz.zoo.specs.resnext import AggregatedSpec


class SummedPaths(nn.ModuleList):
    """T_1(x) + … + T_C(x)"""

    def forward(self, x: Tensor) -> Tensor:
        return reduce(add, [path(x) for path in self])


class ConcatenatedPaths(nn.ModuleList):
    """The channels of T_1(x), …, T_C(x) side by side."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([path(x) for path in self], dim=1)


class AggregatedBlock(ResidualBlock):
    """A block whose residual branch is written as paths, in form (a) or (b)."""

    def __init__(self, spec: AggregatedSpec, place: Place) -> None:
        super().__init__()
        self.residual = nn.Sequential(OrderedDict((_summed if spec.form == "sum" else _concatenated)(spec, place)))
        self.shortcut = make_shortcut(spec, place.in_channels, place.channels * spec.expansion, place.stride)
        self.relu = ACTIVATIONS[spec.activation]()


def _summed(spec: AggregatedSpec, place: Place) -> dict[str, nn.Module]:
    """(a): every path ends with a 1×1 convolution of its own; the sum of all has the batch norm."""
    out_channels = place.channels * spec.expansion

    def path() -> nn.Sequential:
        last = same_size_conv(spec.path_channels(place.channels), out_channels, 1)
        return nn.Sequential(OrderedDict(**_path(spec, place), conv3=last))

    norm = {"bn3": nn.BatchNorm2d(out_channels)} if spec.batch_norm else {}
    return {"paths": SummedPaths(path() for _ in range(spec.cardinality)), **norm}


def _concatenated(spec: AggregatedSpec, place: Place) -> dict[str, nn.Module]:
    """(b): one 1×1 convolution and the batch norm after all paths."""
    group_width = spec.cardinality * spec.path_channels(place.channels)
    paths = ConcatenatedPaths(nn.Sequential(OrderedDict(_path(spec, place))) for _ in range(spec.cardinality))
    return {"paths": paths, **convolution(spec.batch_norm, "3", group_width, place.channels * spec.expansion, 1)}


def _path(spec: AggregatedSpec, place: Place) -> dict[str, nn.Module]:
    """1×1 down to d channels, and 3×3, which takes the stride."""
    width = spec.path_channels(place.channels)
    return {
        **convolution(spec.batch_norm, "1", place.in_channels, width, 1),
        "relu1": ACTIVATIONS[spec.activation](),
        **convolution(spec.batch_norm, "2", width, width, 3, place.stride),
        "relu2": ACTIVATIONS[spec.activation](),
    }


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
    state = converted(network.state_dict(), network.spec.cardinality, form)
    twin.load_state_dict({key: tensor.clone() for key, tensor in state.items()}, assign=True)
    return twin.train(network.training)
