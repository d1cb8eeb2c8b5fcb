"""The studies of the Shortcut lab from the command line: `probe lesions` and `probe paths`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
import numpy as np

from resnet_viz import cli_words
from resnet_viz.cli_options import as_json, changes, language, surgery_options
from resnet_viz.probes.questions import LESION_STUDIES, LesionQuestion, NetworkQuestion, PathQuestion
from resnet_viz.probes.study_answers import LesionAnswer, PathAnswer
from resnet_viz.probes.study_documents import document
from resnet_viz.text import _

LESIONS, PATHS = "resnet_viz.probes.lesions:measure", "resnet_viz.probes.paths:measure"
_WEIGHTS = click.option("--weights", type=click.Choice(["initial", "trained"]), help="At the start, or after training.")
_SEED = click.option("--seed", type=int, help="Draws weights, pictures and what is deleted.")
_SIZE = click.option("--image-size", type=int, help="Side of a picture in pixels.")
_BATCH = click.option("--batch-size", type=int, help="Pictures at once.")


@click.command()
@click.argument("name")
@changes
@surgery_options
@click.option("--study", type=click.Choice(LESION_STUDIES), help="Each block alone, blocks at random, or their order.")
@click.option("--draws", type=int, help="Random draws for each number of blocks.")
@_WEIGHTS
@_SIZE
@_BATCH
@_SEED
@language
@as_json
def lesions(name: str, changes: Sequence[str], as_json: bool, **options: Any) -> None:
    """Error after deleting or swapping residual branches, without training again (shortcuts stay)."""
    [answer] = cli_words.ask(LESIONS, _question(LesionQuestion, name, changes, {"weights": "trained"}, options))
    _print(answer, as_json, _lesion_table)


@click.command()
@click.argument("name")
@changes
@surgery_options
@click.option("--samples", type=int, help="Paths drawn a length, as Veit et al. do, for comparison.")
@_WEIGHTS
@_SIZE
@_BATCH
@_SEED
@language
@as_json
def paths(name: str, changes: Sequence[str], as_json: bool, **options: Any) -> None:
    """The gradient split exactly by the number of residual branches on the way."""
    [answer] = cli_words.ask(PATHS, _question(PathQuestion, name, changes, {}, options))
    _print(answer, as_json, _path_table)


def _question(
    kind: type[NetworkQuestion], name: str, changes: Sequence[str], usual: dict[str, Any], options: dict[str, Any]
) -> NetworkQuestion:
    spec = cli_words.network(name, changes)
    graph = cli_words.graph_of(spec)
    parts = [options.pop(key) for key in ("cut", "drop", "shortcuts", "branches")]
    surgery = cli_words.surgery_of(graph, *parts)
    small = {"image_size": 8} if 0 < spec.image_size <= 32 and not spec.is_tied_to_image_size else {}
    chosen = {key: value for key, value in options.items() if value is not None}
    return kind.defaults(spec, graph, **{**small, **usual, "surgery": surgery, **chosen})


def _print(answer: Any, as_json: bool, table: Any) -> None:
    click.echo(
        json.dumps(document(answer), ensure_ascii=False, indent=2, allow_nan=False) if as_json else table(answer)
    )


def _lesion_table(answer: LesionAnswer) -> str:
    """One line a block, or a number of blocks: the error, in percent."""
    head = _(
        "{network}: error {error} % of {count} pictures; by chance {chance} %",
        network=answer.question.network.label, error=f"{100 * answer.intact_error:.1f}", count=answer.num_images,
        chance=f"{100 * answer.chance_error:.1f}",
    )  # fmt: skip
    single = answer.question.study == "single"
    names = answer.block_names if single else [str(amount) for amount in answer.amounts]
    lines = [
        f"{name:<16}{100 * error:>8.1f} %" for name, error in zip(names, np.median(answer.errors, axis=0), strict=True)
    ]
    return "\n".join([head, *lines])


def _path_table(answer: PathAnswer) -> str:
    """One line a length: paths, norm of their gradient, and its share."""
    head = _(
        "{network}: {count} shortcuts, mean length {mean} by energy; the parts sum to the gradient within {error}",
        network=answer.question.network.label, count=answer.num_shortcuts, mean=f"{answer.mean_length:.3g}",
        error=f"{answer.sum_error:.1e}",
    )  # fmt: skip
    rows = zip(answer.counts, answer.norms, answer.energies, strict=True)
    lines = [f"{k:>4}{count:>20,}{norm:>14.4g}{100 * share:>9.2f} %" for k, (count, norm, share) in enumerate(rows)]
    return "\n".join([head, *lines])
