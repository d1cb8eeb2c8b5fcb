"""The receptive field of each split of a block is what a gradient reaches."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.splits import splits
from resnet_viz.graph.tracing import trace
from resnet_viz.probes.architecture import graph_of

SMALL = {"depth": 11, "activation": "tanh"}  # tanh: a ReLU may stop a gradient


def fields(graph: NetworkGraph, block: str) -> list[float]:
    return [split.receptive_field for split in splits(graph, graph.folded.block[block])]


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_ladder_of_the_paper_sees_1_3_5_and_so_on(scale: int) -> None:
    graph = graph_of(zoo.spec("res2net50_26w_4s", scale=scale, wiring="paper"))
    for block in ("layer1.0", "layer1.1", "layer3.5"):
        assert fields(graph, block) == [2 * split + 1 for split in range(scale)]
    treatments = [split.treatment for split in splits(graph, graph.folded.block["layer4.2"])]
    assert treatments == ["untouched"] + ["convolved"] * (scale - 1)


def test_the_released_ladder_sees_the_same_with_the_untouched_split_last() -> None:
    graph = graph_of(zoo.spec("seres2net50_26w_4s"))
    found = splits(graph, graph.folded.block["layer2.1"])
    assert [(split.number, split.receptive_field) for split in found] == [(1, 3), (2, 5), (3, 7), (4, 1)]
    assert [split.treatment for split in found] == ["convolved"] * 3 + ["untouched"]


def test_the_first_block_of_a_released_stage_has_one_receptive_field() -> None:
    graph = graph_of(zoo.spec("res2next50"))
    for block in ("layer1.0", "layer2.0"):
        assert fields(graph, block) == [3, 3, 3, 3]
        assert [split.treatment for split in splits(graph, graph.folded.block[block])][-1] == "pooled"


@pytest.mark.parametrize("wiring", ["paper", "released"])
@pytest.mark.parametrize("stage", ["layer1", "layer2"])
def test_a_split_sees_what_the_gradient_of_its_centre_reaches(wiring: str, stage: str) -> None:
    torch.manual_seed(0)
    spec = zoo.spec("res2next29_6cx24wx4s", **SMALL, wiring=wiring, width=8, cardinality=1)
    block = zoo.build(spec).eval().get_submodule(f"{stage}.0")
    channels = {"layer1": 64, "layer2": 256}[stage]
    assert fields(graph_of(spec), f"{stage}.0") == [reached(block.residual, channels, split) for split in range(4)]


def reached(residual: nn.Sequential, channels: int, split: int) -> int:
    """From the first to the last column of the input on which the middle of a split depends."""
    x = torch.randn(1, channels, 31, 31, requires_grad=True)
    parts: list[Tensor] = list(residual[: list(residual._modules).index("splits") + 1](x).chunk(4, dim=1))
    part = parts[split]
    (gradient,) = torch.autograd.grad(part[0, :, part.shape[2] // 2, part.shape[3] // 2].sum(), x)
    columns = gradient.abs().sum((0, 1, 2)).nonzero().flatten()  # of which a stride may skip some
    return int(columns[-1] - columns[0]) + 1


def test_a_block_without_splits_has_none() -> None:
    graph = graph_of(zoo.spec("resnet50"))
    assert all(splits(graph, block) == () for block in graph.blocks)


class OtherConcatenation(nn.Module):
    """What it concatenates does not come from the parts alone."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        first, _second = x.chunk(2, dim=1)
        return x + self.conv2(torch.cat([self.conv(first), x[:, :4] + self.conv(x[:, 4:])], dim=1))


class Blocks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = OtherConcatenation(), OtherConcatenation()

    def forward(self, x: Tensor) -> Tensor:
        return self.two(self.one(x))


def test_only_what_was_parted_in_one_place_counts_as_splits() -> None:
    graph = trace(Blocks(), torch.zeros(1, 8, 8, 8))
    assert graph.blocks and all(splits(graph, block) == () for block in graph.blocks)
