"""Where the files of assets/ are: beside the package in a checkout, so that every command works from any directory."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "assets"


def path(name: str) -> Path:
    """Path of a file below assets/, which may not exist."""
    return ROOT / name
