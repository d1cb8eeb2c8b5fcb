"""Answers of the Shortcut lab made of given numbers: what a measurement would bring."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resnet_viz import zoo
from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.probes.questions import EffectQuestion, GradientQuestion, LesionQuestion, PathQuestion
from resnet_viz.probes.study_answers import EffectAnswer, LesionAnswer, PathAnswer

STAGES = ("layer1", "layer2", "layer3")


def block_names(each: int) -> tuple[str, ...]:
    """Of three stages with so many blocks each."""
    return tuple(f"{stage}.{number}" for stage in STAGES for number in range(each))


def effect(norms: Any, correlation: Any, logits: Any, **changes: Any) -> EffectAnswer:
    """An answer with these gradient norms and correlations at blocks of one stage, and these scores."""
    network, norms = zoo.spec("resnet20"), np.asarray(norms, dtype=float)
    ones = np.ones(len(norms))
    gradients = GradientAnswer(
        question=GradientQuestion(network=network), block_names=tuple(f"layer1.{i}" for i in range(len(norms))),
        stage_of_block=(0,) * len(norms), stage_names=STAGES[:1], gradient_norms=norms, activation_rms=ones,
        weight_gradient_norms=ones, connected=ones.astype(bool), loss=changes.pop("loss", 2.3),
        output_gradient_norm=1.0, zero_weights=(), blocking_weights=(), seconds=0.1, versions={},
    )  # fmt: skip
    parts: dict[str, Any] = {
        "question": EffectQuestion(network=network), "gradients": gradients,
        "correlation": np.asarray(correlation, dtype=float), "logits": np.asarray(logits, dtype=np.float32),
        "error": 0.9, "reached_parameters": 100, "num_parameters": 100, "seconds": 0.1, "versions": {},
    }  # fmt: skip
    return EffectAnswer(**{**parts, **changes})


def lesions(errors: Any, each: int = 3, study: Any = "single", **changes: Any) -> LesionAnswer:
    """An answer with these errors, of three stages with so many blocks each; the first of a stage changes the shape."""
    errors = np.atleast_2d(np.asarray(errors, dtype=float))
    names = block_names(each)
    parts: dict[str, Any] = {
        "question": LesionQuestion(network=zoo.spec("resnet20"), study=study, weights="trained", draws=len(errors)),
        "block_names": names, "stage_of_block": tuple(i // each for i in range(len(names))), "stage_names": STAGES,
        "keeps_shape": np.array([i % each > 0 or i == 0 for i in range(len(names))]), "intact_error": 0.02,
        "chance_error": 0.9, "amounts": np.arange(1, errors.shape[1] + 1), "errors": errors,
        "kendall_tau": np.full_like(errors, np.nan), "num_images": 256, "forward_passes": 9.0, "seconds": 1.0,
        "versions": {},
    }  # fmt: skip
    return LesionAnswer(**{**parts, **changes})


def paths(norms: Any, **changes: Any) -> PathAnswer:
    """An answer with these norms by length, of a chain of so many shortcuts."""
    norms = np.asarray(norms, dtype=float)
    length = len(norms) - 1
    parts: dict[str, Any] = {
        "question": PathQuestion(network=zoo.spec("resnet20")), "num_shortcuts": length,
        "counts": tuple(math.comb(length, k) for k in range(length + 1)), "norms": norms,
        "total_norm": float(np.sqrt((norms**2).sum())), "sum_error": 1e-6,
        "sampled_norms": np.full(length + 1, np.nan), "sampled_spread": np.full(length + 1, np.nan),
        "sampled_seconds": 0.0, "seconds": 1.0, "versions": {},
    }  # fmt: skip
    return PathAnswer(**{**parts, **changes})
