"""Graphs of the catalog's networks as files, so that the first view needs no torch. `make graphs` writes them.

Beside them lies a table of what each costs, also of networks that a paper only measured: it spares a page that compares
them all from opening their graphs.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from resnet_viz import assets
from resnet_viz.graph.network_graph import NetworkGraph

_NAME = re.compile(r"[A-Za-z0-9_]{1,60}")  # what a link says must not become a path


class Facts(NamedTuple):
    """What a network costs, at its usual input."""

    num_parameters: int
    macs: int  # multiply-adds of one example; a multiply-add counts once
    num_shortcuts: int


@lru_cache(maxsize=16)
def shipped(name: str) -> NetworkGraph | None:
    """The graph of an unmodified catalog network, None where no file holds it. Never edit such a file: make it anew."""
    if not _NAME.fullmatch(name) or not _path(name).exists():
        return None
    return NetworkGraph.from_dict(json.loads(gzip.decompress(_path(name).read_bytes())))


@cache
def facts() -> dict[str, Facts]:
    """What networks cost, by their labels: every entry of the catalog, and every network with a published figure."""
    return {label: Facts(*values) for label, values in json.loads(_facts_path().read_text()).items()}


def facts_of(graph: NetworkGraph) -> Facts:
    """The facts of a graph."""
    return Facts(graph.num_parameters, graph.macs, len(graph.shortcuts))


def ship(graph: NetworkGraph) -> Path:
    """The file of this graph, written: the same bytes for the same graph."""
    path = _path(graph.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = json.dumps(graph.to_dict(), separators=(",", ":")).encode()
    path.write_bytes(gzip.compress(document, mtime=0))
    return path


def ship_facts(graphs: Iterable[NetworkGraph]) -> Path:
    """The file of the facts of these graphs, written: one line a network."""
    lines = [f"{json.dumps(graph.name)}: {json.dumps(list(facts_of(graph)))}" for graph in graphs]
    _facts_path().write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return _facts_path()


def _path(name: str) -> Path:
    return assets.path(f"graphs/{name}.json.gz")


def _facts_path() -> Path:
    return assets.path("graphs/facts.json")
