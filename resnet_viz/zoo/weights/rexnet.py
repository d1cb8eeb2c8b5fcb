"""timm's ReXNet.

timm                            here
stem.conv, stem.bn              conv1, bn1
features.0 … features.15        layer1.0 … layer6.4
  .conv_exp, .conv_dw           .residual.conv1, .residual.conv2, with bn1, bn2
  .se.fc1, .se.bn, .se.fc2      .residual.se.gate.fc1, .bn, .fc2
  .conv_pwl                     .residual.conv3, with bn3
features.16                     conv2, bn2
head.fc                         fc
"""

from __future__ import annotations

import re

from resnet_viz.zoo.specs import ReXNetSpec

_COUNTS = ReXNetSpec.STAGE_BLOCKS["linear"]
_BLOCKS = [f"layer{stage}.{block}" for stage, count in enumerate(_COUNTS, start=1) for block in range(count)]

RULES = (
    (re.compile(r"^stem\.(conv|bn)"), r"\g<1>1"),
    (re.compile(rf"^features\.{len(_BLOCKS)}\.(conv|bn)"), r"\g<1>2"),
    *((re.compile(rf"^features\.{number}\."), f"{block}.residual.") for number, block in enumerate(_BLOCKS)),
    (re.compile(r"residual\.conv_exp\.(conv|bn)"), r"residual.\g<1>1"),
    (re.compile(r"residual\.conv_dw\.(conv|bn)"), r"residual.\g<1>2"),
    (re.compile(r"residual\.conv_pwl\.(conv|bn)"), r"residual.\g<1>3"),
    (re.compile(r"residual\.se\."), "residual.se.gate."),
    (re.compile(r"^head\.fc"), "fc"),
)
