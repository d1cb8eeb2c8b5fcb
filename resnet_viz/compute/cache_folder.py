"""Files that may be made again, each under the SHA-256 of what it stands for; the least recently used go."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")
_ABANDONED = 3600.0  # seconds after which a file half written is nobody's any more


class CacheFolder:
    """A folder of at most `limit` bytes, for all processes of a machine. A file appears whole or not at all."""

    def __init__(self, folder: Path, suffix: str, limit: int) -> None:
        self.folder, self.suffix, self.limit = folder, suffix, limit

    def path(self, digest: str) -> Path:
        """Where the file of this digest lies, or would."""
        return self.folder / f"{digest}{self.suffix}"

    def has(self, digest: str) -> bool:
        """Whether the file is here. Any text may be asked."""
        return bool(_DIGEST.fullmatch(digest)) and self.path(digest).is_file()

    def touch(self, digest: str) -> None:
        """Say that the file has been used just now."""
        with contextlib.suppress(OSError):  # another process has removed it, or it belongs to somebody else
            os.utime(self.path(digest))

    @contextmanager
    def part(self) -> Iterator[Path]:
        """An empty file to write to; gone at the end of the with statement unless it was kept by then."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        os.close(descriptor)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def keep(self, part: Path, digest: str) -> None:
        """Let a part be the file of this digest, in one step; then make room."""
        os.replace(part, self.path(digest))
        self._make_room(self.path(digest))

    def _make_room(self, newest: Path) -> None:
        """Remove what was not used for longest until the folder is within its limit; the newest file stays."""
        total = _size(newest)
        others = (path for path in self.folder.glob(f"*{self.suffix}") if path != newest)
        for path in sorted(others, key=_last_use, reverse=True):
            total += _size(path)
            if total > self.limit:
                path.unlink(missing_ok=True)
        for part in self.folder.glob("*.part"):  # of a process that was killed while it wrote
            if _last_use(part) < time.time() - _ABANDONED:
                part.unlink(missing_ok=True)


def _last_use(path: Path) -> float:
    with contextlib.suppress(FileNotFoundError):  # another process has removed it
        return path.stat().st_mtime
    return time.time()


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0
