"""torchvision's ResNet.

torchvision                     here
conv1, bn1, fc                  the same
layer1.0.conv1 … conv3          layer1.0.residual.conv1 … conv3
layer1.0.bn1 … bn3              layer1.0.residual.bn1 … bn3
layer1.0.downsample.0           layer1.0.shortcut.conv
layer1.0.downsample.1           layer1.0.shortcut.bn
"""

from __future__ import annotations

import re

RULES = (
    (re.compile(r"^(layer\d+\.\d+)\.((?:conv|bn)\d)"), r"\1.residual.\2"),
    (re.compile(r"^(layer\d+\.\d+)\.downsample\.0"), r"\1.shortcut.conv"),
    (re.compile(r"^(layer\d+\.\d+)\.downsample\.1"), r"\1.shortcut.bn"),
)
