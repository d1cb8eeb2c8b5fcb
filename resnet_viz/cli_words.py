"""What the words of a command line stand for: a network, its graph, a surgery; and the worker that is asked."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from functools import cache
from typing import Any

from resnet_viz import zoo
from resnet_viz.compute import Client
from resnet_viz.graph import NetworkGraph
from resnet_viz.graph.shipped import shipped
from resnet_viz.probes.questions import ArchitectureQuestion
from resnet_viz.surgery.plan import Surgery, expand
from resnet_viz.text import _
from resnet_viz.zoo import NetworkSpec

ARCHITECTURE = "resnet_viz.probes.architecture:measure"


def network(name: str, changes: Sequence[str]) -> NetworkSpec:
    """The network of that name with KEY=VALUE changes. Raises ValueError with one sentence."""
    pairs = [change.partition("=") for change in changes]
    for key, sign, _value in pairs:
        if not sign:
            raise ValueError(_("--set {text} has no value: allowed is KEY=VALUE", text=key))
    return zoo.spec(name, **{key.strip(): value.strip() for key, _sign, value in pairs})


def graph_of(spec: NetworkSpec) -> NetworkGraph:
    """What the network is: from a file for an unmodified catalog network, else traced by a worker."""
    found = None if spec.overrides() else shipped(spec.name)
    return found or ask(ARCHITECTURE, ArchitectureQuestion(network=spec))[0]


def surgery_of(
    graph: NetworkGraph, cut: Sequence[str], drop: Sequence[str], shortcuts: Sequence[str], branches: Sequence[str]
) -> Surgery:
    """What the options --cut, --drop, --shortcut and --branch ask of a network. Raises ValueError with one sentence."""
    known = graph.gate_names
    surgery = Surgery.of(
        cut=expand(",".join(cut), known), drop=expand(",".join(drop), known),
        shortcuts=dict(map(_factor, shortcuts)), branches=dict(map(_factor, branches)),
    )  # fmt: skip
    surgery.check(known)
    return surgery


def _factor(text: str) -> tuple[str, float]:
    name, _sign, factor = text.partition("=")
    try:
        return name, float(factor)
    except ValueError:
        raise ValueError(_("the factor in {text} is no number: allowed is NAME=FACTOR", text=repr(text))) from None


def ask(function: str, *questions: Any) -> list[Any]:
    """The answers of a worker, in order."""
    jobs = [_client().submit(function, question) for question in questions]
    return [job.result() for job in jobs]


@cache
def _client() -> Client:
    client = Client(workers=1, preload=())
    atexit.register(client.close)
    return client
