"""Answers of the Shortcut lab as plain values, for files and for --json. Without torch."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from resnet_viz.probes.study_answers import LesionAnswer, PathAnswer


def document(answer: LesionAnswer | PathAnswer) -> dict[str, Any]:
    """An answer as plain values, with its question; what is not finite as a word ("inf", "nan")."""
    question = answer.question
    return {
        "network": question.network.label,
        "surgery": dataclasses.asdict(question.surgery),
        **_fields(question, without=("network", "surgery")),
        **_fields(answer, without=("question", "versions")),
        "versions": dict(answer.versions),
    }


def _fields(value: Any, without: Sequence[str]) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(value) if field.name not in without]
    return {name: _plain(getattr(value, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
