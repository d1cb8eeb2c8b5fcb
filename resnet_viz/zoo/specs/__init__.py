"""Network specifications: values without torch, one file a family."""

from resnet_viz.zoo.specs.base import NetworkSpec, SpecField
from resnet_viz.zoo.specs.convolutional import ConvolutionalSpec
from resnet_viz.zoo.specs.outside import OutsideSpec
from resnet_viz.zoo.specs.resnet import CifarResNetSpec, CifarSpec, ImageNetSpec, ResNetSpec, ResNetV1Spec

__all__ = [
    "CifarResNetSpec", "CifarSpec", "ConvolutionalSpec", "ImageNetSpec", "NetworkSpec", "OutsideSpec", "ResNetSpec",
    "ResNetV1Spec", "SpecField",
]  # fmt: skip
