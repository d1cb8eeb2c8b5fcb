"""Where the files of assets/ are: beside the package in a checkout, so that every command works from any directory."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "assets"


def path(name: str) -> Path:
    """Path of a file below assets/, which may not exist; FileNotFoundError where there is no assets/ at all."""
    return _root() / name


@cache
def _root() -> Path:
    if not ROOT.is_dir():
        raise FileNotFoundError(
            "ResNet Viz is installed without its files (graphs, fonts, words): "
            "in a checkout of it run `pip install --editable .`"
        )
    return ROOT
