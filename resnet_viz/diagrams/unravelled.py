"""The unravelled view of a few residual blocks: every path from input to output in a lane of its own.

How to read it: x₁ = x₀ + F₁(x₀) is a sum of two terms, and each block after it doubles them, so that n blocks have 2ⁿ
paths. A path goes past a block on its shortcut (blue) or through its branch (orange); its length is the number of
branches on it. Nothing is made linear: a branch takes the sum of all that reaches it, so that a later block is drawn
fewer times than an earlier one (Veit et al. 2016, arXiv:1605.06431, Fig. 1).
"""

from __future__ import annotations

from resnet_viz.diagrams.scene import Mark, Point, Scene
from resnet_viz.text import _

MOST_BLOCKS = 4  # 16 lanes: as many as an eye can follow

_LANE = 34.0  # from one lane to the next
_COLUMN = 124.0  # what a block takes along the flow: a branch, and the sum behind it
_BOX_WIDTH, _BOX_HEIGHT, _BOX_AFTER = 52.0, 24.0, 26.0
_RADIUS, _CORNER = 9.0, 8.0
_END_WIDTH, _END_HEIGHT = 40.0, 26.0
_FORK, _STUB = 76.0, 30.0  # before the lanes part, and behind the last sum
_SUBSCRIPTS = "₀₁₂₃₄"


def unravelled(num_blocks: int) -> Scene:
    """The 2ⁿ paths through `num_blocks` residual blocks, each with its length; ValueError beyond four blocks."""
    if isinstance(num_blocks, bool) or not isinstance(num_blocks, int) or not 1 <= num_blocks <= MOST_BLOCKS:
        raise ValueError(
            _(
                "number of blocks is {value!r}: from 1 to {limit} can be drawn path by path, because n blocks have "
                "2ⁿ paths, and more than {paths} lanes cannot be followed",
                value=num_blocks, limit=MOST_BLOCKS, paths=2**MOST_BLOCKS,
            )
        )  # fmt: skip
    return _Picture(num_blocks).scene


def _branch(block: int) -> str:
    return f"F{_SUBSCRIPTS[block]}"


class _Picture:
    """Lanes from top to bottom, blocks from left to right; the k-th binary digit of a lane's number says whether its
    path goes through the branch of block k."""

    def __init__(self, num_blocks: int) -> None:
        self.count, self.lanes = num_blocks, 2**num_blocks
        self.scene = Scene(
            title=_("{blocks} residual blocks, unravelled", blocks=num_blocks),
            description=_(
                "Unravelled view of {blocks} residual blocks: {paths} paths from input to output, each with its length",
                blocks=num_blocks,
                paths=self.lanes,
            ),
        )
        self._input()
        for block in range(1, num_blocks + 1):
            for first in range(0, self.lanes, 2**block):
                self._join(block, first)
        self._output()
        self.scene.fit(16)

    def _height(self, block: int, first: int) -> float:
        """Where the sum of all paths from lane `first` on runs behind block `block`: midway between its outer lanes."""
        return (first + (2**block - 1) / 2) * _LANE

    def _sum_at(self, block: int, first: int) -> Point:
        return block * _COLUMN, self._height(block, first)

    def _input(self) -> None:
        """x₀, what carries it to every lane, and the length of the path that begins there."""
        middle = self._height(self.count, 0)
        fork, left = -_CORNER, -_CORNER - _END_WIDTH - _FORK
        for lane in range(self.lanes):
            y = lane * _LANE
            self.scene.line([(left + _END_WIDTH, middle), (fork, middle), (fork, y), (0, y)], "flow", _CORNER, False)
            self._length(lane, fork - 12)
        self.scene.text(fork - 12, -0.7 * _LANE, _("length"), 12, "muted", anchor="end")
        self.scene.rect(left, middle - _END_HEIGHT / 2, _END_WIDTH, _END_HEIGHT, "end")
        self.scene.text(left + _END_WIDTH / 2, middle, "x₀", 14)

    def _length(self, lane: int, x: float) -> None:
        """How many branches the path of a lane takes, and in its tip which."""
        branches = [_branch(block) for block in range(1, self.count + 1) if lane >> (block - 1) & 1]
        words = _("Path of length {length}: {branches}", length=len(branches), branches=", ".join(branches))
        mark = Mark("", words if branches else _("Path of length 0: shortcuts only"))
        self.scene.text(x, lane * _LANE, str(len(branches)), 12, "muted", anchor="end", mono=True, mark=mark)

    def _join(self, block: int, first: int) -> None:
        """What reaches a block, past it and through it, and the sum of both."""
        half = 2 ** (block - 1)
        x, y = self._sum_at(block, first)
        (begin, above), (_same, below) = (self._reached(block, lane) for lane in (first, first + half))
        self.scene.line([(begin, above), (x, above), (x, y - _RADIUS)], "identity", _CORNER, False)
        left = (block - 1) * _COLUMN + _BOX_AFTER
        self.scene.line([(begin, below), (left, below)], "flow", _CORNER)
        self.scene.line([(left + _BOX_WIDTH, below), (x, below), (x, y + _RADIUS)], "flow", _CORNER, False)
        name = _branch(block)
        mark = Mark("", _("{name}, the residual branch of block {block}", name=name, block=block))
        self.scene.rect(left, below - _BOX_HEIGHT / 2, _BOX_WIDTH, _BOX_HEIGHT, f"residual-{block}", 5, mark)
        self.scene.text(left + _BOX_WIDTH / 2, below, name, 14, mark=mark)
        self.scene.circle(x, y, _RADIUS, "merge", "+")

    def _reached(self, block: int, lane: int) -> Point:
        """Where the paths from this lane on have come to before a block."""
        if block == 1:
            return 0.0, lane * _LANE
        x, y = self._sum_at(block - 1, lane)
        return x + _RADIUS, y

    def _output(self) -> None:
        x, y = self._sum_at(self.count, 0)
        self.scene.line([(x + _RADIUS, y), (x + _STUB, y)], "flow")
        self.scene.rect(x + _STUB, y - _END_HEIGHT / 2, _END_WIDTH, _END_HEIGHT, "end")
        self.scene.text(x + _STUB + _END_WIDTH / 2, y, f"x{_SUBSCRIPTS[self.count]}", 14)
