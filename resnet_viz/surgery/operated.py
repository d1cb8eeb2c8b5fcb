"""Operating on any network: a copy that shares its weights, with a gate at every junction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.replica import shell, to_meta
from resnet_viz.graph.tracing import Capture, Traced, capture, traced
from resnet_viz.surgery.gates import JunctionGate, OneSidedGate
from resnet_viz.surgery.plan import Surgery
from resnet_viz.surgery.runners import GATES, Callback, Runner, TracedRunner, runner_of


def operate(model: nn.Module, surgery: Surgery, *example_inputs: Any, name: str | None = None) -> OperatedNetwork:
    """The network with these factors at its junctions; the model itself is not touched.

    Parameters and buffers are the model's own, also their names in the state dict; mode and hooks are not. With every
    gate open the result is the model's, to the bit. ValueError if a junction is named that the network does not have,
    or if it can be neither traced nor run (`graph.trace`).
    """
    captured = capture(model, *example_inputs, name=name)
    surgery.check(captured.graph.gate_names)
    operated = OperatedNetwork(captured, example_inputs)
    operated.perform(surgery)
    return operated


class OperatedNetwork(nn.Module):
    """A network that runs with a gate at every additive junction.

    `gates` by junction name: set `gates["layer1.0"].shortcut = 0.0` at any time. `graph` is the intact network's.
    A traced network is traced again when it first runs in the other mode, because a forward may decide by its mode.
    """

    gates: dict[str, JunctionGate]

    def __init__(
        self, captured: Capture, example_inputs: tuple[Any, ...], closed: Mapping[str, OneSidedGate] | None = None
    ) -> None:
        super().__init__()
        names = [name for name in captured.graph.gate_names if name not in (closed or {})]
        self.gates = {name: JunctionGate(name, captured.graph.junction[name].shortcut) for name in names}
        self._placed: dict[str, JunctionGate | OneSidedGate] = {**self.gates, **(closed or {})}
        root = captured.root
        root.add_module(GATES, nn.ModuleList(self._placed.values()))
        for table in ("_modules", "_parameters", "_buffers", "_non_persistent_buffers_set"):
            object.__setattr__(self, table, getattr(root, table))
        self.training = root.training
        self.example_inputs = to_meta(example_inputs)
        self._root = (root,)  # in a tuple, so that it is no submodule
        self._is_traced = isinstance(captured, Traced)
        self._runners = {root.training: runner_of(captured, self._placed)}
        self._callbacks: Mapping[int, Callback] = {}

    @property
    def graph(self) -> NetworkGraph:
        """The graph of the intact network, in the mode it is in."""
        return self._runner.graph

    @property
    def traced(self) -> TracedRunner | None:
        """What runs in the mode it is in, node by node; None for a network that could only be recorded."""
        runner = self._runner
        return runner if isinstance(runner, TracedRunner) else None

    def captured_again(self) -> Traced:
        """The intact network in the mode it is in, traced anew: shares the weights, and nothing else, with this one."""
        with self._without_gates() as root:
            own = shell(root)
        return traced(own, own, self.example_inputs, self._name)

    def forward(self, *inputs: Any, **options: Any) -> Any:
        if self._callbacks:
            return self._runner.run_observed(self._callbacks, *inputs, **options)
        return self._runner.run(*inputs, **options)

    def perform(self, surgery: Surgery) -> None:
        """Set every gate to this surgery's factors; gates it does not name open. ValueError for an unknown name.

        A surgery says nothing of factors on the way back: these all become 1. What is recorded goes on being recorded.
        """
        surgery.check(self.gates)
        for name, gate in self.gates.items():
            gate.open()
            gate.shortcut, gate.branch = surgery.factors(name)

    @contextmanager
    def observing(self, callbacks: Mapping[int, Callback]) -> Iterator[None]:
        """Inside the with statement forward calls `callback(tensor)` with the result of each of these operations.

        The keys are indices in `graph.ops`; the callback is called as soon as the tensor is there, before anything
        changes it in place, and may register a hook on it. ValueError for an operation that yields no tensor of its own
        (a tuple, or a partial sum inside a junction).
        """
        for index in callbacks:
            if not 0 <= index < len(self.graph.ops) or self.graph.ops[index].shape is None or not self._has(index):
                raise ValueError(f"operation {index} cannot be observed: it yields no tensor of its own")
        before, self._callbacks = self._callbacks, {**self._callbacks, **callbacks}
        try:
            yield
        finally:
            self._callbacks = before

    def _has(self, index: int) -> bool:
        return self._runner.observable(index)

    @property
    def _runner(self) -> Runner:
        (root,) = self._root
        root.training = self.training
        if not self._is_traced:
            return next(iter(self._runners.values()))
        if self.training not in self._runners:
            with self._without_gates():
                again = traced(root, root, self.example_inputs, self._name)
            self._runners[self.training] = runner_of(again, self._placed)
        return self._runners[self.training]

    @property
    def _name(self) -> str:
        return next(iter(self._runners.values())).graph.name

    @contextmanager
    def _without_gates(self) -> Iterator[nn.Module]:
        (root,) = self._root
        gates = root._modules.pop(GATES)
        try:
            yield root
        finally:
            root._modules[GATES] = gates
