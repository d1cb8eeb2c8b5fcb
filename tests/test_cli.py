"""The command line: one document, one line, and never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from resnet_viz import cli, cli_text, zoo
from resnet_viz.graph import trace
from resnet_viz.zoo import catalog
from tests.graph.toys import SqueezeExcitation, conv, image


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> Any:
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> Result:
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        captured = capfd.readouterr()
        return Result(int(str(end.value.code)), captured.out, captured.err)

    return run


def test_list_names_every_network_once_under_its_family(run: Any) -> None:
    lines = run("list").out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == zoo.names()
    assert [line for line in lines if line and not line.startswith(("  ", "Also"))] == list(catalog.families())
    assert [row["name"] for row in run("list", "--json").document] == zoo.names()


def test_list_speaks_the_language_asked_for_and_json_does_not_change(run: Any) -> None:
    assert run("list", "--language", "zh", "--json").out == run("list", "--json").out


def test_show_tells_the_facts_of_a_network(run: Any) -> None:
    facts = run("show", "resnet50", "--set", "stride_in=1x1", "--json").document
    assert facts["label"] == "resnet50-stride_in1x1"
    assert (facts["parameters"], facts["depth"], facts["input"]) == (25_557_032, 50, [3, 224, 224])
    assert facts["macs"] / 1e9 == pytest.approx(3.858, abs=0.0005)  # He et al. 2015 state 3.8
    assert facts["junctions"] == {"identity": 12, "projection": 4}
    assert [stage["blocks"] for stage in facts["stages"]] == [3, 4, 6, 3]
    assert facts["paths"]["count"] == 2**16 == sum(facts["paths"]["by_length"])
    assert facts["paths"]["mean_length"] == 8


def test_show_prints_exact_numbers_for_people(run: Any) -> None:
    lines = dict(line.split(maxsplit=1) for line in run("show", "resnet20").out.splitlines())
    assert lines["Parameters"] == "269,722"
    assert lines["Paths"] == "512, 4.5 residual branches on average"
    assert lines["Junctions"] == "9: 7 identity, 2 resize"


def test_show_names_the_size_that_a_network_of_others_was_made_for(run: Any) -> None:
    facts = run("show", "torchvision:inception_v3", "--json").document
    assert facts["input"] == [3, 299, 299] and facts["overrides"] == {}
    lines = dict(line.split(maxsplit=1) for line in run("show", "torchvision:inception_v3").out.splitlines())
    assert "for an input of 3 × 299 × 299" in lines["Multiply–adds"]


def test_a_plain_network_has_one_path_and_no_junction(run: Any) -> None:
    facts = run("show", "plain20", "--json").document
    assert (facts["junctions"], facts["shortcuts"], facts["paths"]["by_length"]) == ({}, 0, [1])


def test_a_receptive_field_is_that_of_the_last_map_or_infinite() -> None:
    spec, last = zoo.spec("resnet20"), (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    local = trace(nn.Sequential(conv(), conv(), *last), image())
    gated = trace(nn.Sequential(conv(), SqueezeExcitation(), *last), image())
    assert cli_text.facts_document(spec, local)["receptive_field"] == 5
    assert "5 pixels, at the last map" in cli_text.facts_table(spec, local)
    assert cli_text.facts_document(spec, gated)["receptive_field"] is None
    assert "the whole input, before the head" in cli_text.facts_table(spec, gated)


def test_another_librarys_network_is_shown_by_its_name(run: Any) -> None:
    facts = run("show", "torchvision:resnet18", "--json").document
    assert (facts["parameters"], facts["shortcuts"]) == (11_689_512, 8)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("show resnet57", "unknown network 'resnet57': nearest are resnet56 and resnet62"),
        ("show resnet56 --set depth=57", "depth of resnet56 is 57: allowed are 6n+2 from 8 to 1202"),
        ("show resnet56 --set depth", "--set depth has no value: allowed is KEY=VALUE"),
        ("show resnet56 --set colour=red", "resnet56 has no colour: it has depth"),
        ("show", "Missing argument 'NAME'"),
        ("shwo resnet56", "No such command 'shwo'"),
        ("list --jsn", "No such option '--jsn'"),
        ("draw resnet20 -o a.gif", "the file a.gif ends in '.gif': allowed are .svg and .png"),
        ("draw resnet20", "Missing option '-o'"),
        ("draw resnet20 -o a.svg --stage 0", "0 is not in the range"),
        ("draw resnet20 -o a.svg --theme pink", "'pink' is not one of 'light', 'dark'"),
        ("probe gradients resnet20 --seed x", "'x' is not a valid integer"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run: Any, arguments: str, words: str) -> None:
    result = run(*arguments.split())
    assert (result.code, result.out) == (2, "")
    assert words in result.err and result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("show torchvision:resnet19", "torchvision has no network 'resnet19': the closest are torchvision:resnet18"),
        (
            "draw resnet20 -o {tmp}/a.svg --cut layer9.*",
            "no junction 'layer9.*': this network has layer1.*,layer2.*,layer3.*",
        ),
        ("draw resnet20 -o {tmp}/a.svg --shortcut layer1.0=half", "the factor in 'layer1.0=half' is no number"),
        ("draw resnet20 -o {tmp}/a.svg --shortcut layer1.9=0.5", "no junction 'layer1.9'"),
        ("draw resnet20 -o {tmp}/a.svg --block layer9.0", "layer9.0"),
        ("draw resnet20 -o {tmp}/a.svg --stage 4", "4"),
        ("draw resnet20 -o {tmp}/nowhere/a.svg", "nowhere/a.svg: No such file or directory"),
        ("probe gradients resnet20 --batch-size 0", "batch size is 0"),
    ],
)
def test_what_only_the_network_can_tell_is_one_line_too(run: Any, tmp_path: Path, arguments: str, words: str) -> None:
    result = run(*arguments.format(tmp=tmp_path).split())
    assert (result.code, result.out) == (2, "")
    assert words in result.err and result.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_draw_writes_the_same_svg_twice_and_a_cut_changes_it(run: Any, tmp_path: Path) -> None:
    pictures = []
    for name, options in (("a", ()), ("b", ()), ("c", ("--cut", "layer2.1"))):
        path = tmp_path / f"{name}.svg"
        assert run("draw", "resnet20", "-o", str(path), *options).code == 0
        pictures.append(path.read_text())
    assert pictures[0] == pictures[1] != pictures[2]
    assert ElementTree.fromstring(pictures[0]).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize(
    "options", ["--view network", "--stage 2", "--block layer2.0", "--block layer2.0 --drop layer2.0"]
)
def test_draw_writes_a_png_of_every_level(run: Any, tmp_path: Path, options: str) -> None:
    path = tmp_path / "a.png"
    result = run("draw", "resnet20", "-o", str(path), "--theme", "dark", *options.split())
    assert (result.code, result.out, result.err) == (0, "", "")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_probe_gradients_says_where_float32_underflows(run: Any) -> None:
    options = [
        "--set",
        "batch_norm=off",
        "--set",
        "init=normal",
        "--image-size",
        "8",
        "--batch-size",
        "4",
        "--seed",
        "1",
    ]
    document = run("probe", "gradients", "plain56", *options, "--json").document
    assert (document["seed"], document["batch_size"], len(document["blocks"])) == (1, 4, 27)
    assert document["blocks"][0]["gradient_norm"] == 0 and document["blocks"][0]["underflow"]
    assert "underflow" in run("probe", "gradients", "plain56", *options).out


def test_a_cut_network_is_probed_as_the_plain_one(run: Any) -> None:
    options = ["--set", "batch_norm=off", "--image-size", "8", "--batch-size", "4", "--json"]
    cut = run("probe", "gradients", "resnet8", "--cut", "layer1.*,layer2.*,layer3.*", *options).document
    plain = run("probe", "gradients", "plain8", *options).document
    assert [row["gradient_norm"] for row in cut["blocks"]] == [row["gradient_norm"] for row in plain["blocks"]]


def test_the_command_line_itself_never_imports_torch() -> None:
    code = """
import sys
from resnet_viz import cli
try:
    cli.main(["show", "resnet8", "--json"])
except SystemExit as end:
    print(end.code, {"torch", "streamlit", "plotly"} & set(sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "0 set()\n"


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m resnet_viz list | head -n 1"], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (f"{next(iter(catalog.families()))}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["--version"], ["show", "--help"]])
def test_help_is_no_error(run: Any, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.code, result.err) == (0, "") and result.out


def test_a_choice_is_drawn_side_by_side(run: Any, tmp_path: Path) -> None:
    result = run("draw", "resnet20", "--by", "shortcut", "-o", str(tmp_path / "forms.svg"))
    assert result.code == 0
    drawn = (tmp_path / "forms.svg").read_text()
    assert all(words in drawn for words in ("A: zero-padded identity", "none: a plain network"))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--by", "colour"], "resnet20 has no choice 'colour' to lay side by side: it has shortcut, batch_norm"),
        (["--by", "shortcut", "--cut", "layer1.0"], "only --block goes with it"),
        (["--by", "shortcut", "--block", "layer9.9"], "There is no block 'layer9.9'"),
    ],
)
def test_what_cannot_be_laid_side_by_side_is_one_sentence(
    run: Any, tmp_path: Path, more: list[str], sentence: str
) -> None:
    result = run("draw", "resnet20", "-o", str(tmp_path / "forms.svg"), *more)
    assert result.code == 2 and sentence in result.err and result.err.count("\n") == 1
    assert not (tmp_path / "forms.svg").exists()


@pytest.mark.parametrize(("name", "said"), [("resnet20", True), ("highway20", False)])
def test_the_mode_of_batch_norm_is_said_of_networks_that_have_one(run: Any, name: str, said: bool) -> None:
    first, *_rows = run("probe", "gradients", name, "--image-size", "8").out.splitlines()
    assert first.startswith(f"{name}: 32 × digits at 8 × 8, seed 0, ") and ", loss " in first
    assert (", batch norm mode train, " in first) == said
