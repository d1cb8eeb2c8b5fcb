"""One call for every view, and the names of files."""

from __future__ import annotations

import subprocess
import sys

import pytest

from resnet_viz.diagrams import VIEWS, draw, file_name
from resnet_viz.graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery
from tests.toy_networks import toy


@pytest.fixture
def graph() -> NetworkGraph:
    return toy("residual")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_titled_and_described(graph: NetworkGraph, view: str) -> None:
    scene = draw(graph, view)
    assert scene.items and scene.title.startswith("residual") and scene.description


def test_without_a_choice_the_first_stage_and_block_are_drawn(graph: NetworkGraph) -> None:
    assert draw(graph, "stage").items == draw(graph, "stage", stage=1).items
    assert draw(graph, "block").items == draw(graph, "block", block=graph.blocks[0].name).items


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"view": "galaxy"}, r"no view 'galaxy'; there are network, stage, block"),
        ({"view": "stage", "stage": 3}, r"no stage 3; residual has stages 1 to 2"),
        ({"view": "stage", "stage": 0}, r"no stage 0; residual has stages 1 to 2"),
        ({"view": "block", "block": "<b>"}, r"no block '<b>'; residual has 1\.0 to 3\.2"),
        ({"view": "network", "surgery": Surgery.of(cut=["nowhere"])}, r"no junction 'nowhere'"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(graph: NetworkGraph, wrong: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        draw(graph, **wrong)


def test_a_file_name_says_what_is_drawn() -> None:
    cut = Surgery.of(cut=["layer3.1"])
    assert file_name("resnet50", "network", surgery=cut) == "resnet50-network-cut-layer3.1.svg"
    assert file_name("resnet50", "stage", stage=2, suffix="png") == "resnet50-stage2.png"
    assert file_name("resnet20-shortcutB", "block", block="layer1.0") == "resnet20-shortcutB-block-layer1.0.svg"
    mixed = Surgery.of(drop=["a.1"], shortcuts={"a.2": 0.5}, branches={"a.2": -1})
    assert file_name("n", "network", surgery=mixed) == "n-network-drop-a.1-shortcut-a.2=0.5-branch-a.2=-1.svg"


@pytest.mark.parametrize("name", ["timm:x/y", "../../etc/passwd", 'a"b', "a b", "残差", "a\nb", "." * 300, "CON:1"])
def test_a_file_name_is_safe_everywhere(name: str) -> None:
    made = file_name(name, "network", surgery=Surgery.of(cut=[name]))
    assert len(made) < 140 and made[0] not in ".-_/"
    assert all(character.isascii() and (character.isalnum() or character in ".+_=-") for character in made)


def test_different_surgeries_of_many_junctions_have_different_names() -> None:
    names = {file_name("n", "network", surgery=Surgery.of(cut=[f"a.{i}" for i in range(k)])) for k in range(30)}
    assert len(names) == 30


def test_drawing_needs_neither_torch_nor_streamlit() -> None:
    code = "import sys, resnet_viz.diagrams, resnet_viz.diagrams.layout.block, resnet_viz.diagrams.layout.stage\n"
    code += "import resnet_viz.diagrams.layout.network, resnet_viz.diagrams.writers.png\n"
    code += "sys.exit(sorted({'torch', 'streamlit', 'plotly', 'matplotlib'} & set(sys.modules)) or 0)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""
