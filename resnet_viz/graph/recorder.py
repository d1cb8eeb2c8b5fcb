"""The graph of a network from one real run: for networks that cannot be traced symbolically."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from resnet_viz.graph.build import GraphBuilder
from resnet_viz.graph.calls import Call, Operand, canonical, replaced
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.watching import Seen, Site, Watcher, tensors_in


class Recorder:
    """`record(inputs, name)` runs `root` once and gives its graph; `sites` says where each operation was called.

    `root` is altered: give a replica (`replica.on_meta`, or a shell with buffers of its own). A tensor is followed by
    its identity; one that was made outside any seen call counts as a parameter.
    """

    def __init__(self, model: nn.Module, root: nn.Module) -> None:
        self.root = root
        self.builder = GraphBuilder(model)
        self.sites: list[Site | None] = []
        self._operands: dict[int, Operand] = {}
        self._kept: list[Tensor] = []  # so that no identity is used twice
        self._paths = {
            id(tensor): path for named in (root.named_parameters(), root.named_buffers()) for path, tensor in named
        }

    def record(self, inputs: tuple[Any, ...], name: str, notes: tuple[str, ...] = ()) -> NetworkGraph:
        """The graph of one run on these inputs."""
        for position, tensor in enumerate(inputs):
            if isinstance(tensor, Tensor):
                self._note(tensor, self.builder.input(_input_name(self.root, position), tuple(tensor.shape)), None)
        with torch.no_grad():
            result = Watcher(self.root, self._on_call).run(*inputs)
        outputs = [self._operand(tensor).index for tensor in tensors_in(_unpacked(result))]
        return self.builder.finish(name, tuple(dict.fromkeys(outputs)), notes)

    def _on_call(self, seen: Seen) -> Any:
        result = seen.run()
        written = seen.written(result)
        tensors = tensors_in(written)
        if not tensors:
            return result
        args, kwargs = replaced((seen.args, seen.kwargs), Tensor, self._operand)
        shape = tuple(written.shape) if isinstance(written, Tensor) else None
        is_reversed = seen.module is None and canonical(seen.name)[1]
        call = Call(seen.site.function, seen.site.module_path, shape, args, kwargs, seen.module, is_reversed)
        whole = self.builder.call(call)
        if isinstance(written, Tensor):
            self._note(written, whole, seen.site)
        else:
            self._note_elements(written, whole, seen)
        return result

    def _note(self, tensor: Tensor, operand: Operand, site: Site | None) -> None:
        self._operands[id(tensor)] = operand
        self._kept.append(tensor)
        self.sites += [None] * (operand.index + 1 - len(self.sites))
        self.sites[operand.index] = site

    def _note_elements(self, result: Any, whole: Operand, seen: Seen) -> None:
        """Elements of a tuple are parts of it, as if each were taken by an index at once."""
        self.sites += [None] * (whole.index + 1 - len(self.sites))
        self.sites[whole.index] = seen.site
        for index, tensor in enumerate(result if isinstance(result, (tuple, list)) else tensors_in(result)):
            if isinstance(tensor, Tensor):
                path = seen.site.module_path if seen.module is None else seen.site.module_path.rpartition(".")[0]
                part = self.builder.call(Call("getitem", path, tuple(tensor.shape), (whole, index)))
                self._note(tensor, part, None)

    def _operand(self, tensor: Tensor) -> Operand:
        if id(tensor) not in self._operands:
            self._note(tensor, self.builder.parameter(self._paths.get(id(tensor), ""), tensor), None)
        return self._operands[id(tensor)]


def _input_name(root: nn.Module, position: int) -> str:
    code = type(root).forward.__code__
    names = code.co_varnames[1 : code.co_argcount]
    return names[position] if position < len(names) else f"x{position}"


def _unpacked(result: Any) -> Any:
    """The tensors of an output that is an object with fields (a dataclass, a named tuple)."""
    return vars(result) if hasattr(result, "__dict__") and not isinstance(result, (Tensor, dict)) else result
