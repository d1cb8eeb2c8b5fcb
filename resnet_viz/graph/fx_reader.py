"""From an fx graph with values to a NetworkGraph."""

from __future__ import annotations

from typing import Any

from torch import Tensor, fx, nn

from resnet_viz.graph.build import GraphBuilder
from resnet_viz.graph.calls import Call, Operand, canonical, operands_in, replaced
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.tracer import ValueTracer


class FxReader:
    """Reads what a ValueTracer traced: one Op for every node whose value holds a tensor.

    Sizes become plain numbers among the attributes; an Identity is no operation but another name of its operand.
    """

    def __init__(self, model: nn.Module, tracer: ValueTracer) -> None:
        self.tracer = tracer
        self.builder = GraphBuilder(model)
        self.nodes: list[fx.Node] = []  # of every Op
        self._operands: dict[fx.Node, Operand] = {}  # other names included
        self._modules = dict(tracer.root.named_modules(remove_duplicate=False))

    def read(self, name: str) -> NetworkGraph:
        """The graph of what was traced, under this name."""
        outputs: list[int] = []
        for node in self.tracer.graph.nodes:
            if node.op == "output":
                outputs = [operand.index for operand in operands_in(self._arguments(node.args))]
            elif _holds_tensor(self.tracer.values[node]):
                self._read(node)
        return self.builder.finish(name, tuple(dict.fromkeys(outputs)))

    def _read(self, node: fx.Node) -> None:
        module = self._modules.get(node.target) if node.op == "call_module" else None
        if type(module) is nn.Identity and isinstance(node.args[0], fx.Node):
            self._operands[node] = self._operands[node.args[0]]
            return
        value = self.tracer.values[node]
        if node.op == "placeholder":
            operand = self.builder.input(str(node.target), _shape(value))
        elif node.op == "get_attr":
            operand = self.builder.parameter(str(node.target), self._tensor(str(node.target)))
        else:
            operand = self.builder.call(self._call(node, module, value))
        self._operands[node] = operand
        self.nodes.append(node)

    def _call(self, node: fx.Node, module: nn.Module | None, value: Any) -> Call:
        args, kwargs = self._arguments(node.args), self._arguments(node.kwargs)
        if module is not None:
            return Call(type(module).__name__, str(node.target), _shape(value), args, kwargs, module)
        target: Any = node.target
        function, is_reversed = canonical(target if isinstance(target, str) else getattr(target, "__name__", "call"))
        return Call(function, self.tracer.scope_of[node], _shape(value), args, kwargs, None, is_reversed)

    def _arguments(self, arguments: Any) -> Any:
        return replaced(arguments, fx.Node, lambda node: self._operands.get(node, self.tracer.values[node]))

    def _tensor(self, path: str) -> Any:
        module_path, _, name = path.rpartition(".")
        return getattr(self._modules[module_path], name)


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_holds_tensor, value))
    if isinstance(value, dict):
        return any(map(_holds_tensor, value.values()))
    return isinstance(value, Tensor)


def _shape(value: Any) -> tuple[int, ...] | None:
    return tuple(value.shape) if isinstance(value, Tensor) else None
