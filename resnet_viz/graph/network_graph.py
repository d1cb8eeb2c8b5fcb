"""What a network is: operations in execution order, and the junctions where a shortcut meets a residual branch.

Plain values without torch: a worker makes them (`graph.trace`), files hold them as JSON, the server draws them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import networkx

    from resnet_viz.graph.fold import Block, FoldedGraph, Stage

OpKind = Literal[
    "input",  # a tensor given to the network
    "parameter",  # a weight, a buffer, or anything that does not depend on the input
    "add",  # sum of exactly two tensors that both depend on the input
    "cat",  # concatenation
    "split",  # chunk, split, unbind: a tuple of tensors
    "part",  # one element of a tuple, or a slice that picks a part
    "weighted",  # convolution, linear map, attention, matrix product: what a residual branch must contain
    "passive",  # one input, no mixing by weights: norm, pool, pad, reshape, scale, dropout; a shortcut may hold it
    "other",  # everything else: activations, products of two tensors, reductions, unknown functions
]

JunctionKind = Literal[
    "identity",  # the shortcut carries its source unchanged
    "projection",  # the shortcut holds a weighted operation (option B or C of He et al. 2015)
    "resize",  # the shortcut changes the shape without weights (option A: subsampling and zero padding)
    "scaled",  # the shortcut holds a norm or a constant factor but no weighted operation
    "gated",  # the shortcut passes a product one of whose factors leads back to the source (highway networks)
    "context",  # a broadcast sum (context vector): drawn, but not counted as a shortcut
    "concat",  # the shortcut enters a concatenation (DenseNet)
    "concat-split",  # an untouched part of a split enters a concatenation (ShuffleNet, CSP)
]


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of a traced network.

    `shape` is the output's shape with the batch dimension first, or None where the value is a tuple of tensors.
    `attributes` holds what a reader of the model's source would name, as JSON values: for a convolution `in_channels`,
    `out_channels`, `kernel_size`, `stride`, `padding`, `dilation`, `groups`, `transposed`; for a linear map
    `in_features`, `out_features`; for a pool `kernel_size`, `stride`; `graph.describe` has the whole list.
    """

    index: int
    kind: OpKind
    function: str  # class name of the leaf module ("Conv2d") or name of the function ("add", "cat", "getitem")
    inputs: tuple[int, ...]  # indices of the operations read, in argument order, with repetitions
    module_path: str  # the module that was called, or the module whose forward called the function; "" is the root
    shape: tuple[int, ...] | None
    is_module: bool = False
    is_live: bool = True  # depends on the network's input
    num_parameters: int = 0  # of the leaf module, counted at its first call only
    macs: int = 0  # multiply-adds of one example; a multiply-add counts once
    receptive_field: float = 1  # pixels of the input along one side; math.inf when global
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_map(self) -> bool:
        """Whether its tensor has positions beside channels: two axes longer than 1 besides the batch's."""
        return self.shape is not None and sum(size > 1 for size in self.shape[1:]) > 1


@dataclass(frozen=True, slots=True)
class Junction:
    """The place where a shortcut and a residual branch, parted at `source`, meet again in `op`.

    `terms` are the operands of the (flattened) sum or concatenation in order of evaluation; `terms[shortcut]` is the
    shortcut's. `chain` are the operations on the shortcut after the source; `branch` those of the residual branch.
    `adds` are the additions that make up the sum, innermost first, `op` last. `parent` names the smallest junction
    whose branch contains this one (a nested sum), None at the top level.
    """

    name: str  # "layer3.1"; further junctions of one module, sums at the top level first, are "layer3.1:2", ...
    kind: JunctionKind
    op: int
    source: int
    terms: tuple[int, ...]
    shortcut: int
    chain: tuple[int, ...]
    branch: tuple[int, ...]
    adds: tuple[int, ...]
    module_path: str
    parent: str | None = None

    @property
    def is_additive(self) -> bool:
        """Whether a gate can stand here: every kind but concatenations and context vectors."""
        return self.kind not in ("concat", "concat-split", "context")

    @property
    def grows(self) -> bool:
        """Whether it is [a, b, c] after its source [a, b]: the shortcut carries the source, the branch the last term.

        So the layers of a DenseNet are a chain, though each concatenates everything before it anew.
        """
        return self.kind == "concat" and self.source not in self.terms


@dataclass(frozen=True, eq=False)
class NetworkGraph:
    """A network as operations and junctions, with its costs. Equal by identity; compare `to_dict()` for equality."""

    name: str
    ops: tuple[Op, ...]
    junctions: tuple[Junction, ...]
    outputs: tuple[int, ...]
    modules: Mapping[str, str]  # module path -> class name, for every module on the way
    num_parameters: int  # each parameter once, also where modules share it
    notes: tuple[str, ...] = ()  # what the trace could not see, one sentence each

    @cached_property
    def macs(self) -> int:
        """Multiply-adds of one forward pass of one example; a multiply-add counts once."""
        return sum(op.macs for op in self.ops)

    @cached_property
    def activation_elements(self) -> int:
        """Numbers written by all operations for one example (an upper bound of what training keeps)."""
        written = sum(math.prod(op.shape) for op in self.ops if op.is_live and op.kind != "input" and op.shape)
        return written // self.batch_size  # not shape[1:]: windows of an image can lie on the batch axis

    @cached_property
    def batch_size(self) -> int:
        """Number of examples in the batch it was traced with."""
        return next((op.shape[0] for op in self.ops if op.kind == "input" and op.shape), 1)

    @cached_property
    def receptive_field(self) -> float:
        """Receptive field of the last feature map, in input pixels along one side; the head is not counted.

        The head is what follows once a single vector is left: a global pooling, flattened linear maps, a classifier.
        Each way back from an output ends where it leaves the head, and the widest field found there counts. It is
        math.inf where a map has seen all positions before the head: through a gate that pools (squeeze and excitation)
        or through attention.
        """
        waiting, seen, widest = list(self.outputs), set(self.outputs), 1.0
        while waiting:
            op = self.ops[waiting.pop()]
            if math.isfinite(op.receptive_field) or op.is_map:
                widest = max(widest, op.receptive_field)
            else:
                before = {operand.index for operand in self.live_inputs(op)} - seen
                seen |= before
                waiting += before
        return widest

    @cached_property
    def image_size(self) -> int:
        """Side of the picture that was traced, in pixels; 0 for an input that is no picture."""
        shape = next((op.shape for op in self.ops if op.kind == "input"), None)
        return shape[-1] if shape is not None and len(shape) == 4 else 0

    @cached_property
    def users(self) -> tuple[tuple[int, ...], ...]:
        """For every operation the operations that read it, with repetitions (x + x reads x twice)."""
        users: list[list[int]] = [[] for _ in self.ops]
        for op in self.ops:
            for source in op.inputs:
                users[source].append(op.index)
        return tuple(tuple(u) for u in users)

    @cached_property
    def junction(self) -> Mapping[str, Junction]:
        """Junctions by name."""
        return {junction.name: junction for junction in self.junctions}

    @cached_property
    def gate_names(self) -> tuple[str, ...]:
        """The names that a surgery may use: of every junction at which a gate can stand, in order of execution."""
        return tuple(junction.name for junction in self.junctions if junction.is_additive)

    @cached_property
    def shortcuts(self) -> tuple[Junction, ...]:
        """The junctions that "all shortcuts" means: additive and not nested in another junction's branch."""
        return tuple(j for j in self.junctions if j.is_additive and j.parent is None)

    @cached_property
    def folded(self) -> FoldedGraph:
        """The graph folded to units, blocks, stages and arcs: what is drawn (`graph.fold`)."""
        from resnet_viz.graph.fold import fold

        return fold(self)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Blocks in groups, by container or resolution."""
        return self.folded.stages

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The modules (or chains of convolutions) that repeat, in order of execution."""
        return self.folded.blocks

    def live_inputs(self, op: Op) -> Iterator[Op]:
        """The operands of `op` that depend on the network's input."""
        return (self.ops[i] for i in op.inputs if self.ops[i].is_live)

    def to_dict(self) -> dict[str, Any]:
        """A JSON document; `from_dict` reads it back. Compact: one list an operation, infinite fields as None."""
        from resnet_viz.graph.serialize import to_dict

        return to_dict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> NetworkGraph:
        """The graph of a document that `to_dict` made; ValueError for another format."""
        from resnet_viz.graph.serialize import from_dict

        return from_dict(document)

    def to_networkx(self) -> networkx.MultiDiGraph:
        """The live operations as a MultiDiGraph (x + x is two edges); attributes are strings and numbers only."""
        from resnet_viz.graph.serialize import to_networkx

        return to_networkx(self)
