"""From a specification to a network that runs. (Not named build.py: the room's function `zoo.build` has that name.)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from resnet_viz.zoo import specs
from resnet_viz.zoo.networks.highway import highway
from resnet_viz.zoo.networks.history import alexnet, lenet5, vgg
from resnet_viz.zoo.networks.ho_resnet import ho_resnet
from resnet_viz.zoo.networks.mlp import mlp
from resnet_viz.zoo.networks.preact import preact
from resnet_viz.zoo.networks.res2net import res2net
from resnet_viz.zoo.networks.resnet import cifar_resnet, resnet
from resnet_viz.zoo.networks.resnext import resnext
from resnet_viz.zoo.networks.rexnet import rexnet
from resnet_viz.zoo.networks.scaled_resnet import scaled_resnet
from resnet_viz.zoo.networks.seresnet import seresnet
from resnet_viz.zoo.networks.stochastic_depth import stochastic_depth
from resnet_viz.zoo.networks.unipose import unipose
from resnet_viz.zoo.networks.wide_resnet import wide_bottleneck, wide_resnet
from resnet_viz.zoo.outside import build_outside
from resnet_viz.zoo.specs import NetworkSpec

BUILDERS: dict[type[NetworkSpec], Callable[[Any], nn.Module]] = {
    specs.ResNetSpec: resnet,
    specs.CifarResNetSpec: cifar_resnet,
    specs.PreActSpec: preact,
    specs.HighwaySpec: highway,
    specs.ResNeXtSpec: resnext,
    specs.CifarResNeXtSpec: resnext,
    specs.SEResNetSpec: seresnet,
    specs.Res2NetSpec: res2net,
    specs.CifarRes2NetSpec: res2net,
    specs.MLPSpec: mlp,
    specs.ScaledResNetSpec: scaled_resnet,
    specs.LeNetSpec: lenet5,
    specs.AlexNetSpec: alexnet,
    specs.VGGSpec: vgg,
    specs.ReXNetSpec: rexnet,
    specs.StochasticDepthSpec: stochastic_depth,
    specs.WideResNetSpec: wide_resnet,
    specs.WideBottleneckSpec: wide_bottleneck,
    specs.HOResNetSpec: ho_resnet,
    specs.UniPoseSpec: unipose,
    specs.OutsideSpec: build_outside,
}


def build_network(spec: NetworkSpec) -> nn.Module:
    """The network that the specification describes, in training mode; weights from torch's global generator."""
    return BUILDERS[type(spec)](spec)
