"""Running a captured network with gates at its junctions, and watching operations while it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, fx, nn

from resnet_viz.graph.network_graph import Junction, NetworkGraph
from resnet_viz.graph.tracing import Capture, Recorded, Traced
from resnet_viz.graph.watching import Seen, Site, Watcher, tensors_in
from resnet_viz.surgery.gates import JunctionGate

Callback = Callable[[Tensor], None]
GATES = "junction_gates"  # the submodule that holds the gates


class Runner(ABC):
    """One way to run a network; `graph` is what it runs."""

    graph: NetworkGraph

    @abstractmethod
    def run(self, *inputs: Any, **options: Any) -> Any:
        """The network's result."""

    @abstractmethod
    def run_observed(self, callbacks: Mapping[int, Callback], *inputs: Any, **options: Any) -> Any:
        """The network's result; every callback got the result of its operation (by index) as soon as it was there."""

    @abstractmethod
    def observable(self, index: int) -> bool:
        """Whether the result of this operation exists as a tensor while the network runs."""


def runner_of(capture: Capture, gates: Mapping[str, JunctionGate]) -> Runner:
    """The runner of a capture, with these gates (by junction name) installed."""
    if isinstance(capture, Traced):
        return TracedRunner(capture, gates)
    assert isinstance(capture, Recorded)
    return RecordedRunner(capture, gates)


class TracedRunner(Runner):
    """Runs the traced fx graph in which gates stand in place of sums."""

    def __init__(self, capture: Traced, gates: Mapping[str, JunctionGate]) -> None:
        self.graph = capture.graph
        self._nodes: list[fx.Node | None] = list(capture.nodes)
        for number, name in enumerate(gates):
            if name in self.graph.junction:
                self._install(capture.fx_graph, self.graph.junction[name], f"{GATES}.{number}")
        self._module = capture.module

    def _install(self, fx_graph: fx.Graph, junction: Junction, path: str) -> None:
        total = self._node(junction.op)
        with fx_graph.inserting_before(total):
            gate = fx_graph.call_module(path, tuple(self._node(term) for term in junction.terms))
        total.replace_all_uses_with(gate)
        for add in reversed(junction.adds):
            node = self._node(add)
            for user in list(node.users):  # an Identity between the sums of one junction
                fx_graph.erase_node(user)
            fx_graph.erase_node(node)
            self._nodes[add] = None
        self._nodes[junction.op] = gate

    def _node(self, index: int) -> fx.Node:
        node = self._nodes[index]
        assert node is not None, f"operation {index} was replaced"
        return node

    def run(self, *inputs: Any, **options: Any) -> Any:
        return self._module(*inputs, **options)

    def run_observed(self, callbacks: Mapping[int, Callback], *inputs: Any, **options: Any) -> Any:
        wanted = {self._node(index): callback for index, callback in callbacks.items()}
        names = [str(node.target) for node in self._module.graph.nodes if node.op == "placeholder"]
        return _Observer(self._module, wanted).run(*inputs, *(options[name] for name in names[len(inputs) :]))

    def observable(self, index: int) -> bool:
        return self._nodes[index] is not None


class _Observer(fx.Interpreter):
    def __init__(self, module: fx.GraphModule, wanted: Mapping[fx.Node, Callback]) -> None:
        super().__init__(module)
        self.extra_traceback = False
        self._wanted = wanted

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if n in self._wanted:
            self._wanted[n](result)
        return result


class RecordedRunner(Runner):
    """Runs the network's own Python and steps in where a recorded sum or an observed operation is met again."""

    def __init__(self, capture: Recorded, gates: Mapping[str, JunctionGate]) -> None:
        self.graph = capture.graph
        self._sites = capture.sites
        self._gate_at: dict[Site, JunctionGate] = {}
        self._inner: set[Site] = set()
        for name, gate in gates.items():
            *inner, last = (self._site(add) for add in self.graph.junction[name].adds)
            self._gate_at[last] = gate
            self._inner.update(inner)
        self._callback_at: dict[Site, Callback] = {}
        self._partial: dict[int, tuple[Tensor, tuple[Tensor, ...]]] = {}  # partial sums and their terms, by identity
        self._watcher = Watcher(capture.root, self._on_call)

    def _site(self, index: int) -> Site:
        site = self._sites[index]
        assert site is not None, f"operation {index} was not called"
        return site

    def run(self, *inputs: Any, **options: Any) -> Any:
        return self.run_observed({}, *inputs, **options)

    def run_observed(self, callbacks: Mapping[int, Callback], *inputs: Any, **options: Any) -> Any:
        self._callback_at = {self._site(index): callback for index, callback in callbacks.items()}
        try:
            return self._watcher.run(*inputs, **options)
        finally:
            self._partial.clear()
            self._callback_at = {}

    def observable(self, index: int) -> bool:
        return self._sites[index] is not None

    def _on_call(self, seen: Seen) -> Any:
        result = self._result(seen)
        callback = self._callback_at.get(seen.site)
        if callback is not None:
            callback(result)
        return result

    def _result(self, seen: Seen) -> Any:
        if seen.site not in self._gate_at and seen.site not in self._inner:
            return seen.run()
        left, right = tensors_in((seen.args, seen.kwargs))
        terms = self._flattened(left, right)
        if seen.site in self._inner:
            partial_sum = left + right
            self._partial[id(partial_sum)] = (partial_sum, terms)  # kept alive, so that its identity stays its own
            return partial_sum
        total = self._gate_at[seen.site](*terms)
        return left.copy_(total) if seen.name == "add_" else total  # its result may be ignored: left must hold it

    def _flattened(self, left: Tensor, right: Tensor) -> tuple[Tensor, ...]:
        """The terms of a sum one of whose operands may be a partial sum."""
        for inner, other in ((left, right), (right, left)):
            if id(inner) in self._partial:
                return (*self._partial.pop(id(inner))[1], other)
        return left, right
