"""The papers, and on what they measured."""

from __future__ import annotations

from resnet_viz.text import N_
from resnet_viz.zoo.catalog.variant import Paper

LECUN_1998 = Paper(
    "LeCun, Bottou, Bengio, Haffner",
    "Gradient-Based Learning Applied to Document Recognition",
    1998,
    "10.1109/5.726791",
)
KRIZHEVSKY_2012 = Paper(
    "Krizhevsky, Sutskever, Hinton",
    "ImageNet Classification with Deep Convolutional Neural Networks",
    2012,
    "10.1145/3065386",
)
SIMONYAN_2014 = Paper(
    "Simonyan, Zisserman", "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014, "1409.1556"
)
HE_2015 = Paper("He, Zhang, Ren, Sun", "Deep Residual Learning for Image Recognition", 2015, "1512.03385")
SRIVASTAVA_2015 = Paper("Srivastava, Greff, Schmidhuber", "Highway Networks", 2015, "1505.00387")
HE_2016 = Paper("He, Zhang, Ren, Sun", "Identity Mappings in Deep Residual Networks", 2016, "1603.05027")
HUANG_2016 = Paper("Huang, Sun, Liu, Sedra, Weinberger", "Deep Networks with Stochastic Depth", 2016, "1603.09382")
ZAGORUYKO_2016 = Paper("Zagoruyko, Komodakis", "Wide Residual Networks", 2016, "1605.07146")
XIE_2016 = Paper(
    "Xie, Girshick, Dollár, Tu, He", "Aggregated Residual Transformations for Deep Neural Networks", 2016, "1611.05431"
)
HU_2017 = Paper("Hu, Shen, Albanie, Sun, Wu", "Squeeze-and-Excitation Networks", 2017, "1709.01507")
GAO_2019 = Paper(
    "Gao, Cheng, Zhao, Zhang, Yang, Torr", "Res2Net: A New Multi-scale Backbone Architecture", 2019, "1904.01169"
)
BALDUZZI_2017 = Paper(
    "Balduzzi, Frean, Leary, Lewis, Ma, McWilliams",
    "The Shattered Gradients Problem: If resnets are the answer, then what is the question?",
    2017,
    "1702.08591",
)
ZHANG_2019 = Paper(
    "Zhang, Dauphin, Ma", "Fixup Initialization: Residual Learning Without Normalization", 2019, "1901.09321"
)
DE_SMITH_2020 = Paper(
    "De, Smith",
    "Batch Normalization Biases Residual Blocks Towards the Identity Function in Deep Networks",
    2020,
    "2002.10444",
)
BACHLECHNER_2020 = Paper(
    "Bachlechner, Majumder, Mao, Cottrell, McAuley",
    "ReZero is All You Need: Fast Convergence at Large Depth",
    2020,
    "2003.04887",
)
HAN_2020 = Paper("Han, Yun, Heo, Yoo", "Rethinking Channel Dimensions for Efficient Model Design", 2020, "2007.00992")
LUO_2021 = Paper(
    "Luo, Sun, Zhou, Wu, Kamata",
    "Rethinking ResNets: Improved Stacking Strategies With High Order Schemes",
    2021,
    "2103.15244",
)
ARTACHO_2020 = Paper(
    "Artacho, Savakis", "UniPose: Unified Human Pose Estimation in Single Images and Videos", 2020, "2001.08095"
)

IMAGENET_10_CROP = N_("ImageNet validation, 10-crop")
IMAGENET_1_CROP = N_("ImageNet validation, 1-crop")
CIFAR_10 = N_("CIFAR-10 test")
CIFAR_100 = N_("CIFAR-100 test")
IMAGENET_RELEASE = N_("ImageNet validation, from the authors' code release")
