"""Any `nn.Module` as a NetworkGraph: `trace` gives the graph, `capture` also a module to operate on.

Three ways are tried. The network is traced symbolically; if its Python insists on the value of a tensor or does what no
tracer can follow, it is run once on tensors without numbers; if even that needs numbers, once on the example input.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, fx, nn

from resnet_viz.graph.fx_reader import FxReader
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.recorder import Recorder
from resnet_viz.graph.replica import on_meta, shell, to_meta, with_own_buffers
from resnet_viz.graph.tracer import ValueTracer
from resnet_viz.graph.watching import Site
from resnet_viz.text import N_, _

RECORDED = N_("It cannot be traced symbolically, so it was recorded while it ran once.")
DECIDES = N_("Its way depends on the numbers in its input; what is shown is the way it took once.")
_CONSTANT = "_tensor_constant"  # how fx names the attributes for tensors that a forward makes out of numbers


def trace(model: nn.Module, *example_inputs: Any, name: str | None = None) -> NetworkGraph:
    """The graph of a network: operations with shapes and costs, and its junctions.

    The model is not touched and keeps its mode. The example's batch should be 2 or more, so that no squeeze can eat the
    batch dimension; costs are those of one example. Meta tensors will do as example, and a model on the meta device as
    model. Raises ValueError with one sentence where the network can neither be traced nor run.
    """
    return capture(model, *example_inputs, name=name).graph


@dataclass(frozen=True, eq=False)
class Capture(ABC):
    """A network's graph, and how the graph's operations correspond to what runs.

    `root` shares the model's parameters and buffers, but neither its mode nor its hooks (`replica.shell`).
    """

    graph: NetworkGraph
    root: nn.Module

    @property
    @abstractmethod
    def module(self) -> nn.Module:
        """The network, to run and to operate on, with the model's own weights."""


@dataclass(frozen=True, eq=False)
class Traced(Capture):
    """A network that was traced symbolically.

    `decisions` are the answers that Python got about sizes (module path, question, value): for an input of another size
    the network might go another way than its graph.
    """

    fx_graph: fx.Graph
    nodes: tuple[fx.Node, ...]  # the fx node of every operation
    decisions: tuple[tuple[str, str, Any], ...]

    @cached_property
    def module(self) -> fx.GraphModule:
        """Runs the fx graph on the modules of `root`, with the names of all its parameters and buffers."""
        for name in [name for name in vars(self.root) if name.startswith(_CONSTANT)]:
            self.root.register_buffer(name, self.root.__dict__.pop(name), persistent=False)
        module = fx.GraphModule(self.root, self.fx_graph)
        for table in ("_modules", "_parameters", "_buffers", "_non_persistent_buffers_set"):
            object.__setattr__(module, table, getattr(self.root, table))
        return module


@dataclass(frozen=True, eq=False)
class Recorded(Capture):
    """A network that was recorded while it ran; `sites` says where every operation was called."""

    sites: tuple[Site | None, ...]

    @property
    def module(self) -> nn.Module:
        return self.root


def capture(model: nn.Module, *example_inputs: Any, name: str | None = None) -> Capture:
    """The graph of a network with a module to operate on; see `trace`."""
    name = name or type(model).__name__
    reasons = []
    for way in _WAYS:
        try:
            return way(model, example_inputs, name)
        except Exception as reason:  # user code may raise anything; what it says is told at the end
            reasons.append(reason)
    raise ValueError(_refusal(name, example_inputs, reasons[-1])) from reasons[0]


def _traced_in_a_shell(model: nn.Module, inputs: tuple[Any, ...], name: str) -> Capture:
    return traced(model, shell(model), inputs, name)


def traced(model: nn.Module, root: nn.Module, inputs: tuple[Any, ...], name: str) -> Traced:
    """The capture of a shell by symbolic tracing alone; raises whatever stops it."""
    tracer = ValueTracer()
    own = shell(root)  # a forward may keep proxies on its module, which must not be met again
    fx_graph = tracer.trace_with(own, inputs)
    root.__dict__.update((key, value) for key, value in vars(own).items() if key.startswith(_CONSTANT))
    reader = FxReader(model, tracer)
    return Traced(reader.read(name), root, fx_graph, tuple(reader.nodes), tuple(tracer.decisions))


def _recorded_without_numbers(model: nn.Module, inputs: tuple[Any, ...], name: str) -> Capture:
    recorder = Recorder(model, on_meta(shell(model)))
    graph = recorder.record(to_meta(inputs), name, (RECORDED,))
    return Recorded(graph, shell(model), tuple(recorder.sites))


def _recorded(model: nn.Module, inputs: tuple[Any, ...], name: str) -> Capture:
    recorder = Recorder(model, with_own_buffers(shell(model)))
    with torch.random.fork_rng(devices=[]):
        graph = recorder.record(inputs, name, (RECORDED, DECIDES))
    return Recorded(graph, shell(model), tuple(recorder.sites))


_WAYS: tuple[Callable[[nn.Module, tuple[Any, ...], str], Capture], ...] = (
    _traced_in_a_shell,
    _recorded_without_numbers,
    _recorded,
)


def _refusal(name: str, inputs: tuple[Any, ...], reason: Exception) -> str:
    shapes = ", ".join("×".join(map(str, x.shape)) for x in inputs if isinstance(x, Tensor))
    first_line = (str(reason).strip() or type(reason).__name__).splitlines()[0]
    return _(
        "{name} can be neither traced nor run on an input of shape {shapes}: {reason}",
        name=name,
        shapes=shapes,
        reason=first_line,
    )
