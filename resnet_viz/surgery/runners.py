"""Running a captured network with gates at its junctions, and watching operations while it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, fx

from resnet_viz.graph.network_graph import Junction, NetworkGraph
from resnet_viz.graph.tracing import Capture, Recorded, Traced
from resnet_viz.graph.watching import Seen, Site, Watcher, tensors_in
from resnet_viz.surgery.aliases import is_seen_under_another_name, unread
from resnet_viz.surgery.gates import JunctionGate, OneSidedGate

Callback = Callable[[Tensor], None]
Gates = Mapping[str, JunctionGate | OneSidedGate]
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


def runner_of(capture: Capture, gates: Gates) -> Runner:
    """The runner of a capture, with these gates (by junction name) installed; one-sided ones in a traced network only.

    What was computed for the missing side of a one-sided gate alone is not computed any more.
    """
    if isinstance(capture, Traced):
        return TracedRunner(capture, gates)
    assert isinstance(capture, Recorded)
    return RecordedRunner(capture, {name: gate for name, gate in gates.items() if isinstance(gate, JunctionGate)})


class TracedRunner(Runner):
    """Runs the traced fx graph in which gates stand in place of sums."""

    def __init__(self, capture: Traced, gates: Gates) -> None:
        self.graph = capture.graph
        self._nodes: list[fx.Node | None] = list(capture.nodes)
        self._modules = dict(capture.root.named_modules(remove_duplicate=False))
        for number, (name, gate) in enumerate(gates.items()):
            if name in self.graph.junction:
                self._install(capture.fx_graph, self.graph.junction[name], gate, f"{GATES}.{number}")
        if any(isinstance(gate, OneSidedGate) for gate in gates.values()):
            self._prune(capture.fx_graph)
        self._module = capture.module
        self._callbacks: Mapping[int, Callback] = {}
        self._watched: tuple[frozenset[int], fx.GraphModule] = (frozenset(), self._module)

    def _install(self, fx_graph: fx.Graph, junction: Junction, wanted: JunctionGate | OneSidedGate, path: str) -> None:
        total = self._node(junction.op)
        with fx_graph.inserting_before(total):
            gate = fx_graph.call_module(path, tuple(self._node(term) for term in wanted.kept(junction.terms)))
            if len(junction.adds) == 1 and is_seen_under_another_name(total, self._modules):
                gate = fx_graph.call_method("copy_", (total.args[0], gate))
        total.replace_all_uses_with(gate, delete_user_cb=lambda user: user is not gate)
        for add in reversed(junction.adds):
            node = self._node(add)
            for user in list(node.users):  # an Identity between the sums of one junction
                fx_graph.erase_node(user)
            fx_graph.erase_node(node)
            self._nodes[add] = None
        self._nodes[junction.op] = gate

    @property
    def module(self) -> fx.GraphModule:
        """What it runs: the network's graph with its gates."""
        return self._module

    def node(self, index: int) -> fx.Node | None:
        """The node that gives the result of an operation; None for a partial sum, which a gate took over."""
        return self._nodes[index]

    def _prune(self, fx_graph: fx.Graph) -> None:
        index_of = {node: index for index, node in enumerate(self._nodes) if node is not None}
        for node in unread(fx_graph, self._modules):
            fx_graph.erase_node(node)
            if node in index_of:
                self._nodes[index_of[node]] = None

    def _node(self, index: int) -> fx.Node:
        node = self._nodes[index]
        assert node is not None, f"operation {index} was replaced"
        return node

    def run(self, *inputs: Any, **options: Any) -> Any:
        return self._module(*inputs, **options)

    def run_observed(self, callbacks: Mapping[int, Callback], *inputs: Any, **options: Any) -> Any:
        wanted = frozenset(callbacks)
        if wanted != self._watched[0]:
            self._watched = wanted, self._watching(wanted)
        before, self._callbacks = self._callbacks, callbacks
        try:
            return self._watched[1].forward(*inputs, **options)
        finally:
            self._callbacks = before

    def _watching(self, wanted: frozenset[int]) -> fx.GraphModule:
        """The module that also calls `_see` after each of these operations. Compiled: an interpreter costs 7 %."""
        graph, copies = fx.Graph(), dict[fx.Node, fx.Node]()
        graph.output(graph.graph_copy(self._module.graph, copies))
        for index in wanted:
            node = copies[self._node(index)]
            with graph.inserting_after(node):
                graph.call_function(self._see, (index, node))
        module = fx.GraphModule(self._module, graph)
        for table in ("_modules", "_parameters", "_buffers"):
            object.__setattr__(module, table, getattr(self._module, table))
        return module

    def _see(self, index: int, result: Tensor) -> None:
        self._callbacks[index](result)

    def observable(self, index: int) -> bool:
        return self._nodes[index] is not None


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
            callback(seen.written(result))
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
        return left.copy_(total) if seen.name in ("add_", "__iadd__") else total  # left may have other names

    def _flattened(self, left: Tensor, right: Tensor) -> tuple[Tensor, ...]:
        """The terms of a sum one of whose operands may be a partial sum."""
        for inner, other in ((left, right), (right, left)):
            if id(inner) in self._partial:
                return (*self._partial.pop(id(inner))[1], other)
        return left, right
