"""What a network is: operations, junctions, costs, paths. The values need no torch; `trace` and `capture` do."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from resnet_viz.graph.network_graph import Junction, NetworkGraph, Op

if TYPE_CHECKING:
    from resnet_viz.graph.tracing import Capture, capture, trace

__all__ = ["Capture", "Junction", "NetworkGraph", "Op", "capture", "trace"]

_NEEDS_TORCH = {"Capture": "tracing", "capture": "tracing", "trace": "tracing"}


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_NEEDS_TORCH[name]}"), name)
