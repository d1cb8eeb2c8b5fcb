"""Network specifications: values without torch, one file a family."""

from resnet_viz.zoo.specs.base import NetworkSpec
from resnet_viz.zoo.specs.convolutional import ConvolutionalSpec
from resnet_viz.zoo.specs.fields import SpecField
from resnet_viz.zoo.specs.highway import HighwaySpec
from resnet_viz.zoo.specs.history import AlexNetSpec, HistorySpec, LeNetSpec, VGGSpec
from resnet_viz.zoo.specs.ho_resnet import HOResNetSpec
from resnet_viz.zoo.specs.mlp import MLPSpec
from resnet_viz.zoo.specs.outside import OutsideSpec
from resnet_viz.zoo.specs.preact import PreActSpec
from resnet_viz.zoo.specs.res2net import CifarRes2NetSpec, Res2NetSpec
from resnet_viz.zoo.specs.resnet import CifarResNetSpec, CifarSpec, ImageNetSpec, ResNetSpec, ResNetV1Spec
from resnet_viz.zoo.specs.resnext import AggregatedSpec, CifarResNeXtSpec, ResNeXtSpec
from resnet_viz.zoo.specs.rexnet import ReXNetSpec
from resnet_viz.zoo.specs.scaled_resnet import ScaledResNetSpec
from resnet_viz.zoo.specs.seresnet import SEResNetSpec
from resnet_viz.zoo.specs.stochastic_depth import StochasticDepthSpec
from resnet_viz.zoo.specs.unipose import UniPoseSpec
from resnet_viz.zoo.specs.wide_resnet import WideBottleneckSpec, WideResNetSpec

__all__ = [
    "AggregatedSpec", "AlexNetSpec", "CifarRes2NetSpec", "CifarResNeXtSpec", "CifarResNetSpec", "CifarSpec",
    "ConvolutionalSpec", "HOResNetSpec", "HighwaySpec", "HistorySpec", "ImageNetSpec", "LeNetSpec", "MLPSpec",
    "NetworkSpec", "OutsideSpec", "PreActSpec", "ReXNetSpec", "Res2NetSpec", "ResNeXtSpec", "ResNetSpec",
    "ResNetV1Spec", "SEResNetSpec", "ScaledResNetSpec", "SpecField", "StochasticDepthSpec", "UniPoseSpec", "VGGSpec",
    "WideBottleneckSpec", "WideResNetSpec",
]  # fmt: skip
