"""Any `nn.Module` as a NetworkGraph: `trace` for the graph alone, `capture` for the graph and a module to operate on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor, fx, nn

from resnet_viz.graph.build import GraphBuilder
from resnet_viz.graph.calls import Call, Operand, canonical, replaced
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.replica import shell
from resnet_viz.graph.tracer import ValueTracer


def trace(model: nn.Module, *example_inputs: Any, name: str | None = None) -> NetworkGraph:
    """The graph of a network: operations with shapes and costs, and its junctions.

    Nothing is computed on numbers and the model is not touched. The example's batch should be 2 or more, so that no
    squeeze can eat the batch dimension; costs are those of one example. Raises ValueError with one sentence where the
    network can neither be traced nor recorded while it runs.
    """
    return capture(model, *example_inputs, name=name).graph


@dataclass(frozen=True, eq=False)
class Capture:
    """A network that was traced: its graph, and how the graph's operations correspond to what runs."""

    graph: NetworkGraph
    root: nn.Module  # shares the model's tensors, not its mode or hooks
    fx_graph: fx.Graph
    nodes: tuple[fx.Node, ...]  # the fx node of every operation
    decisions: tuple[tuple[str, str, Any], ...]  # (module path, question, answer): the way Python took by sizes

    @cached_property
    def module(self) -> nn.Module:
        """The network as a GraphModule with the model's own weights."""
        return fx.GraphModule(self.root, self.fx_graph)


def capture(model: nn.Module, *example_inputs: Any, name: str | None = None) -> Capture:
    """The graph of a network with a module to operate on; see `trace`."""
    root = shell(model)
    tracer = ValueTracer()
    fx_graph = tracer.trace_with(root, example_inputs)
    reader = _FxReader(model, tracer)
    graph = reader.read(name or type(model).__name__)
    return Capture(graph, root, fx_graph, tuple(reader.nodes), tuple(tracer.decisions))


class _FxReader:
    """Reads an fx graph into a GraphBuilder: one Op for every node whose value holds a tensor."""

    def __init__(self, model: nn.Module, tracer: ValueTracer) -> None:
        self.tracer = tracer
        self.builder = GraphBuilder(model)
        self.nodes: list[fx.Node] = []
        self._operands: dict[fx.Node, Operand] = {}  # aliases included
        self._modules = dict(tracer.root.named_modules(remove_duplicate=False))

    def read(self, name: str) -> NetworkGraph:
        outputs: tuple[int, ...] = ()
        for node in self.tracer.graph.nodes:
            if node.op == "output":
                outputs = tuple(dict.fromkeys(operand.index for operand in Call("", "", None, self._args(node.args)).operands))
            elif _holds_tensor(self.tracer.values[node]):
                self._read(node)
        return self.builder.finish(name, outputs)

    def _read(self, node: fx.Node) -> None:
        module = self._modules.get(node.target) if node.op == "call_module" else None
        if type(module) is nn.Identity and isinstance(node.args[0], fx.Node):
            self._operands[node] = self._operands[node.args[0]]  # an Identity is no operation
            return
        value = self.tracer.values[node]
        if node.op == "placeholder":
            operand = self.builder.input(node.target, _shape(value))
        elif node.op == "get_attr":
            operand = self.builder.parameter(node.target, self._tensor(node.target))
        else:
            operand = self.builder.call(self._call(node, module, value))
        self._operands[node] = operand
        self.nodes.append(node)

    def _call(self, node: fx.Node, module: nn.Module | None, value: Any) -> Call:
        args, kwargs = self._args(node.args), self._args(node.kwargs)
        if module is not None:
            return Call(type(module).__name__, node.target, _shape(value), args, kwargs, module)
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
        function, is_reversed = canonical(name)
        return Call(function, self.tracer.scope_of[node], _shape(value), args, kwargs, None, is_reversed)

    def _args(self, args: Any) -> Any:
        return replaced(args, fx.Node, lambda node: self._operands.get(node, self.tracer.values[node]))

    def _tensor(self, path: str) -> Any:
        module_path, _, name = path.rpartition(".")
        return getattr(self._modules[module_path], name)


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_holds_tensor, value))
    return isinstance(value, Tensor)


def _shape(value: Any) -> tuple[int, ...] | None:
    return tuple(value.shape) if isinstance(value, Tensor) else None
