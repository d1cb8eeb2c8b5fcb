"""From calls to a NetworkGraph: classifying, describing and counting, the same for traced and recorded networks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from resnet_viz.graph.calls import Call, Operand
from resnet_viz.graph.classify import kind_of_function, kind_of_module
from resnet_viz.graph.cost import costed
from resnet_viz.graph.describe import activation_in, class_names, describe
from resnet_viz.graph.junctions import find_junctions
from resnet_viz.graph.network_graph import NetworkGraph, Op
from resnet_viz.text import N_

UNUSED = N_("Some of its parameters take no part in this mode (training or evaluation).")


class GraphBuilder:
    """Collects operations in execution order; `finish` adds costs and junctions."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.ops: list[Op] = []
        self._counted: set[int] = set()  # parameters already counted, by identity

    def input(self, name: str, shape: tuple[int, ...] | None) -> Operand:
        """A tensor that is given to the network."""
        return self._append(Op(len(self.ops), "input", name, (), "", shape))

    def parameter(self, path: str, tensor: Any) -> Operand:
        """A parameter, a buffer or a constant that a forward reads by itself."""
        shape = tuple(tensor.shape) if isinstance(tensor, Tensor) else None
        function = "parameter" if isinstance(tensor, nn.Parameter) else "buffer"
        count = self._count([tensor]) if isinstance(tensor, nn.Parameter) else 0
        op = Op(
            len(self.ops),
            "parameter",
            function,
            (),
            path.rpartition(".")[0],
            shape,
            is_live=False,
            num_parameters=count,
            attributes={"path": path},
        )
        return self._append(op)

    def call(self, call: Call) -> Operand:
        """One call of a module or function, described and classified; its costs come with `finish`."""
        operands = call.operands
        num_live = sum(operand.is_live for operand in operands)
        attributes = describe(call)
        if call.module is not None:
            parameters = _parameters(call.module)
            has_activation = activation_in(call.module) is not None
            kind = kind_of_module(class_names(call.module), num_live, bool(parameters), has_activation)
        else:
            parameters = []
            kind = kind_of_function(call.function, num_live, attributes, call.shape is not None)
        op = Op(
            len(self.ops),
            kind,
            call.function,
            tuple(operand.index for operand in operands),
            call.module_path,
            call.shape,
            is_module=call.module is not None,
            is_live=num_live > 0,
            num_parameters=self._count(parameters),
            attributes=attributes,
        )
        return self._append(op)

    def _append(self, op: Op) -> Operand:
        self.ops.append(op)
        return Operand(op.index, op.shape, op.is_live)

    def _count(self, parameters: Iterable[nn.Parameter]) -> int:
        new = {id(parameter): parameter.numel() for parameter in parameters if id(parameter) not in self._counted}
        self._counted.update(new)
        return sum(new.values())

    def finish(self, name: str, outputs: tuple[int, ...], notes: tuple[str, ...] = ()) -> NetworkGraph:
        """The graph of everything called so far, with costs and junctions; `outputs` are indices of operations."""
        num_parameters = sum(parameter.numel() for parameter in self.model.parameters())
        if sum(op.num_parameters for op in self.ops) < num_parameters:
            notes += (UNUSED,)
        ops = tuple(replace(op, macs=macs, receptive_field=field) for op, macs, field in costed(self.ops))
        return NetworkGraph(
            name=name,
            ops=ops,
            junctions=find_junctions(ops),
            outputs=outputs,
            modules={path: type(module).__name__ for path, module in self.model.named_modules()},
            num_parameters=num_parameters,
            notes=notes,
        )


def _parameters(module: nn.Module) -> list[nn.Parameter]:
    """The parameters of a leaf module; without the walk of `module.parameters()` where it has no children."""
    if module._modules:
        return list(module.parameters())
    return [parameter for parameter in module._parameters.values() if parameter is not None]
