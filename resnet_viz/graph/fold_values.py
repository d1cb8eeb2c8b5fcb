"""What is drawn of a network: units, blocks, stages and the arcs of its shortcuts. Values without torch.

`fold.fold` makes a `FoldedGraph` from a `NetworkGraph`; the diagrams draw nothing that is not in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from resnet_viz.graph.network_graph import Junction, NetworkGraph
from resnet_viz.text import _

Shape = tuple[int, ...]

Role = Literal[
    "input",
    "conv",
    "fc",  # a linear map, or a leaf module with parameters that has no better word
    "mix",  # attention, matrix product: mixes positions
    "norm",
    "act",
    "pool",  # whatever changes the resolution without weights: pools, resizing, subsampling
    "shape",  # reshape, permute, pad, slice: moves numbers, changes none
    "drop",  # dropout, stochastic depth
    "param",  # a sum or product with a parameter or a constant: layer scale, position, 1 - x
    "part",  # one element of a split
    "split",
    "add",
    "sub",
    "mul",
    "div",
    "cat",
    "other",
]


@dataclass(frozen=True, slots=True)
class Words:
    """What one operation is called: a role that decides how it is drawn, and a label in the language of the moment.

    `message` is English with {placeholders} filled from `values`, `brief` a shorter one; `suffix` (", /2") is the same
    in every language.
    """

    role: Role
    message: str
    values: tuple[tuple[str, object], ...] = ()
    brief: str = ""
    suffix: str = ""
    weighted: bool = False

    @property
    def label(self) -> str:
        """As in "3×3 conv, 64, /2"."""
        return _(self.message, **dict(self.values)) + self.suffix

    @property
    def short(self) -> str:
        """The label, or a briefer one where there is one ("FC 1000" for "FC 2048 → 1000")."""
        return _(self.brief, **dict(self.values)) if self.brief else self.label


_FIXED: dict[tuple[str, str], Words] = {}


def fixed(role: Role, message: str, weighted: bool = False) -> Words:
    """Words without numbers; they are made once."""
    key = (role, message)
    if key not in _FIXED:
        _FIXED[key] = Words(role, message, weighted=weighted)
    return _FIXED[key]


@dataclass(frozen=True, eq=False)
class Item:
    """One box or circle of the network view: a unit (stem, transition, head) or the merge of several tensors.

    `inputs` are the positions in `FoldedGraph.items` of the items it reads, always earlier ones.
    """

    name: str  # unique among the items: the module path, with ":2" for further items of one module
    kind: Literal["unit", "merge", "block"]
    ops: tuple[int, ...]
    output: int  # the operation whose tensor leaves the item
    shape: Shape | None  # of that tensor
    words: Words  # of the operation that gives the item its name
    inputs: tuple[int, ...]
    position: int  # in FoldedGraph.items


@dataclass(frozen=True, eq=False)
class Block(Item):
    """A block: what repeats inside a stage. With top-level junctions it is residual, without it is drawn in slate."""

    junctions: tuple[str, ...] = ()  # names of the top-level junctions it holds, in order of execution
    stage: int = 0  # position in FoldedGraph.stages
    signature: int = 0  # equal for blocks that do the same to the same shapes


@dataclass(frozen=True, eq=False)
class Stage:
    """Blocks that follow each other at one resolution, or in one container of the model."""

    name: str  # the container's path ("layer3"), else a numbered word
    blocks: tuple[Block, ...]
    index: int
    number: int = 0  # of a nameless stage, counted from 1; 0 where the model names it

    @property
    def shape(self) -> Shape | None:
        """Shape that leaves the stage."""
        return self.blocks[-1].shape

    @property
    def title(self) -> str:
        """The model's own name, or "stage 3" in the language of the moment."""
        return _("stage {number}", number=self.number) if self.number else self.name


@dataclass(frozen=True, eq=False)
class Arc:
    """A shortcut between items: it leaves `source` (None: it starts inside the target) and ends in `target`."""

    junction: Junction
    source: int | None  # position of the item whose output it carries
    target: int  # position of the item that holds its sum
    is_nested: bool  # its sum lies inside another junction's branch (drawn thin, never counted)
    words: tuple[Words, ...]  # of the operations on it that deserve a word (projection, subsampling)
    label_message: str = ""  # used where `words` is empty: "identity", "gated", ...

    @property
    def label(self) -> str:
        """As in "identity" or "1×1 conv, 256, /2", in the language of the moment."""
        return " · ".join(w.label for w in self.words) or _(self.label_message)


@dataclass(frozen=True, eq=False)
class FoldedGraph:
    """A network folded for drawing.

    `words` and `inputs` hold the drawn operations: those that carry data of the network's input to an output. Sizes,
    parameters and dead ends are not among them; `inputs` of a growing concatenation refer to the previous one, and
    `drawn` resolves an operation that was left out as doing nothing.
    """

    graph: NetworkGraph
    words: Mapping[int, Words]
    inputs: Mapping[int, tuple[int, ...]]
    items: tuple[Item, ...]  # in topological order
    stages: tuple[Stage, ...]
    arcs: tuple[Arc, ...]
    parallel: frozenset[str]  # names of the blocks that have a block beside them, neither before nor after
    channels_last: bool
    aliases: Mapping[int, int] = field(default_factory=dict)
    blocks_are_convolutions: bool = False  # nothing repeats: every convolution stands as a block (VGG)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks in topological order."""
        return tuple(item for item in self.items if isinstance(item, Block))

    @cached_property
    def block(self) -> Mapping[str, Block]:
        """Blocks by name."""
        return {block.name: block for block in self.blocks}

    @cached_property
    def item_of(self) -> Mapping[int, int]:
        """Position of the item that holds a drawn operation."""
        return {op: item.position for item in self.items for op in item.ops}

    @cached_property
    def users(self) -> Mapping[int, tuple[int, ...]]:
        """For every drawn operation the drawn operations that read it."""
        users: dict[int, list[int]] = {op: [] for op in self.inputs}
        for op, sources in self.inputs.items():
            for source in sources:
                users[source].append(op)
        return {op: tuple(found) for op, found in users.items()}

    def drawn(self, op: int) -> int:
        """The drawn operation that stands for `op`."""
        return self.aliases.get(op, op)

    def height_width_channels(self, shape: Shape | None) -> tuple[int, int, int] | None:
        """(H, W, C) of an image-like shape with the batch first, in this network's order of axes; else None."""
        if shape is None or len(shape) != 4:
            return None
        last = self.channels_last and (shape[1] == shape[2] or shape[2] != shape[3])
        return (shape[1], shape[2], shape[3]) if last else (shape[2], shape[3], shape[1])

    def side(self, shape: Shape | None) -> int:
        """Height of an image, root of the number of tokens, 1 for a vector."""
        image = self.height_width_channels(shape)
        if image:
            return image[0]
        return max(1, round(shape[1] ** 0.5)) if shape is not None and len(shape) == 3 else 1

    def shape_words(self, shape: Shape | None) -> str:
        """As in "256 × 56 × 56" (channels first, whatever the network does) or "197 × 768"."""
        image = self.height_width_channels(shape)
        if image:
            return f"{image[2]} × {image[0]} × {image[1]}"
        return " × ".join(map(str, shape[1:])) if shape is not None else ""
