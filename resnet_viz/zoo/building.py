"""From a specification to a network that runs. (Not named build.py: the room's function `zoo.build` has that name.)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from resnet_viz.zoo import specs
from resnet_viz.zoo.networks.resnet import resnet
from resnet_viz.zoo.outside import build_outside
from resnet_viz.zoo.specs import NetworkSpec

BUILDERS: dict[type[NetworkSpec], Callable[[Any], nn.Module]] = {
    specs.ResNetSpec: resnet,
    specs.CifarResNetSpec: resnet,
    specs.OutsideSpec: build_outside,
}


def build_network(spec: NetworkSpec) -> nn.Module:
    """The network that the specification describes, in training mode; weights from torch's global generator."""
    return BUILDERS[type(spec)](spec)
