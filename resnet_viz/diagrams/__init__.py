"""Draw a network: a traced graph becomes a `Scene`, a `Scene` becomes SVG or PNG."""

from resnet_viz.diagrams.check import check
from resnet_viz.diagrams.scene import Scene

__all__ = ["Scene", "check"]
