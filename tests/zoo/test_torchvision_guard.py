"""torchvision must import beside whichever torch is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_torchvision_imports_in_a_fresh_process_and_its_networks_run() -> None:
    code = """
from resnet_viz.zoo.torchvision_guard import import_torchvision
import torch
network = import_torchvision().models.resnet18(weights=None).eval()
print(tuple(network(torch.zeros(1, 3, 32, 32)).shape))
"""
    assert run(code) == "(1, 1000)"


def test_declaring_the_operators_is_enough_when_the_compiled_library_cannot_load() -> None:
    code = """
import torch
from resnet_viz.zoo import torchvision_guard
real = torch.ops.load_library
def broken(path):
    raise OSError("libcudart is missing")
torch.ops.load_library = broken
torchvision = torchvision_guard.import_torchvision()
print(torchvision.extension._has_ops())
try:
    torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
except RuntimeError as error:
    print("refused")
"""
    assert run(code).splitlines() == ["False", "refused"]


def test_a_second_import_gives_the_same_module() -> None:
    pytest.importorskip("torch")
    from resnet_viz.zoo.torchvision_guard import import_torchvision

    assert import_torchvision() is import_torchvision()
