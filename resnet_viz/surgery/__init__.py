"""Changing a network at its junctions. `Surgery` is a value without torch; `operate` makes a network of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from resnet_viz.surgery.plan import Surgery, compact, expand, natural_key

if TYPE_CHECKING:
    from resnet_viz.surgery.blocks import order_after, reordered, without_blocks
    from resnet_viz.surgery.gates import JunctionGate
    from resnet_viz.surgery.operated import OperatedNetwork, operate
    from resnet_viz.surgery.pruning import pruned

__all__ = [
    "JunctionGate",
    "OperatedNetwork",
    "Surgery",
    "compact",
    "expand",
    "natural_key",
    "operate",
    "order_after",
    "pruned",
    "reordered",
    "without_blocks",
]

_NEEDS_TORCH = {
    "JunctionGate": "gates",
    "OperatedNetwork": "operated",
    "operate": "operated",
    "order_after": "blocks",
    "pruned": "pruning",
    "reordered": "blocks",
    "without_blocks": "blocks",
}


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_NEEDS_TORCH[name]}"), name)
