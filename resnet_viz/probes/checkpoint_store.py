"""Checkpoints that a visitor gives: kept by their content, never read here. Without torch.

A file goes to disk in pieces, hashed on the way, and never lies in memory as a whole: not here. It is looked into by a
worker (`probes.checkpoints`) before it is kept. Its name is the SHA-256 of its bytes, which a question carries
(`NetworkQuestion.weights`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import platformdirs

from resnet_viz.compute.cache_folder import CacheFolder
from resnet_viz.compute.one_line import one_line
from resnet_viz.text import _

MAX_FILE_BYTES = 2**30
CACHE_BYTES = 2 * MAX_FILE_BYTES
_PIECE = 2**20  # bytes in memory at a time


@dataclass(frozen=True)
class CheckedCheckpoint:
    """What a checkpoint that fits its network holds."""

    tensors: int
    numbers: int
    not_finite: tuple[str, ...]  # tensors with a NaN or an infinity, by the names of our network


@dataclass(frozen=True)
class Arrival:
    """A file that has come and is not kept yet."""

    path: Path
    digest: str
    name: str  # short, for sentences


class CheckpointStore:
    """Checkpoint files in a folder, each under the SHA-256 of its bytes; the least recently used go when it is full."""

    def __init__(self, folder: Path | None = None, limit: int = CACHE_BYTES) -> None:
        usual = Path(platformdirs.user_cache_dir("resnet-viz")) / "checkpoints"
        self._cache = CacheFolder(folder or usual, ".checkpoint", limit)

    @property
    def folder(self) -> Path:
        return self._cache.folder

    def has(self, digest: str) -> bool:
        """Whether the checkpoint is here. Any text may be asked."""
        return self._cache.has(digest)

    @contextmanager
    def arriving(self, name: str, size: int, file: BinaryIO) -> Iterator[Arrival]:
        """Write a file to disk, to be looked into and then kept (`keep`), or else forgotten.

        ValueError with one sentence when it is too large, which `size` in bytes says before anything is read.
        """
        name = short(name)
        check_size(name, size)
        try:
            with self._cache.part() as path:
                yield Arrival(path, _written(path, name, file), name)
        except OSError as error:
            raise ValueError(_("{name} cannot be kept: {reason}", name=name, reason=error.strerror or error)) from error

    def keep(self, arrival: Arrival) -> None:
        """Keep what has arrived under its digest."""
        self._cache.keep(arrival.path, arrival.digest)

    def path(self, digest: str) -> Path:
        """The file, with the bytes that its digest promises. ValueError when it is not here (any more) or changed."""
        if not self.has(digest):
            raise ValueError(_("the uploaded checkpoint is not on this machine any more: upload it again"))
        path = self._cache.path(digest)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ValueError(_("the kept checkpoint is damaged: upload it again")) from error
        if found != digest:
            raise ValueError(_("the kept checkpoint is damaged: upload it again"))
        self._cache.touch(digest)
        return path


def check_size(name: str, size: int) -> None:
    """Raise ValueError with one sentence when a file of so many bytes is not read."""
    if size > MAX_FILE_BYTES:
        raise ValueError(
            _("{name} has {size} MB: at most {limit} MB are read", name=name, size=-(-size // 2**20),
              limit=MAX_FILE_BYTES // 2**20)
        )  # fmt: skip


def short(name: str) -> str:
    """A file's name without its folders, on one line, fit for a sentence."""
    return one_line(Path(name).name, 60) or "?"


def _written(path: Path, name: str, file: BinaryIO) -> str:
    """The SHA-256 of what `file` gave and `path` now holds. Stops where the file turns out to be too large."""
    content, total = hashlib.sha256(), 0
    with path.open("wb") as part:
        while piece := file.read(_PIECE):
            total += len(piece)
            check_size(name, total)
            content.update(piece)
            part.write(piece)
    return content.hexdigest()
