"""torchvision's weights in our networks, by renaming.

torchvision                     here
conv1, bn1, fc                  the same
layer1.0.conv1 … conv3          layer1.0.residual.conv1 … conv3
layer1.0.bn1 … bn3              layer1.0.residual.bn1 … bn3
layer1.0.downsample.0           layer1.0.shortcut.conv
layer1.0.downsample.1           layer1.0.shortcut.bn
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

_RULES = (
    (re.compile(r"(layer\d+\.\d+)\.((?:conv|bn)\d)"), r"\1.residual.\2"),
    (re.compile(r"(layer\d+\.\d+)\.downsample\.0"), r"\1.shortcut.conv"),
    (re.compile(r"(layer\d+\.\d+)\.downsample\.1"), r"\1.shortcut.bn"),
)


def our_key(torchvision_key: str) -> str:
    """The name here of a parameter or buffer of torchvision's ResNet."""
    for pattern, replacement in _RULES:
        torchvision_key = pattern.sub(replacement, torchvision_key)
    return torchvision_key


def from_torchvision(state: Mapping[str, T]) -> dict[str, T]:
    """A state_dict of torchvision's ResNet, ready for `load_state_dict` of ours (option B, stride in the 3×3)."""
    return {our_key(key): value for key, value in state.items()}
