"""Options that several commands of the command line have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from resnet_viz.text import LANGUAGES, use

Command = Callable[..., Any]

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document and nothing else.")
changes = click.option("--set", "changes", metavar="KEY=VALUE", multiple=True, help="Change a field: --set shortcut=B.")
language = click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", expose_value=False, is_eager=True,
    callback=lambda context, parameter, value: use(value), help="Of the words.",
)  # fmt: skip


def surgery_options(command: Command) -> Command:
    """--cut, --drop, --shortcut, --branch: what is to be changed at the junctions."""
    for option in (
        click.option("--branch", "branches", metavar="NAME=FACTOR", multiple=True, help="Scale a residual branch."),
        click.option("--shortcut", "shortcuts", metavar="NAME=FACTOR", multiple=True, help="Scale a shortcut."),
        click.option("--drop", metavar="NAMES", multiple=True, help="Drop residual branches: layer2.1."),
        click.option("--cut", metavar="NAMES", multiple=True, help="Cut shortcuts: layer1.*,layer3.0-4."),
    ):
        command = option(command)
    return command
