"""Which boxes are near a box: a grid of buckets, so that a drawing of thousands of items is searched in linear time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, TypeVar

from resnet_viz.diagrams.scene import Box

T = TypeVar("T")


class Grid(Generic[T]):
    """Boxes with something attached to each, found again by place."""

    def __init__(self, cell: float = 64) -> None:
        self._cell = cell
        self._buckets: dict[tuple[int, int], list[tuple[Box, T]]] = defaultdict(list)

    def add(self, box: Box, what: T) -> None:
        entry = (box, what)
        for key in self._keys(box):
            self._buckets[key].append(entry)

    def near(self, box: Box) -> Iterator[tuple[Box, T]]:
        """Every box that overlaps this one, with what is attached to it; each once."""
        seen: set[int] = set()
        for key in self._keys(box):
            for entry in self._buckets.get(key, ()):
                if id(entry) not in seen and entry[0].overlaps(box):
                    seen.add(id(entry))
                    yield entry

    def is_free(self, box: Box) -> bool:
        """Whether nothing overlaps this box."""
        return not any(entry[0].overlaps(box) for key in self._keys(box) for entry in self._buckets.get(key, ()))

    def _keys(self, box: Box) -> Iterator[tuple[int, int]]:
        columns = range(int(box.x0 // self._cell), int(box.x1 // self._cell) + 1)
        rows = range(int(box.y0 // self._cell), int(box.y1 // self._cell) + 1)
        return ((column, row) for column in columns for row in rows)
