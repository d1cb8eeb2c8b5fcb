"""Command lines that do what a page shows."""

from __future__ import annotations

import shlex

from resnet_viz import text
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery, compact
from resnet_viz.zoo import NetworkSpec


def line(command: str, spec: NetworkSpec, *options: str) -> str:
    """The line that runs a command ("draw", "probe gradients") on a network, in the language of the page."""
    changes = [word for name, value in spec.overrides().items() for word in ("--set", f"{name}={value}")]
    language = ["--language", text.language()] if text.language() != "en" else []
    return shlex.join(["python", "-m", "resnet_viz", *command.split(), spec.name, *changes, *options, *language])


def surgery_options(graph: NetworkGraph, surgery: Surgery) -> list[str]:
    """The options that cut, drop and scale what a surgery does."""
    names = graph.gate_names
    words = ["--cut", compact(surgery.cut, names)] if surgery.cut else []
    words += ["--drop", compact(surgery.dropped, names)] if surgery.dropped else []
    for option, factors in (("--shortcut", surgery.shortcuts), ("--branch", surgery.branches)):
        words += [word for name, factor in factors if factor for word in (option, f"{name}={factor:g}")]
    return words
