"""Draw a network: a traced graph becomes a `Scene`, a `Scene` becomes SVG or PNG."""

from resnet_viz.diagrams.check import check
from resnet_viz.diagrams.draw import VIEWS, draw, file_name
from resnet_viz.diagrams.layout.thumbnail import thumbnail
from resnet_viz.diagrams.scene import Scene

__all__ = ["VIEWS", "Scene", "check", "draw", "file_name", "thumbnail"]
