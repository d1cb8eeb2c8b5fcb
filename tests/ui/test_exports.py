"""The command that the page shows makes the file that the page saves."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_viz import zoo
from resnet_viz.graph.shipped import shipped
from resnet_viz.surgery.plan import Surgery
from resnet_viz.ui.exports import Drawing

ROOT = Path(__file__).parents[2]

SURGERY = Surgery.of(
    cut=["layer1.0", "layer1.1"], drop=["layer2.1"], shortcuts={"layer3.0": 0.5}, branches={"layer3.1": 2}
)


@pytest.mark.parametrize(
    "where", [{"view": "network"}, {"view": "stage", "stage": 2}, {"view": "block", "block": "layer3.0"}]
)
def test_the_command_makes_the_same_file(where: dict, tmp_path: Path) -> None:
    graph = shipped("resnet20")
    assert graph is not None
    drawing = Drawing(zoo.spec("resnet20"), graph, SURGERY, **where)
    words = shlex.split(drawing.command())
    assert words[0] == "python"
    subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True)
    (made,) = tmp_path.iterdir()
    assert made.name == drawing.file_name("svg")
    assert made.read_bytes() == drawing.make("svg")


def test_the_command_names_what_was_changed_in_the_network() -> None:
    graph = shipped("resnet20")
    assert graph is not None
    spec = zoo.spec("resnet56", depth=26, shortcut="B", batch_norm=False)
    assert (
        "--set depth=26 --set shortcut=B --set batch_norm=False" in Drawing(spec, graph, Surgery(), "network").command()
    )
