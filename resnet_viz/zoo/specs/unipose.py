"""UniPose (Artacho, Savakis 2020, arXiv:2001.08095): a ResNet with holes in its convolutions, and a waterfall of them.

What is built is the released network for single pictures (github.com/bmartacho/UniPose).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_viz.text import N_
from resnet_viz.zoo.specs.fields import choice, image_side, integer
from resnet_viz.zoo.specs.resnet import ImageNetSpec


@dataclass(frozen=True, kw_only=True)
class UniPoseSpec(ImageNetSpec):
    """One UniPose. Its output is a map for every joint of the body, so there are no scores of classes."""

    family: ClassVar[str] = N_("UniPose (WASP)")
    NAME: ClassVar[str] = "unipose_resnet{depth}"

    num_classes: int = integer(
        15, 1, 100_000, N_("Heatmaps"), N_("Maps that the last layer gives: 14 joints and the background for LSP")
    )
    image_size: int = image_side(368)
    depth: int = choice(
        101, (50, 101), N_("Backbone depth"), N_("Layers with weights of the ResNet before the waterfall")
    )
    output_stride: int = choice(
        16,
        (8, 16),
        N_("Output stride"),
        N_("Pixels of the picture for one of the backbone's last map; smaller by dilation"),
    )

    @property
    def stage_dilations(self) -> tuple[int, ...]:
        """Dilation of the 3×3 convolutions in each stage; a stage that dilates does not make the map smaller."""
        return (1, 1, 1, 2) if self.output_stride == 16 else (1, 1, 2, 4)

    @property
    def last_stage_factors(self) -> tuple[int, ...]:
        """What the dilation is multiplied with in the three blocks of the last stage."""
        return 1, 2, 4

    @property
    def cascade_dilations(self) -> tuple[int, ...]:
        """Dilations of the waterfall's 3×3 convolutions, in the order in which they follow each other."""
        return (18, 12, 6) if self.output_stride == 16 else (36, 24, 12)
