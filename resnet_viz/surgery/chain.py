"""A network as a chain of blocks: any of them deleted or in another order, and nothing run twice that is shared.

Between two blocks of a chain one tensor is all that is passed on. Networks that differ from some block on therefore
have the tensor before that block in common. What runs are the nodes of the operated network's own graph, one by one,
so that every number is that of the whole network, to the bit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from torch import Tensor, fx

from resnet_viz.graph.fold_values import Block
from resnet_viz.graph.proxies import writes_in_place
from resnet_viz.surgery.gates import JunctionGate
from resnet_viz.surgery.operated import OperatedNetwork
from resnet_viz.surgery.runners import TracedRunner

Nodes = tuple[fx.Node, ...]


class Step(NamedTuple):
    """What runs at a place of the chain: a block by its number, whole or deleted."""

    block: int
    is_deleted: bool = False


Variant = tuple[Step, ...]  # one step a place


def chain_of(operated: OperatedNetwork, blocks: Sequence[Block]) -> Chain | None:
    """The network, in the mode it is in, as a chain of these blocks; None where more than one tensor passes by a block,
    or where the network could only be recorded."""
    runner = operated.traced
    return None if runner is None else _Reader(runner, operated.gates).chain(blocks)


class Chain:
    """A network cut between its blocks.

    `passes` is what was run so far, in runs of the whole network, by multiply-adds. The network's gates are read and
    never set.
    """

    def __init__(self, module: fx.GraphModule, begin: _Segment, blocks: Sequence[_Link], end: _Segment) -> None:
        self._interpreter = fx.Interpreter(module)
        self._begin, self._links, self._end = begin, tuple(blocks), end
        self.total_cost = sum(segment.cost for link in self._links for segment in (link.gap, link.whole))
        self.total_cost += begin.cost + end.cost
        self.passes = 0.0

    def run(self, images: Tensor, variants: Sequence[Variant]) -> Iterator[tuple[int, Tensor]]:
        """(number of the variant, its result) for each, in an order in which much is shared.

        Only such tensors are kept as a later variant begins with. `passes` grows with what was run.
        """
        order = sorted(range(len(variants)), key=lambda n: [_whole_last(k, s) for k, s in enumerate(variants[n])])
        shared = [_shared(variants[one], variants[other]) for one, other in pairwise(order)] + [0]
        kept, start = {0: self._pass(self._begin, images)}, 0
        for at, number in enumerate(order):
            wanted = _begins(shared, at)
            value = kept[start]
            for place in range(start, len(self._links)):
                value = self._step(place, variants[number][place], value)
                if place + 1 in wanted:
                    kept[place + 1] = value
            yield number, self._pass(self._end, value)
            kept = {place: kept[place] for place in wanted}
            start = shared[at]

    def _step(self, place: int, step: Step, value: Any) -> Any:
        link = self._links[step.block]
        return self._pass(link.deleted if step.is_deleted else link.whole, self._pass(self._links[place].gap, value))

    def _pass(self, segment: _Segment, value: Any) -> Any:
        self.passes += segment.cost / self.total_cost
        if segment.writes and isinstance(value, Tensor):
            value = value.clone()  # another variant may begin with it
        results = self._interpreter.env = {segment.entry: value}
        for node in segment.nodes:
            if node in segment.closed:
                gate, shortcut = segment.closed[node]
                results[node] = _without_branch(gate, results[shortcut])
            else:
                results[node] = self._interpreter.run_node(node)
        self._interpreter.env = {}
        return results[segment.exit]


@dataclass(frozen=True, eq=False)
class _Segment:
    """The nodes between two tensors."""

    entry: fx.Node
    exit: fx.Node
    nodes: Nodes
    closed: Mapping[fx.Node, tuple[JunctionGate, fx.Node]]  # gates that pass their shortcut alone, and its node
    writes: bool  # in place, perhaps into the tensor it is given
    cost: int


@dataclass(frozen=True, eq=False)
class _Link:
    """A block; `gap` is what lies between it and the block before."""

    gap: _Segment
    whole: _Segment
    deleted: _Segment


class _Reader:
    """Finds in a traced network where its blocks begin and end."""

    def __init__(self, runner: TracedRunner, gates: Mapping[str, JunctionGate]) -> None:
        self._runner, self._gates = runner, gates
        self._modules = dict(runner.module.named_modules(remove_duplicate=False))
        self._nodes: Nodes = tuple(runner.module.graph.nodes)
        self._position = {node: position for position, node in enumerate(self._nodes)}
        self._live = _depending_on_input(self._nodes)
        found = ((runner.node(op.index), op.macs) for op in runner.graph.ops)
        self._macs = {node: macs for node, macs in found if node is not None}

    def chain(self, blocks: Sequence[Block]) -> Chain | None:
        """The chain; None where these blocks are none."""
        inputs = [node for node in self._nodes if node.op == "placeholder"]
        result = self._nodes[-1].args[0]
        if len(inputs) != 1 or not isinstance(result, fx.Node):
            return None
        cuts, end = self._cuts(), inputs[0]
        ways: list[tuple[fx.Node, fx.Node, fx.Node]] = []
        for block in blocks:
            exit_ = self._runner.node(block.output)
            first = min(self._position[node] for op in block.ops if (node := self._runner.node(op)) is not None)
            entry = self._nodes[max((cut for cut in cuts if cut < first), default=0)]
            if exit_ is None or self._position[exit_] not in cuts or self._position[entry] < self._position[end]:
                return None
            ways.append((end, entry, exit_))
            end = exit_
        if not ways:
            return None
        links = [self._link(block, *way) for block, way in zip(blocks, ways, strict=True)]
        begin, links[0] = links[0].gap, _Link(_nothing(ways[0][1]), links[0].whole, links[0].deleted)
        return Chain(self._runner.module, begin, links, self._segment(end, result))

    def _link(self, block: Block, before: fx.Node, entry: fx.Node, exit_: fx.Node) -> _Link:
        names = [name for name in block.junctions if name in self._gates]
        deleted = self._segment(entry, exit_, names) if names else _nothing(entry)
        return _Link(self._segment(before, entry), self._segment(entry, exit_), deleted)

    def _segment(self, entry: fx.Node, exit_: fx.Node, closed: Collection[str] = ()) -> _Segment:
        between = self._nodes[self._position[entry] + 1 : self._position[exit_] + 1]
        inside = [node for node in between if node in self._live and node.op != "output"]
        alone = {node: self._alone(node) for node in inside if self._gate_name(node) in closed}
        writes = any(writes_in_place(node, self._is_inplace(node)) for node in inside)
        needed = _needed([*inside, exit_] if writes else [exit_], entry, alone)
        nodes = tuple(sorted(needed, key=self._position.__getitem__))
        return _Segment(entry, exit_, nodes, alone, writes, sum(self._macs.get(node, 0) for node in nodes))

    def _alone(self, node: fx.Node) -> tuple[JunctionGate, fx.Node]:
        gate = self._modules[str(node.target)]
        assert isinstance(gate, JunctionGate)
        shortcut = node.args[gate.position]
        assert isinstance(shortcut, fx.Node)
        return gate, shortcut

    def _gate_name(self, node: fx.Node) -> str | None:
        gate = self._modules.get(str(node.target)) if node.op == "call_module" else None
        return gate.name if isinstance(gate, JunctionGate) else None

    def _is_inplace(self, node: fx.Node) -> bool:
        return node.op == "call_module" and bool(getattr(self._modules[str(node.target)], "inplace", False))

    def _cuts(self) -> list[int]:
        """Positions of the nodes whose result is all that is passed on, but for what does not depend on the input."""
        last = {used: position for position, node in enumerate(self._nodes) for used in node.all_input_nodes}
        passing, cuts = set[fx.Node](), []
        for position, node in enumerate(self._nodes):
            passing = {other for other in passing if last[other] > position}
            if node in self._live and last.get(node, 0) > position:
                passing.add(node)
                if len(passing) == 1:
                    cuts.append(position)
        return cuts


def _depending_on_input(nodes: Iterable[fx.Node]) -> set[fx.Node]:
    live: set[fx.Node] = set()
    for node in nodes:
        if node.op == "placeholder" or not live.isdisjoint(node.all_input_nodes):
            live.add(node)
    return live


def _needed(
    wanted: Sequence[fx.Node], entry: fx.Node, alone: Mapping[fx.Node, tuple[JunctionGate, fx.Node]]
) -> set[fx.Node]:
    """The nodes that must run for the wanted ones, from the entry on; of a closed gate only its shortcut is."""
    needed: set[fx.Node] = set()
    waiting = list(wanted)
    while waiting:
        node = waiting.pop()
        if node is not entry and node not in needed:
            needed.add(node)
            waiting += [alone[node][1]] if node in alone else node.all_input_nodes
    return needed


def _nothing(node: fx.Node) -> _Segment:
    return _Segment(node, node, (), {}, False, 0)


def _without_branch(gate: JunctionGate, shortcut: Tensor) -> Tensor:
    """What a gate passes when its residual branch is dropped."""
    closed = JunctionGate(gate.name, 0)
    closed.shortcut, closed.branch = gate.shortcut, 0.0
    return closed(shortcut, shortcut)


def _whole_last(place: int, step: Step) -> tuple[bool, Step]:
    """Sort key: what is changed comes first, so that what is shared grows from one variant to the next."""
    return step == Step(place), step


def _shared(one: Variant, other: Variant) -> int:
    """How many steps two variants begin with in common."""
    return next((place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]), len(one))


def _begins(shared: Sequence[int], at: int) -> set[int]:
    """After how many steps the variants after this one part from it."""
    found = {shared[at]}
    for steps in shared[at:]:
        if steps < min(found):
            found.add(steps)
        if not steps:
            break
    return found
