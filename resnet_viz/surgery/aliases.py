"""Which nodes of an fx graph write into a tensor that other nodes know by another name, and which nobody reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import fx, nn

from resnet_viz.graph.calls import canonical
from resnet_viz.graph.classify import words
from resnet_viz.graph.proxies import writes_in_place

_VIEWS = words(
    """view reshape flatten unflatten getitem transpose permute squeeze unsqueeze expand expand_as narrow chunk split
    unbind tensor_split movedim t detach contiguous dropout view_as reshape_as"""
)


def is_seen_under_another_name(node: fx.Node, modules: Mapping[str, nn.Module]) -> bool:
    """Whether a sum is written into a tensor that is read later under another name than the sum's: it must change."""
    if not writes_in_place(node, False) or not isinstance(node.args[0], fx.Node):
        return False
    tensor, nodes = _tensors(node.graph, modules), list(node.graph.nodes)
    here = nodes.index(node)
    names = {other for other in nodes[:here] if tensor[other] is tensor[node]}
    return any(not names.isdisjoint(later.all_input_nodes) for later in nodes[here + 1 :])


def unread(graph: fx.Graph, modules: Mapping[str, nn.Module]) -> list[fx.Node]:
    """The nodes on which no output depends, the last first; inputs are not among them.

    A call that writes in place is read by whoever reads the tensor it writes to later, under whichever name.
    """
    tensor = _tensors(graph, modules)
    needed: set[fx.Node] = set()
    read_later: set[fx.Node] = set()  # tensors
    dead: list[fx.Node] = []
    for node in reversed(graph.nodes):
        is_read = not needed.isdisjoint(node.users) or (_writes(node, modules) and tensor[node] in read_later)
        if is_read or node.op in ("output", "placeholder"):
            needed.add(node)
            read_later.update(tensor[source] for source in node.all_input_nodes)
        else:
            dead.append(node)
    return dead


def _tensors(graph: fx.Graph, modules: Mapping[str, nn.Module]) -> dict[fx.Node, fx.Node]:
    """For every node the first one that may give the same memory: its own, if it is no view and writes nowhere."""
    first: dict[fx.Node, fx.Node] = {}
    for node in graph.nodes:
        is_alias = bool(node.all_input_nodes) and (_writes(node, modules) or _makes_view(node, modules))
        first[node] = first[node.all_input_nodes[0]] if is_alias else node
    return first


def _writes(node: fx.Node, modules: Mapping[str, nn.Module]) -> bool:
    module = modules[str(node.target)] if node.op == "call_module" else None
    return writes_in_place(node, getattr(module, "inplace", False) is True)


def _makes_view(node: fx.Node, modules: Mapping[str, nn.Module]) -> bool:
    target: Any = node.target
    if node.op == "call_module":
        return isinstance(modules[target], (nn.Identity, nn.Flatten, nn.Unflatten, nn.modules.dropout._DropoutNd))
    name = target if node.op == "call_method" else getattr(target, "__name__", "")
    return node.op in ("call_method", "call_function") and canonical(name)[0] in _VIEWS
