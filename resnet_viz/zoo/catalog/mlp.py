"""Plain and residual multilayer perceptrons: no errors were published, only how their gradients correlate."""

from __future__ import annotations

from resnet_viz.zoo.catalog.papers import BALDUZZI_2017
from resnet_viz.zoo.catalog.variant import Result, Variant
from resnet_viz.zoo.specs import MLPSpec
from resnet_viz.zoo.specs.mlp import KINDS

VARIANTS = tuple(Variant(MLPSpec(kind=kind), BALDUZZI_2017) for kind in KINDS)

RESULTS: tuple[Result, ...] = ()
