"""Graphs of the catalog's networks as files, so that the first view needs no torch. `make graphs` writes them."""

from __future__ import annotations

import gzip
import json
import re
from functools import lru_cache
from pathlib import Path

from resnet_viz import assets
from resnet_viz.graph.network_graph import NetworkGraph

_NAME = re.compile(r"[A-Za-z0-9_]{1,60}")  # what a link says must not become a path


@lru_cache(maxsize=16)
def shipped(name: str) -> NetworkGraph | None:
    """The graph of an unmodified catalog network, None where no file holds it. Never edit such a file: make it anew."""
    if not _NAME.fullmatch(name) or not _path(name).exists():
        return None
    return NetworkGraph.from_dict(json.loads(gzip.decompress(_path(name).read_bytes())))


def ship(graph: NetworkGraph) -> Path:
    """The file of this graph, written: the same bytes for the same graph."""
    path = _path(graph.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = json.dumps(graph.to_dict(), separators=(",", ":")).encode()
    path.write_bytes(gzip.compress(document, mtime=0))
    return path


def _path(name: str) -> Path:
    return assets.path(f"graphs/{name}.json.gz")
