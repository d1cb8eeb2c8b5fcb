"""What the Shortcut lab measured, in sentences: every number comes from the answers, with how it was computed."""

from __future__ import annotations

import math

from resnet_viz.figures.numbers import percent, signed, three_digits
from resnet_viz.figures.reading_lesions import lesion_reading
from resnet_viz.figures.reading_paths import path_reading
from resnet_viz.probes.questions import INITIAL
from resnet_viz.probes.study_answers import EffectAnswer, EffectComparison, compare
from resnet_viz.text import _

__all__ = ["effect_reading", "lesion_reading", "path_reading"]


def effect_reading(intact: EffectAnswer, operated: EffectAnswer) -> list[str]:
    """What the surgery did to output, loss, gradient and parameters, one sentence each."""
    found = compare(intact, operated)
    return [
        _output(found, len(intact.logits)),
        _loss(found, intact.question.weights == INITIAL),
        _first_gradient(found, intact, operated),
        _correlation(intact, operated),
        _parameters(intact, operated),
    ]


def _output(found: EffectComparison, count: int) -> str:
    change, others = percent(found.output_change), percent(found.predictions_changed)
    if found.output_change == 0:
        return _("The output is **exactly the same** for all {count} pictures.", count=count)
    if not math.isfinite(found.output_change):
        return _("The output cannot be compared: scores are 0, infinite or not a number in one of the two networks.")
    return _(
        "The scores change by **{change} %** (norm of the change over that of the scores, {count} pictures together); "
        "{others} % of the predictions become others.",
        change=change, count=count, others=others,
    )  # fmt: skip


def _loss(found: EffectComparison, is_initial: bool) -> str:
    before, after = map(three_digits, found.loss)
    if is_initial:
        return _("The loss goes from {before} to **{after}** (mean cross-entropy of the batch, untrained).",
                 before=before, after=after)  # fmt: skip
    wrong, then = map(percent, found.error)
    return _(
        "The loss goes from {before} to **{after}** (mean cross-entropy of the batch), the error from {wrong} % to "
        "**{then} %**.",
        before=before, after=after, wrong=wrong, then=then,
    )  # fmt: skip


def _first_gradient(found: EffectComparison, intact: EffectAnswer, operated: EffectAnswer) -> str:
    if not len(intact.gradients.gradient_norms):
        return _("There is no block whose gradient could be compared.")
    if found.first_gradient_ratio == 0:
        return _("**No gradient** comes back to the first block: its norm over the batch is exactly 0.")
    if not math.isfinite(found.first_gradient_ratio):
        return _("The gradients at the first block cannot be compared: one of them is 0 or not finite.")
    return _(
        "At the output of the first block, {block}, the gradient of the loss is **{ratio} times** that of the intact "
        "network (norms over the batch).",
        block=f"`{operated.gradients.block_names[0]}`", ratio=three_digits(found.first_gradient_ratio),
    )  # fmt: skip


def _correlation(intact: EffectAnswer, operated: EffectAnswer) -> str:
    before, after = (
        answer.correlation[:1].mean() if len(answer.correlation) else math.nan for answer in (intact, operated)
    )
    if not (math.isfinite(before) and math.isfinite(after)):
        return _("The correlation of the gradients there is not defined in one of the two networks.")
    return _(
        "The gradients of two pictures correlate there by {before} in the intact network and by **{after}** in the "
        "other (mean over all pairs).",
        before=signed(before, 2), after=signed(after, 2),
    )  # fmt: skip


def _parameters(intact: EffectAnswer, operated: EffectAnswer) -> str:
    counts = {"reached": f"{operated.reached_parameters:,}", "total": f"{operated.num_parameters:,}"}
    if operated.reached_parameters == intact.reached_parameters:
        return _("The gradient still reaches {reached} of {total} parameters (it is not 0 there), as before.", **counts)
    return _(
        "The gradient still reaches **{reached}** of {total} parameters (it is not 0 there); it was {before}.",
        before=f"{intact.reached_parameters:,}", **counts,
    )  # fmt: skip
