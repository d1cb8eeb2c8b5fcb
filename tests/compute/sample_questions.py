"""Functions that the workers of the tests are asked: each misbehaves in its own way, or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import Any

scene: ContextVar[str] = ContextVar("scene", default="empty")


def set_scene(value: str) -> None:
    scene.set(value)


def scene_of(question: Any) -> str:
    return scene.get()


def double(question: int) -> int:
    return 2 * question


def process_number(question: Any) -> int:
    return os.getpid()


def content(question: str) -> str:
    return Path(question).read_text()


def note(question: tuple[str, str]) -> None:
    """Write a line into a file."""
    path, line = question
    with Path(path).open("a") as file:
        file.write(f"{line}\n")


def wrong(question: Any) -> None:
    raise ValueError(f"depth is {question}: 6n+2 is wanted")


def broken(question: Any) -> None:
    raise RuntimeError("first line\nsecond line")


def leave(question: Any) -> None:
    sys.exit(3)


def abort(question: Any) -> None:
    os.abort()


def kill_self(question: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def out_of_memory(question: Any) -> None:
    raise MemoryError


def print_much(question: str) -> str:
    """Everything that could get between the frames: Python's and the system's output, a child process, input."""
    print(question * 100_000)
    os.write(1, b"x" * 100_000)
    subprocess.run(["echo", "from a child"], check=True)
    return sys.stdin.read()


def sleep(question: float) -> str:
    """Does not report, so it cannot be asked to stop."""
    time.sleep(question)
    return "slept"


def count(question: tuple[str, int], progress: Callable[..., None]) -> int:
    """Leaves a mark when it begins, and reports every 5 ms."""
    path, steps = question
    with Path(path).open("a") as file:
        file.write("begun\n")
    for step in range(steps):
        progress(step / steps, f"step {step}")
        time.sleep(0.005)
    return steps


def stubborn(question: float, progress: Callable[..., None]) -> None:
    """Takes a progress function and never calls it."""
    time.sleep(question)


def heavy_answer(question: Any) -> Any:
    """An object of a module that the server must not import (a stand-in: the real one takes seconds)."""
    module = ModuleType("timm")
    module.Model = type("Model", (), {"__module__": "timm", "__qualname__": "Model"})  # type: ignore[attr-defined]
    sys.modules["timm"] = module
    return module.Model()


def echo(question: Any) -> Any:
    return question
