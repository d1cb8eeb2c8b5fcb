"""What the command line prints: tables of words for people, documents of plain values for --json."""

from __future__ import annotations

import dataclasses
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from resnet_viz.graph import NetworkGraph, paths
from resnet_viz.probes import GradientAnswer
from resnet_viz.probes.questions import has_batch_norm
from resnet_viz.text import N_, _
from resnet_viz.zoo import NetworkSpec
from resnet_viz.zoo.catalog import Result, Variant, results, variants

BYTES = 4  # of a float32

KINDS = {
    "identity": N_("identity"),
    "projection": N_("projection"),
    "resize": N_("resize"),
    "scaled": N_("scaled"),
    "gated": N_("gated"),
    "context": N_("context"),
    "concat": N_("concatenation"),
    "concat-split": N_("concatenation of a split"),
}


def variant_document(variant: Variant) -> dict[str, Any]:
    """A catalog entry as plain values."""
    spec = variant.spec
    return {
        "name": variant.name,
        "family": spec.family,
        "depth": spec.depth,
        "is_plain": spec.is_plain,
        "paper": dataclasses.asdict(variant.paper),
        "torchvision": variant.torchvision,
        "timm": variant.timm,
        "results": [_result_document(result) for result in results(spec)],
    }


def _result_document(result: Result) -> dict[str, Any]:
    values = {"error": result.error, "fails": result.fails or None, "macs": result.macs, "measured": result.measured}
    return {
        "network": result.spec.label,
        **{key: value for key, value in values.items() if value},
        "paper": result.paper.citation,
    }


def catalog_table(rows: Iterable[Variant]) -> str:
    """The catalog, family by family, with the published error of each entry."""
    lines: list[str] = []
    rows = list(rows)
    width = max(len(variant.name) for variant in rows) + 2
    for family, members in groupby(rows, key=lambda variant: variant.spec.family):
        lines += ["", _(family)] if lines else [_(family)]
        for variant in members:
            shown = next((r for r in results(variant.spec) if r.error is not None), None)
            error = f"{shown.error:5.2f} %  {_(shown.measured)}" if shown else ""
            lines.append(f"  {variant.name:<{width}}{error}".rstrip())
    lines += ["", _("Also resnetN and plainN for N = 6n+2, torchvision:NAME and timm:NAME.")]
    return "\n".join(lines)


def facts_document(spec: NetworkSpec, graph: NetworkGraph) -> dict[str, Any]:
    """What `show` says, as plain values. Path counts are exact integers of any length."""
    lengths = paths.path_lengths(graph)
    finite = math.isfinite(graph.receptive_field)
    return {
        "name": spec.name,
        "label": spec.label,
        "family": spec.family,
        "overrides": spec.overrides(),
        "input": list(_input_shape(graph)),
        "depth": spec.depth,
        "parameters": graph.num_parameters,
        "macs": graph.macs,
        "stages": [{"name": stage.name, "blocks": len(stage.blocks)} for stage in graph.stages],
        "junctions": dict(Counter(junction.kind for junction in graph.junctions)),
        "shortcuts": len(graph.shortcuts),
        "receptive_field": int(graph.receptive_field) if finite else None,
        "paths": {"count": sum(lengths), "mean_length": mean_length(lengths), "by_length": list(lengths)},
        "activations": graph.activation_elements,
        "activation_bytes": graph.activation_elements * BYTES,
        "notes": list(graph.notes),
    }


def _input_shape(graph: NetworkGraph) -> tuple[int, ...]:
    """The shape of one picture as it was traced: a specification need not know it."""
    return next((op.shape[1:] for op in graph.ops if op.kind == "input" and op.shape), ())


def mean_length(lengths: Sequence[int]) -> float | None:
    """Residual branches on a path, on average over all paths; None where there is no path."""
    count = sum(lengths)
    return float(Fraction(sum(length * paths for length, paths in enumerate(lengths)), count)) if count else None


def facts_table(spec: NetworkSpec, graph: NetworkGraph) -> str:
    """What `show` says, one fact a line."""
    size = " × ".join(map(str, _input_shape(graph)))
    macs = _("{macs} for an input of {size}; a multiply-add counts once", macs=f"{graph.macs:,}", size=size)
    rows = [
        (_("Network"), f"{spec.label} · {_(spec.family)}"),
        (_("Parameters"), f"{graph.num_parameters:,}"),
        (_("Multiply–adds"), macs),
        (_("Depth"), str(spec.depth) if spec.depth else "–"),
        (_("Blocks"), " + ".join(str(len(stage.blocks)) for stage in graph.stages) or "–"),
        (_("Junctions"), _junctions(graph)),
        (_("Receptive field"), _receptive_field(graph)),
        (_("Paths"), _paths(paths.path_lengths(graph))),
        (_("Activations"), _activations(graph)),
        *_published(spec),
        *((_("Note"), _(note)) for note in graph.notes),
    ]
    return _columns(rows)


def _columns(rows: Sequence[tuple[str, str]]) -> str:
    width = max(_columns_of(label) for label, _value in rows) + 2
    return "\n".join(_filled(label, width) + value for label, value in rows)


def _filled(text: str, width: int) -> str:
    """The text in so many columns of a terminal, at the left; at the right where the width is negative."""
    blank = " " * (abs(width) - _columns_of(text))
    return text + blank if width > 0 else blank + text


def _columns_of(text: str) -> int:
    """Columns of a terminal that a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _junctions(graph: NetworkGraph) -> str:
    kinds = Counter(junction.kind for junction in graph.junctions)
    parts = [f"{count} {_(KINDS[kind])}" for kind, count in kinds.most_common()]
    return f"{len(graph.junctions)}: {', '.join(parts)}" if parts else _("none")


def _receptive_field(graph: NetworkGraph) -> str:
    if math.isinf(graph.receptive_field):
        return _("the whole input, before the head")
    if graph.receptive_field <= 1:
        return _("none: it has no maps")
    return _("{side} pixels, at the last map", side=f"{graph.receptive_field:,.0f}")


def _paths(lengths: Sequence[int]) -> str:
    count, mean = sum(lengths), mean_length(lengths) or 0
    exact = f"2^{count.bit_length() - 1}" if count > 1000 and count & (count - 1) == 0 else f"{count:,}"
    return _("{count}, {mean} residual branches on average", count=exact, mean=f"{mean:.4g}")


def _activations(graph: NetworkGraph) -> str:
    count, memory = graph.activation_elements, graph.activation_elements * BYTES / 2**20
    return _("{count} numbers for one input, {memory} MiB in float32", count=f"{count:,}", memory=f"{memory:,.1f}")


def _published(spec: NetworkSpec) -> list[tuple[str, str]]:
    variant = variants().get(spec.name)
    if variant is None:
        return []
    errors = [(_("Published error"), words) for result in results(spec) if (words := result.error_words(spec))]
    return [(_("Paper"), variant.paper.citation), *errors]


def gradient_table(answer: GradientAnswer, graph: NetworkGraph) -> str:
    """One line a block: norm of the loss gradient, root mean square of the output, and what went wrong there."""
    question = answer.question
    measured = [
        _(
            "{network}: {batch} × {images} at {side} × {side}, seed {seed}",
            network=question.network.label, batch=question.batch_size, images=question.images,
            side=question.image_size, seed=question.seed,
        ),
        *([_("batch norm mode {mode}", mode=question.batch_norm_mode)] if has_batch_norm(graph) else []),
        _("loss {loss}", loss=f"{answer.loss:.4g}"),
    ]  # fmt: skip
    lines = [
        ", ".join(measured),
        _filled(_("Block"), 16) + _filled(_("Gradient norm"), -16) + _filled(_("Activation RMS"), -18),
    ]
    for index, name in enumerate(answer.block_names):
        numbers = f"{answer.gradient_norms[index]:>16.4g}{answer.activation_rms[index]:>18.4g}"
        lines.append(f"{name:<16}{numbers}  {_trouble(answer, index)}".rstrip())
    if math.isfinite(answer.first_to_last):
        lines.append(_("First over last: {ratio}", ratio=f"{answer.first_to_last:.4g}"))
    return "\n".join(lines)


def _trouble(answer: GradientAnswer, index: int) -> str:
    if not answer.connected[index]:
        return _("no path leads from here to the loss")
    if answer.underflow[index]:
        return _("underflow: too small for float32")
    return _("overflow: too large for float32") if answer.overflow[index] else ""
