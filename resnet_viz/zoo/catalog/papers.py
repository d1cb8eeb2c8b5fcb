"""The papers, and on what they measured."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.variant import Paper

HE_2015 = Paper("He, Zhang, Ren, Sun", "Deep Residual Learning for Image Recognition", 2015, "1512.03385")

IMAGENET_10_CROP = N_("ImageNet validation, 10-crop")
IMAGENET_1_CROP = N_("ImageNet validation, 1-crop")
CIFAR_10 = N_("CIFAR-10 test")
CIFAR_100 = N_("CIFAR-100 test")
