"""The two components that the page draws itself: a network's diagram, and a chart ordered by depth."""

from resnet_viz.ui.components.depth_chart import depth_chart
from resnet_viz.ui.components.diagram import diagram
from resnet_viz.ui.components.parts import Event

__all__ = ["Event", "depth_chart", "diagram"]
