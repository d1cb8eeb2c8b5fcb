"""Whole blocks: run them in another order, or not at all. What comes out shares the weights and leaves the model alone.

A block is the module of its name, or the modules of which a block of the graph is made (a chain of a convolution, its
norm and its activation). They are exchanged in a copy of the module tree, so that the network runs its own Python and
everything else works as before: another mode, `operate`, a network that cannot be traced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.replica import shell
from resnet_viz.graph.tracing import trace
from resnet_viz.surgery.plan import compact
from resnet_viz.text import _

Shapes = tuple[tuple[int, ...] | None, ...]
Swaps = Sequence[tuple[str, str]]


def reordered(
    model: nn.Module, order: Mapping[str, str] | Swaps, *example_inputs: Any, graph: NetworkGraph | None = None
) -> nn.Module:
    """The network with blocks of equal shapes in another order, with the model's own weights.

    `order` says for a place which block runs there, both by name; or it is a sequence of swaps, done one after the
    other, each of what then stands at two places. Names stay with the places: the gate "layer1.0" of the result is the
    first block's, whichever that is now. ValueError for a block that the network does not have, for blocks of unequal
    shapes, and for an order that runs a block twice. `graph` saves tracing the model again.
    """
    runs_at = dict(order) if isinstance(order, Mapping) else order_after(order)
    if sorted(runs_at) != sorted(runs_at.values()):
        raise ValueError(_("this is no order: every block named must run exactly once"))
    blocks = _Blocks(model, trace(model, *example_inputs) if graph is None else graph)
    places = [blocks.find(name) for name in runs_at]
    _check_apart(places)
    root = shell(model)
    taken = {path: root.get_submodule(path) for place in places for path in place.paths}
    for place in places:
        block = blocks.find(runs_at[place.name])
        _check_alike(place, block)
        for path, source in zip(place.paths, block.paths, strict=True):
            _put(root, path, taken[source])
    return root


def order_after(swaps: Swaps) -> dict[str, str]:
    """Which block runs at which place after these swaps, for the places that were touched."""
    runs_at: dict[str, str] = {}
    for one, other in swaps:
        runs_at[one], runs_at[other] = runs_at.get(other, other), runs_at.get(one, one)
    return runs_at


def without_blocks(
    model: nn.Module, names: Iterable[str], *example_inputs: Any, graph: NetworkGraph | None = None
) -> nn.Module:
    """The network without these blocks: each passes on what it gets. For networks without junctions (plain ones).

    In a residual network this deletes a block whole, with its shortcut and what follows the addition; a lesion that
    leaves them is `Surgery.of(drop=…)`. ValueError for a block that the network does not have, and for one that does
    not keep its shape. `graph` saves tracing the model again.
    """
    blocks = _Blocks(model, trace(model, *example_inputs) if graph is None else graph)
    found = [blocks.find(name) for name in dict.fromkeys(names)]
    _check_apart(found)
    for block in found:
        if len(block.before) != 1 or block.before != block.after:
            raise ValueError(
                _("{name} turns {before} into {after}: only a block that keeps its shape can be left out",
                  name=block.name, before=_words(block.before), after=_words(block.after))
            )  # fmt: skip
    root = shell(model)
    for path in [path for block in found for path in block.paths]:
        _put(root, path, _PassesOn())
    return root


class _PassesOn(nn.Module):
    """Gives its first argument, whatever else the block that stood here was given."""

    def forward(self, *args: Any, **options: Any) -> Any:
        return next(iter((*args, *options.values())))


@dataclass(frozen=True)
class _Found:
    """A block: its modules, and the shapes of the tensors that enter and leave it."""

    name: str
    paths: tuple[str, ...]
    kinds: tuple[str, ...]  # class names of the modules
    before: Shapes
    after: Shapes


class _Blocks:
    """Finds the blocks of a model by name."""

    def __init__(self, model: nn.Module, graph: NetworkGraph) -> None:
        self._graph = graph
        self._modules = dict(model.named_modules(remove_duplicate=False))
        self._chains = {block.name: block.ops for block in graph.blocks}

    def find(self, name: str) -> _Found:
        """The block of this name; ValueError if there is none that can be taken out."""
        module = self._modules.get(name) if name else None
        if module is not None and (module._modules or name not in self._chains):
            return self._found(name, (name,))
        if name not in self._chains:
            known = list(self._chains)
            there = compact(known, known) or _("none")
            raise ValueError(_("there is no block {name}: this network has {names}", name=repr(name), names=there))
        live = [self._graph.ops[index] for index in self._chains[name] if self._graph.ops[index].is_live]
        found = self._found(name, tuple(dict.fromkeys(op.module_path for op in live)))
        if not all(op.is_module for op in live):
            raise ValueError(_("{name} is no module of this network: it cannot be moved or left out", name=name))
        return found

    def _found(self, name: str, paths: tuple[str, ...]) -> _Found:
        ops, users, outputs = self._graph.ops, self._graph.users, set(self._graph.outputs)
        inside = {op.index for op in ops if op.is_live and any(_is_in(op.module_path, path) for path in paths)}
        read = dict.fromkeys(source for index in sorted(inside) for source in ops[index].inputs)
        before = tuple(ops[source].shape for source in read if ops[source].is_live and source not in inside)
        left = [index for index in sorted(inside) if index in outputs or not inside.issuperset(users[index])]
        kinds = tuple(type(self._modules[path]).__name__ for path in paths)
        return _Found(name, paths, kinds, before, tuple(ops[index].shape for index in left))


def _is_in(path: str, block: str) -> bool:
    return path == block or path.startswith(f"{block}.")


def _check_apart(blocks: Collection[_Found]) -> None:
    """Raise ValueError where one block is inside another."""
    for block in blocks:
        for other in blocks:
            if block is not other and any(_is_in(path, around) for path in block.paths for around in other.paths):
                raise ValueError(_("{name} is inside {other}: name one of them", name=block.name, other=other.name))


def _check_alike(place: _Found, block: _Found) -> None:
    is_alike = (place.before, place.after) == (block.before, block.after)
    if not is_alike or len(place.paths) != len(block.paths) or (len(place.paths) > 1 and place.kinds != block.kinds):
        raise ValueError(
            _("{block} cannot run in the place of {place}: it turns {before} into {after}, not {here} into {there}",
              block=block.name, place=place.name, before=_words(block.before), after=_words(block.after),
              here=_words(place.before), there=_words(place.after))
        )  # fmt: skip


def _words(shapes: Shapes) -> str:
    """Shapes without the batch: "16×32×32"."""
    return ", ".join("×".join(map(str, shape[1:])) for shape in shapes if shape) or "?"


def _put(root: nn.Module, path: str, module: nn.Module) -> None:
    parent, _dot, name = path.rpartition(".")
    root.get_submodule(parent)._modules[name] = module
