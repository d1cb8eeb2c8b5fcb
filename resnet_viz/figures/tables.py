"""The measured numbers as files: one row a network, seed and block."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from resnet_viz.figures.depth import Lane

_COLUMNS = ("part", "network", "seed", "block", "gradient_norm", "activation_rms", "weight_gradient_norm")


def as_csv(lanes: Sequence[Lane]) -> str:
    """Comma-separated values with a line of column names."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(_COLUMNS)
    for lane in lanes:
        for answer in lane.answers:
            arrays = (answer.gradient_norms, answer.activation_rms, answer.weight_gradient_norms)
            for block, *numbers in zip(answer.block_names, *arrays, strict=True):
                rows.writerow([lane.part, lane.label, answer.question.seed, block, *numbers])
    return file.getvalue()


def as_json(lanes: Sequence[Lane]) -> str:
    """Every answer with its question and the versions that made it."""
    answers = [{"part": lane.part, "label": lane.label, **a.to_dict()} for lane in lanes for a in lane.answers]
    return json.dumps(answers, indent=1)
