"""torchvision's AlexNet and VGG.

torchvision                     here
features.0, features.3, …       conv1, conv2, … of AlexNet; conv1_1, conv1_2, … and bn1_1, … of VGG
classifier.1, .4, .6            fc6, fc7, fc8 of AlexNet
classifier.0, .3, .6            fc6, fc7, fc8 of VGG
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from resnet_viz.zoo.specs import VGGSpec

Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(names: Iterable[tuple[str, str]]) -> Rules:
    return tuple((re.compile(rf"^{re.escape(theirs)}\."), f"{ours}.") for theirs, ours in names)


ALEXNET = _rules(
    [
        ("features.0", "conv1"), ("features.3", "conv2"), ("features.6", "conv3"), ("features.8", "conv4"),
        ("features.10", "conv5"), ("classifier.1", "fc6"), ("classifier.4", "fc7"), ("classifier.6", "fc8"),
    ]
)  # fmt: skip


def vgg(spec: VGGSpec) -> Rules:
    """The rules of a VGG: its depth and batch norm decide which number a convolution has in torchvision."""
    return _rules([*_convolutions(spec), ("classifier.0", "fc6"), ("classifier.3", "fc7"), ("classifier.6", "fc8")])


def _convolutions(spec: VGGSpec) -> Iterator[tuple[str, str]]:
    place = 0
    for stage, count in enumerate(spec.stage_convolutions, start=1):
        for number in range(1, count + 1):
            yield f"features.{place}", f"conv{stage}_{number}"
            yield f"features.{place + 1}", f"bn{stage}_{number}"  # without batch norm the activation, which has no keys
            place += 3 if spec.batch_norm else 2
        place += 1  # the pool
