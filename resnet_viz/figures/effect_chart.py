"""What a change at the shortcuts does, block by block: the intact network against the operated one. Without torch.

How to read it: where the two lines part, the change is felt; both networks have the same weights and see the same
pictures. The gradient norm says how large the signal is, the correlation whether the pictures' gradients still agree:
near 1 they point one way, near 0 they are as good as noise to each other (shattered gradients, Balduzzi et al. 2017,
arXiv:1702.08591).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resnet_viz.figures import depth
from resnet_viz.figures.depth import Floats, Lane, Part
from resnet_viz.figures.depth_data import DepthData
from resnet_viz.probes.study_answers import EffectAnswer
from resnet_viz.text import _


@dataclass(frozen=True, eq=False)
class EffectLane:
    """One network of the comparison: its part in it, what it is called, and one answer for each seed."""

    part: Part
    label: str
    answers: tuple[EffectAnswer, ...]

    @property
    def gradients(self) -> Lane:
        """The same network as a lane of the gradient's charts and reading."""
        return Lane(self.part, self.label, tuple(answer.gradients for answer in self.answers))

    def correlations(self) -> Floats:
        """Mean correlation between two pictures' gradients, (seeds, blocks)."""
        return np.stack([answer.correlation for answer in self.answers])


def gradient_chart(lanes: Sequence[EffectLane], stages: Sequence[str]) -> DepthData:
    """Norm of the loss gradient at every block output; `stages` are the titles of the network's stages."""
    return depth.gradient_chart([lane.gradients for lane in lanes], stages)


def correlation_chart(lanes: Sequence[EffectLane], stages: Sequence[str]) -> DepthData:
    """Mean correlation between the gradients of two pictures at every block output, on a linear axis."""
    correlations = [lane.correlations() for lane in lanes]
    plain = [lane.gradients for lane in lanes]
    return depth.chart(plain, stages, correlations, _("correlation of two pictures' gradients"), "correlation", False)
