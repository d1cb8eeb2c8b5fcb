"""Network specifications: values without torch."""

from resnet_viz.zoo.specs.base import NetworkSpec, SpecField
from resnet_viz.zoo.specs.outside import OutsideSpec
from resnet_viz.zoo.specs.resnet import CifarResNetSpec, ResNetSpec, ResNetV1Spec

__all__ = ["CifarResNetSpec", "NetworkSpec", "OutsideSpec", "ResNetSpec", "ResNetV1Spec", "SpecField"]
