"""Folding: blocks by stage are the configuration's, every operation lies in one item, every shortcut has one arc."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_viz import zoo
from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.graph.fold import Block, FoldedGraph, Words, fold
from tests.graph.toys import DenseLayers, image
from tests.networks import NETWORKS, Case, each_network
from tests.toy_networks import TOYS, toy

GRAPHS = {case.name: case for case in NETWORKS}

# Blocks by stage, from the networks' papers and configurations.
BLOCKS = {
    "torchvision:resnet18": [2, 2, 2, 2],
    "torchvision:resnet50": [3, 4, 6, 3],
    "torchvision:densenet121": [6, 12, 24, 16],
    "torchvision:mobilenet_v2": [1, 2, 3, 4, 3, 3, 1],
    "torchvision:efficientnet_b0": [1, 2, 2, 3, 3, 4, 1],
    "torchvision:convnext_tiny": [3, 3, 9, 3],
    "torchvision:swin_t": [2, 2, 6, 2],
    "torchvision:vit_b_16": [12],
    "torchvision:googlenet": [2, 5, 2],
    "torchvision:vgg16_bn": [2, 2, 3, 3, 3],
    "timm:swin_tiny_patch4_window7_224": [2, 2, 6, 2],
    "timm:res2net50_26w_4s": [3, 4, 6, 3],
    "timm:ghostnet_100": [1, 2, 2, 4, 2, 5],
    "timm:poolformer_s12": [2, 2, 6, 2],
    "timm:hrnet_w18_small": [1, 4, 6, 8, 4],
    "timm:dla34": [2, 4, 4, 2],
    "timm:cspresnet50": [3, 3, 5, 2],
    "timm:inception_resnet_v2": [1, 10, 1, 20, 1, 9, 1],
}
BLOCKS_OF_TOYS = {
    "residual": [3, 3],
    "highway": [3, 3],
    "runge-kutta": [3, 3],
    "u-net": [3, 1, 3],
    "super-resolution": [6],
    "recurrent": [5],
    "flat": [6],
    "two-streams": [3, 2],
}


def by_stage(folded: FoldedGraph) -> list[int]:
    return [len(stage.blocks) for stage in folded.stages]


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_by_stage_are_the_configuration_s(name: str) -> None:
    assert by_stage(GRAPHS[name].graph.folded) == BLOCKS[name]


@pytest.mark.parametrize("name", TOYS)
def test_blocks_by_stage_of_small_networks(name: str) -> None:
    assert by_stage(toy(name).folded) == BLOCKS_OF_TOYS[name]


def assert_whole(graph: NetworkGraph) -> None:
    """Every drawn operation lies in one item, items read only earlier ones, and nothing between them is lost."""
    folded = fold(graph)
    held = [op for item in folded.items for op in item.ops]
    assert sorted(held) == sorted(folded.words) and len(set(held)) == len(held)
    assert len({item.name for item in folded.items}) == len(folded.items)
    for position, item in enumerate(folded.items):
        assert item.position == position
        assert all(source < position for source in item.inputs)
        read = {folded.item_of[s] for op in item.ops for s in folded.inputs[op]} - {position}
        assert set(item.inputs) == read
    for block in folded.blocks:
        assert block.output in block.ops and block.shape == graph.ops[block.output].shape
        outside = set(folded.users[block.output]) - set(block.ops)
        assert outside or block.output in {folded.drawn(op) for op in graph.outputs}


def assert_one_arc_each(graph: NetworkGraph) -> None:
    top = [j.name for j in graph.junctions if j.parent is None and j.kind != "context"]
    arcs = [arc.junction.name for arc in graph.folded.arcs]
    assert len(set(arcs)) == len(arcs)
    assert set(top) <= set(arcs)
    for arc in graph.folded.arcs:
        assert arc.junction.op in graph.folded.items[arc.target].ops
        assert arc.source is None or arc.source < arc.target


@each_network
def test_nothing_is_lost_and_every_shortcut_has_one_arc(network: Case) -> None:
    assert_whole(network.graph)
    assert_one_arc_each(network.graph)


@pytest.mark.parametrize("name", TOYS)
def test_nothing_is_lost_of_small_networks(name: str) -> None:
    assert_whole(toy(name))
    assert_one_arc_each(toy(name))


@pytest.mark.parametrize("depth", [8, 20])
def test_a_plain_twin_has_the_residual_network_s_blocks_and_stages(depth: int) -> None:
    folded = []
    for name in (f"resnet{depth}", f"plain{depth}"):
        spec = zoo.spec(name.replace(str(depth), "20"), depth=depth)
        folded.append(trace(zoo.build(spec).eval(), torch.zeros(2, 3, 8, 8)).folded)
    residual, plain = folded
    assert [block.name for block in residual.blocks] == [block.name for block in plain.blocks]
    assert [stage.title for stage in residual.stages] == ["layer1", "layer2", "layer3"]
    assert [stage.title for stage in plain.stages] == ["layer1", "layer2", "layer3"]
    assert all(block.junctions for block in residual.blocks) and not any(block.junctions for block in plain.blocks)


def test_a_block_ends_with_its_activation() -> None:
    graph = trace(zoo.build("resnet20").eval(), torch.zeros(2, 3, 8, 8))
    for block in graph.folded.blocks:
        assert graph.folded.words[block.output].label == "ReLU"
        assert block.output > graph.junction[block.junctions[0]].op


def test_blocks_that_do_the_same_share_a_signature() -> None:
    graph = trace(zoo.build("resnet20").eval(), torch.zeros(2, 3, 8, 8))
    first, second, third = graph.folded.stages[1].blocks
    assert first.signature != second.signature == third.signature  # the first one strides


def test_a_long_shortcut_around_blocks_is_an_arc_and_no_block() -> None:
    folded = toy("super-resolution").folded
    (long,) = [arc for arc in folded.arcs if arc.source is not None and arc.target - arc.source > 1]
    assert folded.items[long.target].kind == "merge"
    assert not long.is_nested and len(folded.arcs) == 7


def test_every_call_of_a_shared_module_is_a_block() -> None:
    names = [block.name for block in toy("recurrent").folded.blocks]
    assert names == ["block", "block:2", "block:3", "block:4", "block:5"]


def test_a_dense_block_is_a_chain_of_concatenations() -> None:
    folded = fold(trace(nn.Sequential(DenseLayers(4)), image()))
    joins = [folded.inputs[op] for op, words in folded.words.items() if words.role == "cat"]
    assert [folded.words[first].role for first, _last in joins] == ["input", "cat", "cat", "cat"]


def test_branches_beside_each_other_are_known() -> None:
    assert len(toy("two-streams").folded.parallel) == 5
    assert not toy("residual").folded.parallel


def test_words_name_what_a_reader_of_the_source_would() -> None:
    class Every(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 7, 2, 3)
            self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
            self.grouped = nn.Conv2d(8, 16, (1, 3), padding=(0, 1), groups=2)
            self.grow = nn.ConvTranspose2d(16, 16, 2, 2)
            self.pool, self.fc = nn.MaxPool2d(3, 2, 1), nn.Linear(16, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.grouped(self.depthwise(self.stem(x)))
            x = self.pool(self.grow(x))[:, :, ::2, ::2]
            return self.fc((1 - 0.5 * torch.sigmoid(x)).mean((2, 3)))

    folded = trace(Every(), torch.zeros(2, 3, 16, 16)).folded
    assert [folded.words[op].label for op in sorted(folded.words)] == [
        "input",
        "7×7 conv, 8, /2",
        "3×3 dw conv, 8",
        "1×3 conv, 16, g=2",
        "2×2 convᵀ, 16, ×2",
        "3×3 max pool, /2",
        "every 2nd pixel",
        "σ",
        "× 0.5",
        "1 − ·",
        "global avg pool",
        "FC 16 → 10",
    ]


def test_words_are_spoken_when_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Words("pool", "{kernel} max pool", (("kernel", "3×3"),), suffix=", /2")
    monkeypatch.setattr("resnet_viz.text._catalog", lambda language: {"{kernel} max pool": "{kernel} 最大池化"})
    assert words.label == "3×3 最大池化, /2"


def test_axes_of_a_channels_last_network_are_read_in_its_order() -> None:
    folded = GRAPHS["torchvision:resnet18"].graph.folded
    assert folded.shape_words((2, 256, 56, 56)) == "256 × 56 × 56"
    last = FoldedGraph(folded.graph, {}, {}, (), (), (), frozenset(), channels_last=True)
    assert last.shape_words((2, 56, 56, 96)) == "96 × 56 × 56"
    assert last.side((2, 197, 768)) == 14


def test_blocks_are_items_in_order() -> None:
    folded = toy("residual").folded
    assert list(folded.blocks) == [item for item in folded.items if isinstance(item, Block)]
    assert [block.stage for block in folded.blocks] == [0, 0, 0, 1, 1, 1]
