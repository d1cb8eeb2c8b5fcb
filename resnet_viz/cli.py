"""The same things without a browser: list, show, draw, probe, and the makers' graphs and bench.

Exit status 0, or 2 with one line on standard error that names the bad value and what is allowed. With --json a command
prints one JSON document and nothing else. What needs torch runs in a worker process, exactly as for a page.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from resnet_viz import __version__, assets, cli_studies, cli_text, cli_words, diagrams
from resnet_viz.cli_options import as_json, changes, language, surgery_options
from resnet_viz.compute import ComputeError
from resnet_viz.diagrams import sheets
from resnet_viz.graph.shipped import ship, ship_facts
from resnet_viz.probes.questions import BATCH_NORM_MODES, ArchitectureQuestion, GradientQuestion
from resnet_viz.text import _
from resnet_viz.zoo import NetworkSpec, catalog, variations

GRADIENTS = "resnet_viz.probes.gradients:measure"


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="resnet-viz")
@click.pass_context
def cli(context: click.Context) -> None:
    """An explorer of residual networks. For the browser: streamlit run app.py."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command("list")
@language
@as_json
def list_networks(as_json: bool) -> None:
    """The catalog, family by family."""
    if as_json:
        _print_json([cli_text.variant_document(variant) for variant in catalog.VARIANTS])
    else:
        click.echo(cli_text.catalog_table(catalog.VARIANTS))


@cli.command()
@click.argument("name")
@changes
@language
@as_json
def show(name: str, changes: Sequence[str], as_json: bool) -> None:
    """Parameters, multiply-adds, depth, junctions, receptive field, paths and memory of a network."""
    spec = cli_words.network(name, changes)
    graph = cli_words.graph_of(spec)
    if as_json:
        _print_json(cli_text.facts_document(spec, graph))
    else:
        click.echo(cli_text.facts_table(spec, graph))


@cli.command()
@click.argument("name")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A .svg or .png.")
@changes
@click.option("--view", type=click.Choice(["network", "stage", "block"]), help="Level; --stage or --block imply it.")
@click.option("--stage", type=click.IntRange(min=1), help="Stage of the stage view, counted from 1.")
@click.option("--block", metavar="PATH", help="Block of the block view: layer3.1.")
@click.option("--by", metavar="FIELD", help="One block for every value of a choice, side by side: --by shortcut.")
@surgery_options
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light")
@click.option(
    "--png-scale", type=click.FloatRange(0.5, 8), default=2, help="Dots a pixel in a PNG file.", show_default=True
)
@language
def draw(
    name: str, output: Path, changes: Sequence[str], view: str | None, stage: int | None, block: str | None,
    by: str | None, theme: Any, png_scale: float, **surgery: Sequence[str],
) -> None:  # fmt: skip
    """A network as an SVG or PNG file."""
    if output.suffix not in (".svg", ".png"):
        raise ValueError(
            _(
                "the file {name} ends in {suffix}: allowed are .svg and .png",
                name=output.name,
                suffix=repr(output.suffix),
            )
        )
    spec = cli_words.network(name, changes)
    if by is None:
        view = view or ("block" if block else "stage" if stage else "network")
        graph = cli_words.graph_of(spec)
        operations = cli_words.surgery_of(graph, **surgery)
        scene = diagrams.draw(graph, view=view, stage=stage, block=block, surgery=operations)
    elif view or stage or any(surgery.values()):
        raise ValueError(_("--by {field} draws a block of whole networks: only --block goes with it", field=by))
    else:
        scene = _side_by_side(spec, by, block)
    output.write_bytes(
        scene.to_svg(theme=theme).encode() if output.suffix == ".svg" else scene.to_png(png_scale, theme)
    )


def _side_by_side(spec: NetworkSpec, by: str, block: str | None) -> diagrams.Scene:
    if block is not None:
        diagrams.draw(cli_words.graph_of(spec), view="block", block=block)  # says which there are where it is none
    specs = variations.along(spec, variations.field(spec, by))
    return sheets.blocks({words: cli_words.graph_of(variation) for words, variation in specs.items()}, block)


@cli.group()
def probe() -> None:
    """Measure a network."""


@probe.command()
@click.argument("name")
@changes
@surgery_options
@click.option("--images", help="digits or noise.")
@click.option("--image-size", type=int, help="Side of a picture in pixels.")
@click.option("--batch-size", type=int, help="Pictures at once.")
@click.option("--batch-norm-mode", type=click.Choice(BATCH_NORM_MODES))
@click.option("--seed", type=int, help="Draws the weights and chooses the pictures.")
@language
@as_json
def gradients(
    name: str, changes: Sequence[str], as_json: bool, cut: Sequence[str], drop: Sequence[str], shortcuts: Sequence[str],
    branches: Sequence[str], **options: Any,
) -> None:  # fmt: skip
    """Norm of the loss gradient and of the activation at every block."""
    spec = cli_words.network(name, changes)
    graph = cli_words.graph_of(spec)
    chosen = {key: value for key, value in options.items() if value is not None}
    surgery = cli_words.surgery_of(graph, cut, drop, shortcuts, branches)
    question = GradientQuestion.defaults(spec, graph, surgery=surgery, **chosen)
    [answer] = cli_words.ask(GRADIENTS, question)
    if as_json:
        _print_json(answer.to_dict())
    else:
        click.echo(cli_text.gradient_table(answer, graph))


probe.add_command(cli_studies.lesions)
probe.add_command(cli_studies.paths)


@cli.command()
@as_json
def bench(as_json: bool) -> None:
    """The performance table of the README, measured now (from a checkout)."""
    sys.path.insert(0, str(assets.ROOT.parent))
    try:
        benchmarks = importlib.import_module("benchmarks.run")
    except ModuleNotFoundError as error:
        raise ValueError(_("bench runs from a checkout only: {reason}", reason=error)) from error
    benchmarks.main(as_json=as_json)


@cli.command()
def graphs() -> None:
    """Write the graphs of the catalog, and what each network costs, to assets/graphs (for makers: `make graphs`)."""
    measured = dict.fromkeys([*(variant.spec for variant in catalog.VARIANTS), *(r.spec for r in catalog.RESULTS)])
    traced = cli_words.ask(cli_words.ARCHITECTURE, *(ArchitectureQuestion(network=spec) for spec in measured))
    for spec, graph in zip(measured, traced, strict=True):
        if not spec.overrides():
            click.echo(ship(graph))
    click.echo(ship_facts(traced))


def _print_json(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    try:
        cli.main(args=arguments, prog_name="resnet-viz", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        _fail(error.format_message())
    except BrokenPipeError:  # the reader of our output has left, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (ValueError, ComputeError) as error:
        _fail(_(error.message, **error.values) if isinstance(error, ComputeError) else str(error))
    except (KeyboardInterrupt, click.Abort):
        _fail(_("interrupted"))
    sys.exit(0)


def _fail(message: str) -> NoReturn:
    click.echo(" ".join(message.split()), err=True)
    sys.exit(2)
