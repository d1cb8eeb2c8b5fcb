"""The files beside the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("command", ["list", "draw resnet20 -o drawn.svg", "draw resnet20 -o drawn.svg --language zh"])
def test_a_package_without_its_files_says_so_in_one_line(command: str, tmp_path: Path) -> None:
    """As after `pip install .`, which takes the package and nothing beside it."""
    shutil.copytree(ROOT / "resnet_viz", tmp_path / "resnet_viz", ignore=shutil.ignore_patterns("__pycache__"))
    ended = subprocess.run(
        [sys.executable, "-m", "resnet_viz", *command.split()], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "pip install --editable ." in line
