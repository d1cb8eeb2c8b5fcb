"""WHAT IS SEEN: questions about a network (values), and in one module a question the measurement that answers it.

The values live in `questions` and `answers` and need no torch. Each measuring module has one public function,
`measure(question, progress=None) -> answer`, which a worker process calls by name
("resnet_viz.probes.gradients:measure").
"""

from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.probes.questions import ArchitectureQuestion, GradientQuestion

__all__ = ["ArchitectureQuestion", "GradientAnswer", "GradientQuestion"]
