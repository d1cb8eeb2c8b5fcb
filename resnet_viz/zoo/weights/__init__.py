"""The weights of torchvision's and timm's networks in ours, by renaming their keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from resnet_viz.zoo import specs
from resnet_viz.zoo.specs import NetworkSpec
from resnet_viz.zoo.weights import history, res2net, resnet, rexnet, seresnet

T = TypeVar("T")
Rules = Sequence[tuple[re.Pattern[str], str]]  # what is found of a key in the library, and what stands there in ours

RULES: dict[type[NetworkSpec], Rules | Callable[[Any], Rules]] = {  # a function where they depend on the network
    specs.AlexNetSpec: history.ALEXNET,
    specs.VGGSpec: history.vgg,
    specs.ReXNetSpec: rexnet.RULES,
    specs.ResNetSpec: resnet.RULES,
    specs.WideBottleneckSpec: resnet.RULES,
    specs.Res2NetSpec: res2net.RULES,
    specs.ResNeXtSpec: resnet.RULES,
    specs.SEResNetSpec: seresnet.RULES,
}


def renamed(state: Mapping[str, T], spec: NetworkSpec) -> dict[str, T]:
    """A library's state_dict of this network, ready for `load_state_dict` of ours. Every rule is applied to every key.

    Raises KeyError for a family that no library has.
    """
    rules = RULES[type(spec)]
    found = rules(spec) if callable(rules) else rules
    return {our_key(key, found): value for key, value in state.items()}


def our_key(key: str, rules: Rules) -> str:
    """The name here of a parameter or buffer of the library's network."""
    for pattern, replacement in rules:
        key = pattern.sub(replacement, key)
    return key
