"""timm's Res2Net.

timm                                    here
conv1, bn1, fc                          the same
layer1.0.conv1, bn1, conv3, bn3         layer1.0.residual.conv1, …
layer1.0.convs.0, bns.0                 layer1.0.residual.splits.0.conv, …bn
layer1.0.downsample.0, downsample.1     layer1.0.shortcut.conv, shortcut.bn
"""

from __future__ import annotations

import re

from resnet_viz.zoo.weights import resnet

RULES = (
    *resnet.RULES,
    (re.compile(r"^(layer\d+\.\d+)\.(conv|bn)s\.(\d+)"), r"\1.residual.splits.\3.\2"),
)
