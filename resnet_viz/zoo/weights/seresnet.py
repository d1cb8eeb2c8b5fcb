"""timm's SE-ResNet: the keys of torchvision's ResNet, and layer1.0.se.fc1, here layer1.0.residual.se.gate.fc1."""

from __future__ import annotations

import re

from resnet_viz.zoo.weights import resnet

RULES = (*resnet.RULES, (re.compile(r"^(layer\d+\.\d+)\.se\."), r"\1.residual.se.gate."))
