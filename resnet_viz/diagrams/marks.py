"""The marks of every view: what an item stands for, in words that its tip and a screen reader say."""

from __future__ import annotations

from resnet_viz.diagrams.scene import Mark
from resnet_viz.graph.network_graph import Junction, NetworkGraph, Op
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import N_, _

_MOST_PATHS = 8  # modules that a tip names one by one
JUNCTION_LABELS = {
    "identity": N_("identity"),
    "projection": N_("projection"),
    "resize": N_("resized"),
    "scaled": N_("scaled"),
    "gated": N_("gated"),
    "context": N_("context"),
    "concat": N_("concatenated"),
    "concat-split": N_("concatenated"),
}


def factor_label(factor: float) -> str:
    """As in "× 0.5"."""
    return f"× {factor:.3g}".replace("-", "−")


def count(number: float) -> str:
    """A large number in short: 950, 4.1 k, 25.6 M, 11.5 G."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= size:
            return f"{number / (1000 if letter == 'k' else size):.3g} {letter}"
    return f"{number:.0f}"


def shortcut_mark(junction: Junction, label: str, surgery: Surgery) -> Mark:
    """Mark of a shortcut's line; pressing it cuts or restores it. `label` says what it holds."""
    tip = _("Shortcut {name}: {label}", name=junction.name, label=label)
    if not junction.is_additive:
        return Mark(f"shortcut:{junction.name}", tip)
    factor, _branch = surgery.factors(junction.name)
    if factor == 0:
        state = _("cut; press to restore")
    elif factor != 1:
        state = _("scaled {factor}; press to restore", factor=factor_label(factor))
    else:
        state = _("press to cut")
    return Mark(f"shortcut:{junction.name}", f"{tip}\n{state}", "toggle", factor == 0)


def sum_mark(junction: Junction, surgery: Surgery) -> Mark:
    """Mark of the circle in which a shortcut and a residual branch meet."""
    if not junction.is_additive:
        return Mark(f"sum:{junction.name}", _("Concatenation {name}", name=junction.name))
    lines = [_("Sum {name}", name=junction.name)]
    shortcut, branch = surgery.factors(junction.name)
    if shortcut != 1:
        lines.append(_("shortcut {factor}", factor=factor_label(shortcut)))
    if branch != 1:
        lines.append(_("residual branch {factor}", factor=factor_label(branch)))
    return Mark(f"sum:{junction.name}", "\n".join(lines))


def costs(ops: list[Op]) -> str:
    """As in "36.9 k parameters · 116 M multiply-adds"; empty where there are none."""
    parameters, macs = sum(op.num_parameters for op in ops), sum(op.macs for op in ops)
    words = []
    if parameters:
        words.append(_("{count} parameters", count=count(parameters)))
    if macs:
        words.append(_("{count} multiply-adds", count=count(macs)))
    return " · ".join(words)


def op_mark(graph: NetworkGraph, indices: tuple[int, ...], label: str, shape: str) -> Mark:
    """Mark of a box that stands for these operations: label, modules, shape and costs."""
    ops = [graph.ops[i] for i in indices]
    paths = list(dict.fromkeys(op.module_path for op in ops if op.module_path))
    if len(paths) > _MOST_PATHS:
        paths = [_("{first} to {last}", first=paths[0], last=paths[-1])]
    lines = [label, ", ".join(paths), shape, costs(ops)]
    return Mark("op:" + "+".join(map(str, indices)), "\n".join(line for line in lines if line))
