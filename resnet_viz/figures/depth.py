"""Answers of several networks as one chart ordered by depth: what the depth chart component draws. Without torch.

How to read it: the first block is at the left, the loss at the right, and the axis is logarithmic, so that a straight
line is a constant factor per block. Gradients travel from right to left: a line that rises toward the left explodes,
one that falls toward the left vanishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from resnet_viz.figures.depth_data import DepthData, Kind, Mark, Series, Stage
from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.text import _

Part = Literal["residual", "operated", "plain"]
ROLES: dict[Part, tuple[str, str | None]] = {
    "residual": ("shortcut", None),
    "operated": ("operated", None),
    "plain": ("plain", None),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lane:
    """One network of the comparison: its part in it, what it is called, and one answer for each seed."""

    part: Part
    label: str
    answers: tuple[GradientAnswer, ...]

    def gradients(self) -> Floats:
        """Gradient norms, (seeds, blocks)."""
        return np.stack([answer.gradient_norms for answer in self.answers])

    def activations(self) -> Floats:
        """Root mean square of the block outputs, (seeds, blocks)."""
        return np.stack([answer.activation_rms for answer in self.answers])


def gradient_chart(lanes: Sequence[Lane], stages: Sequence[str]) -> DepthData:
    """Norm of the loss gradient at every block output; `stages` are the titles of the network's stages."""
    return chart(lanes, stages, [lane.gradients() for lane in lanes], _("gradient norm ‖∂L/∂x‖"), "gradients")


def activation_chart(lanes: Sequence[Lane], stages: Sequence[str]) -> DepthData:
    """Root mean square of every block output; `stages` are the titles of the network's stages."""
    return chart(
        lanes, stages, [lane.activations() for lane in lanes], _("activation, root mean square"), "activations"
    )


def chart(
    lanes: Sequence[Lane], stages: Sequence[str], values: Sequence[Floats], y_label: str, kind: str, log: bool = True
) -> DepthData:
    """Any values by depth, (seeds, blocks) for each lane, on a logarithmic or linear axis; `kind` begins the file's
    name."""
    longest = max((lane.answers[0] for lane in lanes), key=lambda answer: len(answer.block_names))
    return {
        "x": {"names": list(longest.block_names), "stages": _stages(longest, stages)},
        "y_label": y_label,
        "log": log,
        "series": [_series(lane, column, log) for lane, column in zip(lanes, values, strict=True)],
        "file_name": file_name(lanes, kind),
    }


def file_name(lanes: Sequence[Lane], kind: str) -> str:
    """Name without ending of a file of these numbers: "gradients-resnet56-digits-8x8-batch32-seed0-4-cut"."""
    questions = [answer.question for answer in lanes[0].answers]
    first, side = questions[0], questions[0].image_size
    seeds = f"seed{first.seed}" + (f"-{questions[-1].seed}" if len(questions) > 1 else "")
    images = first.images.replace(":", "-")[:14]
    parts = [kind, first.network.label, images, f"{side}x{side}", f"batch{first.batch_size}", seeds]
    parts += ["operated" for lane in lanes if lane.part == "operated"]
    return "-".join(parts)


def _stages(answer: GradientAnswer, titles: Sequence[str]) -> list[Stage]:
    """Runs of blocks in one stage."""
    stages: list[Stage] = []
    for position, stage in enumerate(answer.stage_of_block):
        if stages and stages[-1]["name"] == titles[stage]:
            stages[-1]["end"] = position + 1
        else:
            stages.append({"name": titles[stage], "start": position, "end": position + 1})
    return stages


def _series(lane: Lane, values: Floats, log: bool) -> Series:
    role, dash = ROLES[lane.part]
    low, middle, high = spread(values, log)
    return {
        "id": lane.part,
        "label": lane.label,
        "role": role,
        "dash": dash,
        "values": _numbers(middle),
        "low": _numbers(low) if len(values) > 1 else None,
        "high": _numbers(high) if len(values) > 1 else None,
        "marks": _marks(values, log),
    }


def spread(values: Floats, log: bool = True) -> tuple[Floats, Floats, Floats]:
    """Least, geometric mean and greatest over the seeds of what is positive and finite, each (blocks,); else NaN.

    On a linear axis (`log` False) the mean is the arithmetic one, of all that is finite.
    """
    usable = np.where(np.isfinite(values) & ((values > 0) | (not log)), values, np.nan)
    nothing = np.all(np.isnan(usable), axis=0)
    filled = np.where(nothing, 1.0, usable)
    scaled = np.log(filled) if log else filled
    parts = (f(scaled, axis=0) for f in (np.nanmin, np.nanmean, np.nanmax))
    return tuple(np.where(nothing, np.nan, np.exp(part) if log else part) for part in parts)  # type: ignore[return-value]


def _numbers(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _marks(values: Floats, log: bool) -> list[Mark]:
    """What the axis cannot hold, so that it is marked and not hidden: infinities, NaN, exact zeros on a logarithm."""
    marks: list[Mark] = []
    kinds: tuple[tuple[Kind, Any, str], ...] = (
        ("underflow", (values == 0).any(axis=0) & log, _("exactly 0")),
        ("overflow", np.isinf(values).any(axis=0), _("infinite")),
        ("nan", np.isnan(values).any(axis=0), _("not a number")),
    )
    for kind, found, words in kinds:
        marks += [{"index": int(i), "kind": kind, "text": words} for i in np.flatnonzero(found)]
    return marks
