"""Highway networks (Srivastava, Greff, Schmidhuber 2015, equations 2 and 3): gates say how much is carried on."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import ACTIVATIONS, Network, Place, cifar_stem, convolution, head, stages
from resnet_viz.zoo.specs import HighwaySpec


class HighwayLayer(nn.Module):
    """y = H(x)·T(x) + x·C(x), with C = 1 − T or a gate of its own; y = H(x) in a plain layer.

    H is a convolution with its activation; T and C are convolutions of the same shape with a sigmoid, so each has a
    value between 0 and 1 for every number of the map.
    """

    transform_gate: nn.Module | None
    carry_gate: nn.Module | None

    def __init__(self, spec: HighwaySpec, place: Place) -> None:
        super().__init__()
        conv = convolution(spec.batch_norm, "", place.in_channels, place.channels, 3, place.stride)
        self.residual = nn.Sequential(OrderedDict(**conv, relu=ACTIVATIONS[spec.activation]()))
        carries = place.stride == 1 and place.in_channels == place.channels and not spec.is_plain
        self.transform_gate = gate(place.channels) if carries else None
        self.carry_gate = gate(place.channels) if carries and spec.carry == "own" else None

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        if self.transform_gate is None:
            return self.residual(x)
        transform = self.transform_gate(x)
        carry = 1 - transform if self.carry_gate is None else self.carry_gate(x)
        return self.residual(x) * transform + x * carry


def gate(channels: int) -> nn.Sequential:
    """σ(W∗x + b) for every number of the map."""
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(channels, channels, 3, padding=1), sigmoid=nn.Sigmoid()))


class HighwayNetwork(Network):
    """Transform gates begin with the bias that is asked for, carry gates of their own with the opposite one: around
    their bias both kinds of network then carry equally much, since σ(−b) = 1 − σ(b)."""

    spec: HighwaySpec

    def initialise(self, path: str, module: nn.Module) -> None:
        super().initialise(path, module)
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            sign = -1 if "carry_gate" in path else 1
            nn.init.constant_(module.bias, sign * self.spec.gate_bias)


def highway(spec: HighwaySpec) -> Network:
    """A highway network, or its plain twin."""
    channels = spec.stage_channels
    layers = stages(lambda place: HighwayLayer(spec, place), spec.stage_layers, channels, 1, channels[0])
    return HighwayNetwork(spec, {**cifar_stem(spec, channels[0]), **layers, **head(channels[-1], spec.num_classes)})
