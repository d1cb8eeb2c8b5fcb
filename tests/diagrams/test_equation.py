"""The equation of a block says what its graph computes: of every family, of libraries' networks, and after surgery."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.diagrams.equation import block_equation
from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.graph.shipped import shipped
from resnet_viz.probes.architecture import graph_of
from resnet_viz.surgery.plan import Surgery
from resnet_viz.zoo.specs import PreActSpec
from tests.networks import NETWORKS, Case, each_network

A_L = r"a_l = \mathrm{ReLU}\big(\mathrm{BN}(x_l)\big)"
IDENTITY = r"x_{l+1} = x_l + \mathcal F(x_l)"
RK4 = (
    r"k_{1} = \mathcal F_{1}(x_l),\quad k_{2} = \mathcal F_{2}\big(x_l + \tfrac{1}{2}\,k_{1}\big),\quad "
    r"k_{3} = \mathcal F_{3}\big(x_l + \tfrac{1}{2}\,k_{2}\big),\quad k_{4} = \mathcal F_{4}\big(x_l + k_{3}\big)"
)


def lines(graph: NetworkGraph, block: str, surgery: Surgery | None = None) -> list[str]:
    """The lines of a block's equation, without what aligns them."""
    text = block_equation(graph.folded, graph.folded.block[block], surgery)
    text = text.removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}")
    return [line.replace("&", "") for line in text.split(r"\\ ")]


def of(name: str, block: str, **changes: Any) -> list[str]:
    """The equation of a block of a catalog network with some of its choices changed."""
    return lines(graph_of(replace(zoo.spec(name), **changes)), block)


def preact(block: str = "layer1.0", **changes: Any) -> list[str]:
    return lines(graph_of(PreActSpec(depth=8, **changes)), block)


def distinct(graph: NetworkGraph) -> Iterator[str]:
    """The equations of the blocks that differ."""
    for block in {block.signature: block for block in graph.blocks}.values():
        yield block_equation(graph.folded, block)


# ---- the families


@pytest.mark.parametrize(
    ("name", "block", "equation"),
    [
        ("resnet20", "layer1.0", r"\mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"),
        ("resnet20", "layer2.0", r"\mathrm{ReLU}\big(\mathrm{pad}(x_l) + \mathcal F(x_l)\big)"),
        ("resnet50", "layer1.0", r"\mathrm{ReLU}\big(W_s\,x_l + \mathcal F(x_l)\big)"),
        ("plain20", "layer1.0", r"\mathrm{ReLU}\big(\mathcal F(x_l)\big)"),
        ("resnext29_8x64d", "layer1.1", r"\mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"),
        ("res2net50_26w_4s", "layer1.1", r"\mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"),
        ("wrn_16_8", "layer1.1", r"x_l + \mathcal F(x_l)"),
        ("beta_resnet110", "layer1.1", r"\mathrm{ReLU}\big(x_l + 0.1\,\mathcal F(x_l)\big)"),
        ("skipinit_resnet110", "layer1.1", r"\mathrm{ReLU}\big(x_l + \alpha\,\mathcal F(x_l)\big)"),
        ("rezero_resnet110", "layer1.1", r"x_l + \alpha\,\mathcal F(x_l)"),
        ("fixup_resnet110", "layer1.1", r"\mathrm{ReLU}\big(x_l + \alpha\,\mathcal F(x_l) + b\big)"),
        ("mlp_residual_bn", "layers.0", r"x_l + \mathcal F(x_l)"),
        ("mlp_looks_linear", "layers.0", r"\mathcal F(x_l)"),
        ("highway20", "layer1.0", r"\big(1 - g(x_l)\big) \odot x_l + g(x_l) \odot \mathcal F(x_l)"),
        ("highway20", "layer2.0", r"\mathrm{ReLU}\big(\mathcal F(x_l)\big)"),
        ("rexnet_100", "layer2.0", r"\mathcal F(x_l)"),
        ("rexnet_100", "layer2.1", r"\big[x_l + \mathcal F_{1\ldots 27}(x_l),\ \mathcal F_{28\ldots 38}(x_l)\big]"),
        ("unipose_resnet50", "layer4.1", r"\mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"),
        ("unipose_resnet50", "decoder", r"\mathcal F(x_l, z_l)"),
        ("ho_resnet26_euler", "layer1.0", r"\mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"),
        ("vgg11", "conv1_1", r"\mathrm{ReLU}\big(\mathcal F(x_l)\big)"),
    ],
)
def test_a_block_in_one_line(name: str, block: str, equation: str) -> None:
    assert of(name, block) == ["x_{l+1} = " + equation]


def test_own_gates_of_a_highway_are_told_apart() -> None:
    assert of("highway20", "layer1.0", carry="own") == [r"x_{l+1} = C(x_l) \odot x_l + T(x_l) \odot \mathcal F(x_l)"]


@pytest.mark.parametrize("form", ["sum", "concat", "grouped"])
def test_the_forms_of_a_resnext_block_have_one_equation(form: str) -> None:
    assert of("resnext29_8x64d", "layer1.1", form=form) == [r"x_{l+1} = \mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"]


@pytest.mark.parametrize("factor", [0.5, 0.01])
def test_a_factor_of_the_branch_stands_before_it(factor: float) -> None:
    assert of("mlp_residual", "layers.0", beta=factor) == [rf"x_{{l+1}} = x_l + {factor}\,\mathcal F(x_l)"]


def test_a_projection_of_the_activated_input_says_so() -> None:
    equation = [r"x_{l+1} = W_s\,a_l + \mathcal F(a_l)", A_L]
    assert of("wrn_16_8", "layer2.0") == equation
    assert of("preact_resnet164", "layer1.0") == equation


def test_squeeze_and_excitation_is_a_gate_that_sees_the_branch() -> None:
    assert of("seresnet50", "layer1.1") == [
        r"x_{l+1} = \mathrm{ReLU}\big(x_l + s \odot \mathcal F(x_l)\big)",
        r"s = g\big(\mathcal F(x_l)\big)",
    ]


def test_a_dropped_branch_has_a_random_factor() -> None:
    assert of("stochastic_depth_resnet110", "layer3.17") == [
        r"x_{l+1} = \mathrm{ReLU}\big(x_l + b_l\,\mathcal F(x_l)\big)",
        r"\Pr(b_l = 0) = 0.5",
    ]


# ---- ResNet v2


@pytest.mark.parametrize(
    ("arrangement", "equation"),
    [
        ("a", r"x_{l+1} = \mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"),
        ("b", r"x_{l+1} = \mathrm{ReLU}\big(\mathrm{BN}\big(x_l + \mathcal F(x_l)\big)\big)"),
        ("c", IDENTITY),
        ("d", IDENTITY),
        ("e", IDENTITY),
    ],
)
def test_each_arrangement_of_resnet_v2(arrangement: str, equation: str) -> None:
    assert lines(graph_of(PreActSpec(depth=14, arrangement=arrangement)), "layer1.1") == [equation]


@pytest.mark.parametrize(
    ("shortcut", "equation"),
    [
        ("identity", r"a_l + \mathcal F(a_l)"),
        ("scaled", r"0.5\,a_l + \mathcal F(a_l)"),
        ("exclusive", r"\big(1 - g(a_l)\big) \odot a_l + g(a_l) \odot \mathcal F(a_l)"),
        ("shortcut_only", r"\big(1 - g(a_l)\big) \odot a_l + \mathcal F(a_l)"),
        ("1x1", r"W_s\,a_l + \mathcal F(a_l)"),
        ("dropout", r"\mathrm{dropout}_{0.5}(a_l) + \mathcal F(a_l)"),
    ],
)
def test_each_shortcut_of_resnet_v2_in_the_first_unit_carries_the_activated_input(shortcut: str, equation: str) -> None:
    assert preact(shortcut=shortcut) == [f"x_{{l+1}} = {equation}", A_L]


def test_both_factors_of_constant_scaling_are_written() -> None:
    equation = r"x_{l+1} = 0.3\,\mathrm{pad}(x_l) + 0.7\,\mathcal F(x_l)"
    assert preact("layer2.0", shortcut="scaled", shortcut_scale=0.3, branch_scale=0.7) == [equation]


def test_gates_of_the_original_arrangement_stand_inside_the_activation() -> None:
    inner = r"\big(1 - g(x_l)\big) \odot \mathrm{pad}(x_l) + g(x_l) \odot \mathcal F(x_l)"
    assert preact("layer2.0", shortcut="exclusive", arrangement="a") == [
        rf"x_{{l+1}} = \mathrm{{ReLU}}\big({inner}\big)"
    ]


# ---- Runge-Kutta steps


def test_runge_kutta_4() -> None:
    assert of("ho_resnet26_rk4", "layer1.0") == [
        r"x_{l+1} = \mathrm{ReLU}\big(x_l + \tfrac{1}{6}\,\big(k_{1} + 2\,k_{2} + 2\,k_{3} + k_{4}\big)\big)",
        RK4,
    ]


@pytest.mark.parametrize(("shortcut", "carried"), [("A", r"\mathrm{pad}(x_l)"), ("B", r"W_s\,x_l")])
def test_the_first_stage_reads_x_and_the_others_what_the_shortcut_makes_of_it(shortcut: str, carried: str) -> None:
    first, *others = RK4.split(r"\quad ")
    assert of("ho_resnet26_rk4", "layer2.0", shortcut=shortcut) == [
        r"x_{l+1} = \mathrm{ReLU}\big(\bar x_l + \tfrac{1}{6}\,\big(k_{1} + 2\,k_{2} + 2\,k_{3} + k_{4}\big)\big)",
        rf"\bar x_l = {carried}",
        r"\quad ".join([first, *(other.replace("x_l", r"\bar x_l") for other in others)]),
    ]


@pytest.mark.parametrize(
    ("name", "increment", "last"),
    [
        ("ho_resnet26_midpoint", "k_{2}", r"k_{2} = \mathcal F_{2}\big(x_l + \tfrac{1}{2}\,k_{1}\big)"),
        (
            "ho_resnet20_heun3",
            r"\tfrac{1}{4}\,\big(k_{1} + 3\,k_{3}\big)",
            r"k_{3} = \mathcal F_{3}\big(x_l + \tfrac{2}{3}\,k_{2}\big)",
        ),
        (
            "ho_resnet20_rk3",
            r"\tfrac{1}{6}\,\big(k_{1} + 4\,k_{2} + k_{3}\big)",
            r"k_{3} = \mathcal F_{3}\big(x_l - k_{1} + 2\,k_{2}\big)",
        ),
    ],
)
def test_other_runge_kutta_steps(name: str, increment: str, last: str) -> None:
    step, stages = of(name, "layer1.0")
    assert step == rf"x_{{l+1}} = \mathrm{{ReLU}}\big(x_l + {increment}\big)"
    assert stages.split(r",\quad ")[0] == r"k_{1} = \mathcal F_{1}(x_l)"
    assert stages.split(r",\quad ")[-1] == last


# ---- surgery


@pytest.mark.parametrize(
    ("name", "cut", "dropped", "half"),
    [
        ("resnet20", r"\mathcal F(x_l)", "x_l", r"0.5\,x_l + 0.25\,\mathcal F(x_l)"),
        (
            "skipinit_resnet110",
            r"\alpha\,\mathcal F(x_l)",
            "x_l",
            r"0.5\,x_l + 0.25\,\alpha\,\mathcal F(x_l)",
        ),
        ("beta_resnet110", r"0.1\,\mathcal F(x_l)", "x_l", r"0.5\,x_l + 0.25 \cdot 0.1\,\mathcal F(x_l)"),
        (
            "fixup_resnet110",
            r"\alpha\,\mathcal F(x_l) + b",
            "x_l",
            r"0.5\,x_l + 0.25\,\big(\alpha\,\mathcal F(x_l) + b\big)",
        ),
    ],
)
def test_surgery_takes_terms_away_and_gives_them_factors(name: str, cut: str, dropped: str, half: str) -> None:
    graph, at = graph_of(zoo.spec(name)), "layer1.1"
    expected = {
        Surgery.of(cut=[at]): cut,
        Surgery.of(drop=[at]): dropped,
        Surgery.of(cut=[at], drop=[at]): "0",
        Surgery.of(shortcuts={at: 0.5}, branches={at: 0.25}): half,
    }
    for surgery, inner in expected.items():
        (line,) = lines(graph, at, surgery)
        assert re.fullmatch(r"x_\{l\+1\} = \\mathrm\{ReLU\}(?:\\big)?\((.*?)(?:\\big)?\)", line).group(1) == inner  # type: ignore[union-attr]


def test_surgery_of_a_gated_shortcut_leaves_the_gate_of_the_branch() -> None:
    graph, at = graph_of(zoo.spec("highway20")), "layer1.0"
    assert lines(graph, at, Surgery.of(cut=[at])) == [r"x_{l+1} = g(x_l) \odot \mathcal F(x_l)"]
    assert lines(graph, at, Surgery.of(drop=[at])) == [r"x_{l+1} = \big(1 - g(x_l)\big) \odot x_l"]
    negative = lines(graph, at, Surgery.of(branches={at: -1}))
    assert negative == [r"x_{l+1} = \big(1 - g(x_l)\big) \odot x_l - g(x_l) \odot \mathcal F(x_l)"]


def test_surgery_reaches_the_sum_of_some_channels() -> None:
    graph, at = graph_of(zoo.spec("rexnet_100")), "layer2.1"
    whole = r"\mathcal F_{28\ldots 38}(x_l)\big]"
    assert lines(graph, at, Surgery.of(cut=[at])) == [rf"x_{{l+1}} = \big[\mathcal F_{{1\ldots 27}}(x_l),\ {whole}"]
    assert lines(graph, at, Surgery.of(drop=[at])) == [rf"x_{{l+1}} = \big[x_l,\ {whole}"]


def test_what_a_changed_block_no_longer_uses_is_not_defined() -> None:
    step = graph_of(zoo.spec("ho_resnet26_rk4"))
    assert lines(step, "layer1.0", Surgery.of(drop=["layer1.0"])) == [r"x_{l+1} = \mathrm{ReLU}(x_l)"]
    gated = graph_of(zoo.spec("seresnet50"))
    assert lines(gated, "layer1.1", Surgery.of(drop=["layer1.1"])) == [r"x_{l+1} = \mathrm{ReLU}(x_l)"]


def test_surgery_of_an_inner_sum_of_a_step_keeps_the_numbers_of_the_stages() -> None:
    graph = graph_of(zoo.spec("ho_resnet26_rk4"))
    cut, dropped = Surgery.of(cut=["layer1.0:3"]), Surgery.of(drop=["layer1.0:3"])
    for surgery, third in ((cut, r"(\tfrac{1}{2}\,k_{2})"), (dropped, "(x_l)")):
        stages = lines(graph, "layer1.0", surgery)[1].split(r",\quad ")
        assert stages[2] == rf"k_{{3}} = \mathcal F_{{3}}{third}"
        assert [*stages[:2], stages[3]] == [RK4.split(r",\quad ")[n] for n in (0, 1, 3)]


# ---- libraries


def library(name: str) -> NetworkGraph:
    return next(case for case in NETWORKS if case.name == name).graph


@pytest.mark.parametrize(
    ("name", "block", "equation"),
    [
        ("torchvision:resnet18", "layer2.0", [r"x_{l+1} = \mathrm{ReLU}\big(W_s\,x_l + \mathcal F(x_l)\big)"]),
        ("timm:res2net50_26w_4s", "layer1.1", [r"x_{l+1} = \mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"]),
        ("timm:gcresnet50t", "stages.0.1", [r"x_{l+1} = \mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big)"]),
        (
            "timm:vit_tiny_patch16_224",
            "blocks.0",
            [r"x'_l = x_l + \mathcal F_{1}(x_l)", r"x_{l+1} = x'_l + \mathcal F_{2}(x'_l)"],
        ),
        ("torchvision:densenet121", "features.denseblock1.denselayer2", [r"x_{l+1} = \big[x_l,\ \mathcal F(x_l)\big]"]),
        (
            "timm:poolformer_s12",
            "stages.0.blocks.0",
            [
                r"x'_l = x_l + \gamma_{1} \odot \mathcal F_{1}(x_l)",
                r"x_{l+1} = x'_l + \gamma_{2} \odot \mathcal F_{2}(x'_l)",
            ],
        ),
        ("timm:resnetv2_50", "stages.0.blocks.0", [r"x_{l+1} = W_s\,a_l + \mathcal F(a_l)", A_L]),
        (
            "timm:dla34",
            "level2.tree2",
            [r"x_{l+1} = \big[\mathrm{ReLU}\big(x_l + \mathcal F(x_l)\big),\ x_l\big]"],
        ),
        (
            "timm:rexnet_100",
            "features.2",
            [r"x_{l+1} = \big[x_l + \mathcal F_{1\ldots 27}(x_l),\ \mathcal F_{28\ldots 38}(x_l)\big]"],
        ),
    ],
)
def test_blocks_of_libraries(name: str, block: str, equation: list[str]) -> None:
    assert lines(library(name), block) == equation


def test_a_block_that_splits_its_channels_names_the_parts() -> None:
    (halves,) = {text for text in distinct(library("torchvision:shufflenet_v2_x1_0")) if "[" in text}
    assert halves == r"x_{l+1} = \big[{x_l}^{(1)},\ \mathcal F\big({x_l}^{(2)}\big)\big]"


# ---- every block there is


class ManySums(nn.Module):
    """A branch of which every step adds its input, many times over; or a sum of many branches."""

    def __init__(self, number: int, is_nested: bool = True) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(4, 4, 3, padding=1) for _ in range(number))
        self.is_nested = is_nested

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for layer in self.layers:
            y = x + torch.relu(layer(y)) if self.is_nested else y + torch.relu(layer(x))
        return y


@pytest.mark.parametrize(
    ("block", "equation"),
    [
        (ManySums(1), IDENTITY),
        (ManySums(20), IDENTITY),  # no stage is shown
        (ManySums(2, is_nested=False), r"x_{l+1} = x_l + \mathcal F_{1}(x_l) + \mathcal F_{2}(x_l)"),
        (ManySums(50, is_nested=False), r"x_{l+1} = \mathcal F(x_l)"),  # too long
    ],
)
def test_a_block_of_very_many_sums_is_read_as_one(block: nn.Module, equation: str) -> None:
    graph = trace(nn.Sequential(block, block).eval(), torch.zeros(1, 4, 8, 8))
    assert set(distinct(graph)) == {equation}


def assert_well_formed(text: str) -> None:
    """Braces, parentheses and brackets match, lines are those of one `aligned`, no name of the code is in it."""
    depth = {"{": 0, "(": 0, "[": 0}
    for opening, closing in ("{}", "()", "[]"):
        for character in text:
            depth[opening] += (character == opening) - (character == closing)
            assert depth[opening] >= 0, text
        assert not depth[opening], text
    assert text.startswith((r"\begin{aligned}", "x_{l+1} = ")), text
    assert text.count(r"\begin{aligned}") == text.count(r"\end{aligned}") == (r"\\" in text), text
    assert re.search(r"\\mathcal F|x_l|a_l", text), text
    assert not re.search(r"weight|bias|conv|layer\d|None|Function|nan|inf", text), text


@pytest.mark.parametrize("name", zoo.names())
def test_every_block_of_the_catalog_has_an_equation(name: str) -> None:
    graph = shipped(name)  # another test holds it to a fresh trace
    assert graph is not None
    for block in {block.signature: block for block in graph.blocks}.values():
        assert_well_formed(block_equation(graph.folded, block))
        for junction in block.junctions:
            changed = Surgery.of(shortcuts={junction: 0.5}, branches={junction: -0.5})
            cut = Surgery.of(cut=[junction])
            for surgery in (changed, cut):
                assert_well_formed(block_equation(graph.folded, block, surgery))


@each_network
def test_every_block_of_a_library_has_an_equation(network: Case) -> None:
    for text in distinct(network.graph):
        assert_well_formed(text)


def katex() -> Path | None:
    """Streamlit's own copy of what typesets formulas in the browser."""
    return next((Path(streamlit.__file__).parent / "static/static/js").glob("katex.*.js"), None)


def parsed(texts: Iterable[str], folder: Path) -> list[str]:
    """What KaTeX says against these formulas."""
    script = katex()
    assert script is not None
    (folder / "katex.mjs").write_bytes(script.read_bytes())
    (folder / "parse.mjs").write_text(
        """import katex from "./katex.mjs";
        const faults = [];
        for (const text of JSON.parse(process.argv[2])) {
            try { katex.renderToString(text, {displayMode: true, strict: "error", throwOnError: true}); }
            catch (fault) { faults.push(text + ": " + fault.message); }
        }
        console.log(JSON.stringify(faults));""",
        encoding="utf-8",
    )
    command = ["node", str(folder / "parse.mjs"), json.dumps(sorted(set(texts)))]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(shutil.which("node") is None or katex() is None, reason="needs node and KaTeX")
def test_the_browser_can_typeset_them(tmp_path: Path) -> None:
    names = ["resnet20", "highway20", "seresnet50", "rexnet_100", "ho_resnet26_rk4", "fixup_resnet110", "wrn_16_8"]
    texts = [text for name in names for text in distinct(graph_of(zoo.spec(name)))]
    texts += [text for case in NETWORKS if case.is_quick for text in distinct(case.graph)]
    assert parsed(texts, tmp_path) == []
