"""The gradient of the loss, told apart by the number of residual branches that it came through. Exact, all lengths.

At a junction y = s + b the gradient g of y goes back through the shortcut s and through the residual branch b. Keep it
as a polynomial g_0 + g_1 z + g_2 z² + … whose power of z counts branches: what goes back through a branch is then
multiplied by z, what goes back through a shortcut is not, and everything else (a ReLU after the sum, what lies between
two junctions, the head) acts on every g_k alone, because going back is linear. So, for the part of the network before
a junction,

    g_k <- shortcutᵀ g_k + branchᵀ g_{k-1}

in one backward pass over all k at once; the 2^L paths of Veit et al. 2016 (arXiv:1605.06431) are never listed. What is
nested inside a branch is part of it. All terms of x + f(x) + g(x) but x are one branch. Where a product gates a
shortcut (highway networks), the gradient that reaches x through the layers of that gate came by the shortcut. Where
junctions are parallel, their parts add up where they meet.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.graph import GradientEdge, get_gradient_edge

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.paths import waists
from resnet_viz.surgery import JunctionGate, OperatedNetwork

# What becomes of a gradient that goes back from a junction (by number) through its branch (True) or its shortcut. None:
# it ends there.
Passage = Callable[[int, bool, Tensor], Tensor | None]
Told = Callable[[float], None]

_LEGS = 8  # the way back in so many legs, each over no more lengths than there can be so far


class NoGradient(ValueError):
    """Nothing of the loss goes back to the place."""


class PathGradients:
    """One forward pass that is kept, and gradients of its mean cross-entropy at the operation `place`.

    The network's mode, parameters and buffers are left as they are; in training mode the statistics of batch norm move
    as in any forward pass.
    """

    def __init__(self, network: OperatedNetwork, images: Tensor, labels: Tensor) -> None:
        graph = network.graph
        self.names = tuple(junction.name for junction in graph.shortcuts)
        self.place = place_of(graph)
        self._passage: Passage = _straight
        self._legs = _legs(graph, self.place)
        self._edges: dict[int, GradientEdge] = {}
        entering = images.clone().requires_grad_().clone()  # no leaf: a network may write into its input
        if graph.ops[self.place].kind == "input":
            self._edges[self.place] = get_gradient_edge(entering)
        watched = {op: partial(self._keep, op) for op in self._legs if op not in self._edges}
        gates = [network.gates[name] for name in self.names]
        with _parameters_fixed(network), _crossed(gates, self._pass), network.observing(watched):
            self._scores = network(entering)
        scores = self._scores.detach().requires_grad_()
        (self._seed,) = torch.autograd.grad(F.cross_entropy(scores, labels), scores)

    def whole(self) -> Tensor:
        """The gradient, (N, …), by autograd."""
        return self._back(self._scores, self.place, self._seed)

    def by_length(self, told: Told = lambda fraction: None) -> Tensor:
        """Its parts over all paths of each length, (L + 1, N, …); they sum to it."""

        def longer_by_branch(number: int, is_branch: bool, gradient: Tensor) -> Tensor:
            if is_branch:
                return _Longer.apply(gradient)
            told(((len(self.names) - number) / len(self.names)) ** 2)
            return gradient

        start: Tensor | GradientEdge = self._scores
        parts = self._seed[None]
        with self._going_back(longer_by_branch), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "There is a performance drop")  # operations that vmap does one by one
            for op, passed in self._legs.items():
                longer = parts.new_zeros(passed + 1 - len(parts), *parts.shape[1:])
                parts = torch.vmap(partial(self._back, start, op))(torch.cat((parts, longer)))
                start = self._edges[op]
        return parts

    def of_path(self, branches: Collection[int]) -> Tensor:
        """The part over the one path that takes the branch at these junctions (by number), the shortcut at others."""

        def only(number: int, is_branch: bool, gradient: Tensor) -> Tensor | None:
            return gradient if is_branch == (number in branches) else None

        with self._going_back(only):
            return self._back(self._scores, self.place, self._seed)

    def _back(self, start: Tensor | GradientEdge, op: int, gradient: Tensor) -> Tensor:
        """The gradient at `op` that comes of this one at `start`."""
        if op not in self._edges or not self._scores.requires_grad:
            raise NoGradient
        (found,) = torch.autograd.grad(start, self._edges[op], gradient, retain_graph=True, allow_unused=True)
        if found is None:
            raise NoGradient
        return found

    def _keep(self, op: int, tensor: Tensor) -> None:
        if tensor.requires_grad:
            self._edges[op] = get_gradient_edge(tensor)  # the tensor itself may be written into later

    def _pass(self, number: int, is_branch: bool, gradient: Tensor) -> Tensor | None:
        return self._passage(number, is_branch, gradient)

    @contextmanager
    def _going_back(self, passage: Passage) -> Iterator[None]:
        self._passage = passage
        try:
            yield
        finally:
            self._passage = _straight


def place_of(graph: NetworkGraph) -> int:
    """Where the first block begins, or the network's input where not every way leads through that operation."""
    source = graph.shortcuts[0].source
    return source if source in waists(graph) else next(op.index for op in graph.ops if op.kind == "input")


def _legs(graph: NetworkGraph, place: int) -> dict[int, int]:
    """Operations at which a leg of the way back ends, with the number of junctions behind them; `place` is the last."""
    ends = [junction.op for junction in graph.shortcuts]
    count, step = len(ends), -(-len(ends) // _LEGS)
    is_chain = waists(graph).issuperset(ends)
    between = {ends[n - 1]: count - n for n in range(count - step, 0, -step)} if is_chain else {}
    return {**between, place: count}


def _straight(number: int, is_branch: bool, gradient: Tensor) -> Tensor:
    return gradient


class _Longer(Function):
    """A gradient for every length (the axis of a `torch.vmap`) becomes that of one length more."""

    @staticmethod
    def forward(gradient: Tensor) -> Tensor:
        raise AssertionError("lengths are the axis of a vmap")

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept: this is never differentiated."""

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int], gradient: Tensor) -> tuple[Tensor, int]:
        lengths = gradient.movedim(in_dims[0], 0)
        return torch.cat((torch.zeros_like(lengths[:1]), lengths[:-1])), 0


class _Crossing(Function):
    """The tensor itself; its gradient is what `passage` makes of it."""

    @staticmethod
    def forward(ctx: Any, term: Tensor, passage: Callable[[Tensor], Tensor | None]) -> Tensor:
        ctx.passage = passage
        ctx.set_materialize_grads(False)
        return term.view_as(term)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor | None) -> tuple[Tensor | None, None]:
        return None if gradient is None else ctx.passage(gradient), None


@contextmanager
def _crossed(gates: list[JunctionGate], passage: Passage) -> Iterator[None]:
    """Inside the with statement every term that enters these gates is a crossing."""

    def enter(number: int, gate: nn.Module, terms: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        sides = [partial(passage, number, position != gate.position) for position in range(len(terms))]
        return tuple(map(_Crossing.apply, terms, sides))

    hooks = [gate.register_forward_pre_hook(partial(enter, number)) for number, gate in enumerate(gates)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def _parameters_fixed(network: nn.Module) -> Iterator[None]:
    """Inside the with statement no parameter wants a gradient, which saves half of the way back."""
    wanting = [parameter for parameter in network.parameters() if parameter.requires_grad]
    try:
        for parameter in wanting:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in wanting:
            parameter.requires_grad_()
