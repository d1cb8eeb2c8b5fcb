"""The wire between client and worker: each frame is eight bytes of length and a pickle."""

from __future__ import annotations

import io
import pickle
import struct
from typing import IO, Any

_LENGTH = struct.Struct("!Q")

# Modules that no answer may bring into the server: unpickling one of their objects would import them there.
HEAVY = ("torch", "torchvision", "timm", "captum")


def write(stream: IO[bytes], frame: tuple[Any, ...]) -> None:
    """Send one frame. Raises OSError or ValueError when the other side or the stream is closed."""
    body = pickle.dumps(frame, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read(stream: IO[bytes]) -> tuple[Any, ...] | None:
    """The next frame, None when the other side has ended (also in the middle of a frame)."""
    try:
        head = stream.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(head)
        body = stream.read(length)
    except (OSError, ValueError):  # ValueError: closed by another thread
        return None
    return pickle.loads(body) if len(body) == length else None


def loads_light(body: bytes) -> Any:
    """The object in a pickle; UnpicklingError, before anything is imported, when it holds something of HEAVY."""
    return _LightUnpickler(io.BytesIO(body)).load()


class _LightUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] in HEAVY:
            raise pickle.UnpicklingError(f"an answer holds {module}.{name}, which the server must not import")
        return super().find_class(module, name)
