"""What the rooms below ui need: nothing that only a page has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

WITHOUT_A_PAGE = """
import importlib, pkgutil, sys
for name in ("streamlit", "plotly"):
    sys.modules[name] = None  # as if not installed
import resnet_viz
rooms = [m.name for m in pkgutil.walk_packages(resnet_viz.__path__, "resnet_viz.", onerror=lambda name: None)]
above = ("resnet_viz.ui", "resnet_viz.figures", "resnet_viz.__main__")
rooms = [name for name in rooms if not name.startswith(above)]
importlib.import_module("resnet_viz.figures.depth")  # a chart of our own; others are Plotly figures
for name in rooms:
    importlib.import_module(name)
import torch
from resnet_viz import diagrams, graph, zoo
traced = graph.trace(zoo.build("resnet20").eval(), torch.zeros(2, 3, 8, 8), name="resnet20")
assert diagrams.draw(traced, view="network").to_svg().startswith("<svg")
print(*rooms)
"""


def test_the_rooms_below_ui_need_neither_streamlit_nor_plotly(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_PAGE], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    for room in ("cli", "compute.worker", "diagrams.draw", "graph.tracing", "probes.gradients", "zoo"):
        assert f"resnet_viz.{room}" in ended.stdout.split()
