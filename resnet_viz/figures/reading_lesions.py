"""What deleting and swapping blocks cost, in sentences: every number comes from the answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resnet_viz.figures.lesion_lanes import LesionLane, band, deleted, median_cost, worst
from resnet_viz.figures.numbers import signed
from resnet_viz.text import N_, _

_GUESSING = 0.9  # of the error by chance: an intact network above it has nothing to lose


def lesion_reading(lanes: Sequence[LesionLane]) -> list[str]:
    """What deleting or swapping blocks cost each network, and how it was done."""
    study = lanes[0].first.question.study
    sentence = {"single": _single, "random": _random, "order": _order}[study]
    read = [sentence(lane) for lane in lanes]
    return [*read, *_guessing(lanes), _how_swapped() if study == "order" else _how_deleted(lanes)]


def _single(lane: LesionLane) -> str:
    blocks = deleted(lane)
    same = [block for block in blocks if block.keeps_shape]
    words = []
    if same:
        words.append(
            _(
                "{name}: deleting one of the {count} blocks that keep the shape costs **{cost} points** of error in "
                "the median (intact {intact} %).",
                name=_bold(lane), count=len(same), cost=signed(median_cost(blocks)), intact=f"{lane.intact:.1f}",
            )
        )  # fmt: skip
    else:
        words.append(_("{name}: no block that keeps the shape can be deleted.", name=_bold(lane)))
    if lane.part != "plain":
        words.append(_worst(lane))
    return " ".join(words)


def _worst(lane: LesionLane) -> str:
    found = worst(lane)
    if not found:
        return _("No block stands out.")
    parts = [
        _(N_("`{block}` (changes the shape): {cost}") if not block.keeps_shape else N_("`{block}`: {cost}"),
          block=block.name, cost=signed(block.cost))
        for block in found
    ]  # fmt: skip
    return _("What matters most: {blocks} points.", blocks=", ".join(parts))


def _random(lane: LesionLane) -> str:
    column, passes = _halfway(lane)
    words = (
        N_("{name}: the error passes half the way from {intact} % (intact) to chance at **{number}** deleted: {error} "
           "%, median of {draws} draws.")
        if passes
        else N_("{name}: the error stays below half the way from {intact} % (intact) to chance up to **{number}** "
                "deleted: {error} %, median of {draws} draws.")
    )  # fmt: skip
    return _(words, **_numbers(lane, column))


def _order(lane: LesionLane) -> str:
    column, passes = _halfway(lane)
    words = (
        N_("{name}: the error passes half the way from {intact} % (intact) to chance at **{number}** swapped, τ = "
           "{tau}: {error} %, medians of {draws} draws.")
        if passes
        else N_("{name}: the error stays below half the way from {intact} % (intact) to chance up to **{number}** "
                "swapped, τ = {tau}: {error} %, medians of {draws} draws.")
    )  # fmt: skip
    return _(words, tau=signed(float(band(lane.taus).median[column]), 2), **_numbers(lane, column))


def _numbers(lane: LesionLane, column: int) -> dict[str, object]:
    return {
        "name": _bold(lane), "number": int(lane.first.amounts[column]), "draws": len(lane.errors),
        "error": f"{band(lane.errors).median[column]:.1f}", "intact": f"{lane.intact:.1f}",
    }  # fmt: skip


def _halfway(lane: LesionLane) -> tuple[int, bool]:
    """The first column whose median error lies at least halfway from the intact network's to chance, else the last."""
    medians = band(lane.errors).median
    beyond = np.flatnonzero(medians >= (lane.intact + 100 * lane.first.chance_error) / 2)
    return (int(beyond[0]), True) if len(beyond) else (len(medians) - 1, False)


def _guessing(lanes: Sequence[LesionLane]) -> list[str]:
    return [
        _("{name} guesses even when it is intact, so that nothing can be read off what is taken from it.",
          name=_bold(lane))
        for lane in lanes
        if lane.intact > _GUESSING * 100 * lane.first.chance_error
    ]  # fmt: skip


def _how_deleted(lanes: Sequence[LesionLane]) -> str:
    words = [
        _(
            "Deleted are modules, their residual branches, **while their shortcuts stay**; at test time, nothing is "
            "trained again (Veit et al. 2016, arXiv:1605.06431)."
        )
    ]
    if any(lane.part == "plain" for lane in lanes):
        words.append(_("A plain block has no shortcut to stay: what follows it gets its input."))
    return " ".join(words)


def _how_swapped() -> str:
    return _(
        "Blocks of equal shape change places with their weights; Kendall's τ compares the order of all blocks with the "
        "trained one: 1 for the same order, −1 for its reverse. Nothing is trained again (Veit et al. 2016, "
        "arXiv:1605.06431)."
    )


def _bold(lane: LesionLane) -> str:
    return "**" + lane.label.replace("*", r"\*") + "**"
