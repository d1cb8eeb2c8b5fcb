"""From a specification to a network that runs. (Not named build.py: the room's function `zoo.build` has that name.)"""

from __future__ import annotations

from torch import nn

from resnet_viz.zoo.networks import ResNet
from resnet_viz.zoo.outside import build_outside
from resnet_viz.zoo.specs import NetworkSpec, OutsideSpec, ResNetV1Spec


def build_network(spec: NetworkSpec) -> nn.Module:
    """The network that the specification describes, in training mode; weights from torch's global generator."""
    if isinstance(spec, OutsideSpec):
        return build_outside(spec)
    if isinstance(spec, ResNetV1Spec):
        return ResNet(spec)
    raise TypeError(f"nothing builds a {type(spec).__name__}")
