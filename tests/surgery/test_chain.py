"""A chain of blocks gives what whole networks give, to the bit, with blocks deleted or swapped; and saves work."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.surgery import OperatedNetwork, Surgery, operate, reordered, without_blocks
from resnet_viz.surgery.chain import Chain, Step, Variant, chain_of
from tests.toy_networks import Residual

SIDE = 32
SMALL: list[tuple[str, dict[str, Any]]] = [
    ("resnet20", {"depth": 14}),
    ("resnet20", {"depth": 8, "shortcut": "B"}),
    ("preact_resnet110", {"depth": 14}),
    ("preact_resnet110", {"depth": 14, "shortcut": "exclusive"}),
    ("wrn_16_8", {"widen_factor": 1, "dropout": 0.3}),
    ("resnext29_8x64d", {"depth": 11, "width": 4, "form": "sum"}),
    ("highway20", {"depth": 8}),
    ("ho_resnet26_euler", {"depth": 14}),
    ("mlp_residual_bn", {"num_blocks": 4}),
    ("torchvision:resnet18", {}),  # its ReLUs work in place
    ("torchvision:convnext_tiny", {}),
]


def network(name: str, **choices: Any) -> nn.Module:
    spec = zoo.spec(name, **choices)
    torch.manual_seed(0)
    return zoo.build(spec.replace(image_size=SIDE) if spec.is_tied_to_image_size else spec).eval()


def images(model: nn.Module, count: int = 3) -> Tensor:
    channels = getattr(getattr(model, "spec", None), "in_channels", 3)
    return torch.randn(count, channels, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def chained(model: nn.Module, surgery: Surgery | None = None) -> tuple[Chain, OperatedNetwork]:
    operated = operate(model, surgery or Surgery(), images(model, 2))
    chain = chain_of(operated, operated.graph.blocks)
    assert chain is not None
    return chain, operated


def without(count: int, *gone: int) -> Variant:
    return tuple(Step(number, number in gone) for number in range(count))


@torch.no_grad()
def results(chain: Chain, pictures: Tensor, variants: Sequence[Variant]) -> list[Tensor]:
    found = dict(chain.run(pictures, variants))
    return [found[number] for number in range(len(variants))]


@torch.no_grad()
@pytest.mark.parametrize(("name", "choices"), SMALL)
def test_a_deleted_block_is_a_dropped_branch(name: str, choices: dict[str, Any]) -> None:
    model = network(name, **choices)
    chain, operated = chained(model)
    blocks, pictures, draw = operated.graph.blocks, images(model), random.Random(0)
    numbers = range(len(blocks))
    gone = [[], *([k] for k in numbers), *(draw.sample(numbers, min(3, len(blocks))) for _ in range(3)), list(numbers)]
    gone = [[k for k in some if blocks[k].junctions] for some in gone]
    found = results(chain, pictures, [without(len(blocks), *some) for some in gone])
    assert torch.equal(found[0], model(pictures))
    for some, scores in zip(gone, found, strict=True):
        operated.perform(Surgery.of(drop=[junction for k in some for junction in blocks[k].junctions]))
        assert torch.equal(scores, operated(pictures)), some
    assert not all(torch.equal(found[0], scores) for scores in found[1:])


@torch.no_grad()
def test_a_deleted_block_of_a_plain_network_passes_on_what_it_gets() -> None:
    model = network("plain20", depth=14)
    chain, operated = chained(model)
    names, pictures = [block.name for block in operated.graph.blocks], images(model)
    for gone in ([0], [1], [3, 5], [0, 1, 3, 5]):
        (scores,) = results(chain, pictures, [without(6, *gone)])
        assert torch.equal(scores, without_blocks(model, [names[k] for k in gone], pictures)(pictures))


@torch.no_grad()
@pytest.mark.parametrize("name", ["resnet20", "plain20", "preact_resnet110"])
def test_another_order_is_that_of_the_modules(name: str) -> None:
    model = network(name, depth=20)
    chain, operated = chained(model)
    names, pictures = [block.name for block in operated.graph.blocks], images(model)
    swaps, order = [(1, 2), (4, 5), (7, 8), (2, 1), (1, 2)], list(range(len(names)))
    variants = []
    for one, other in swaps:
        order[one], order[other] = order[other], order[one]
        variants.append(tuple(map(Step, order)))
    for done, scores in enumerate(results(chain, pictures, variants), start=1):
        pairs = [(names[one], names[other]) for one, other in swaps[:done]]
        assert torch.equal(scores, reordered(model, pairs, pictures)(pictures)), pairs


@torch.no_grad()
def test_the_factors_of_a_surgery_hold_beside_a_lesion() -> None:
    model = network("resnet20", depth=14)
    surgery = Surgery.of(cut=["layer1.1"], shortcuts={"layer2.1": 0.5}, branches={"layer3.0": 2.0})
    chain, _operated = chained(model, surgery)
    names, pictures = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in (0, 1)], images(model)
    for number, scores in enumerate(results(chain, pictures, [without(6, k) for k in range(6)])):
        both = operate(model, surgery.with_branch(names[number], 0.0), pictures)
        assert torch.equal(scores, both(pictures)), names[number]


@torch.no_grad()
def test_gates_weights_and_mode_are_as_before_also_after_an_error() -> None:
    model = network("resnet20", depth=14)
    chain, operated = chained(model, Surgery.of(cut=["layer2.1"]))
    pictures = images(model)
    state, before = {key: value.clone() for key, value in model.state_dict().items()}, operated(pictures)
    results(chain, pictures, [without(6, k) for k in range(6)])
    with pytest.raises(RuntimeError):
        results(chain, pictures[:, :2], [without(6, 1)])
    running = chain.run(pictures, [without(6, 3), without(6)])
    next(running)
    running.close()
    assert torch.equal(operated(pictures), before) and not model.training
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert torch.equal(results(chain, pictures, [without(6)])[0], before)


class InPlace(nn.Module):
    """A block that changes the tensor it is given: y = r + conv(r), where r = relu(x) is written over x."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        rectified = torch.relu_(x)
        return rectified + self.conv(rectified)


@torch.no_grad()
def test_what_a_block_does_in_place_does_not_reach_another_variant() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), *(InPlace(4) for _ in range(4)), nn.Flatten(), nn.Linear(4 * 30 * 30, 5))
    chain, operated = chained(model.eval())
    pictures, blocks = images(model), operated.graph.blocks
    variants = [without(4), without(4, 3), without(4, 1), without(4, 1, 2), without(4, 2)]
    found = results(chain, pictures, variants)
    for variant, scores in zip(variants, found, strict=True):
        operated.perform(Surgery.of(drop=[blocks[step.block].name for step in variant if step.is_deleted]))
        assert torch.equal(scores, operated(pictures.clone())), variant


class Bypassed(nn.Module):
    """A tensor passes by its blocks: y = g(f(x)) + x at the end, over several blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.blocks = nn.ModuleList(Residual(4) for _ in range(3))
        self.last = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        start = y = self.stem(x)
        for block in self.blocks:
            y = block(y)
        return self.last((y * start).mean((2, 3)))


def test_where_a_tensor_passes_by_there_is_no_chain() -> None:
    model = Bypassed().eval()
    operated = operate(model, Surgery(), images(model))
    assert len(operated.graph.blocks) == 3
    assert chain_of(operated, operated.graph.blocks) is None
    assert chain_of(operated, ()) is None


@torch.no_grad()
def test_a_shared_beginning_runs_once() -> None:
    model = network("resnet20", depth=20)
    chain, _operated = chained(model)
    pictures = images(model, 1)
    results(chain, pictures, [without(9)])
    assert chain.passes == pytest.approx(1)
    results(chain, pictures, [without(9)] * 5)
    assert chain.passes == pytest.approx(2, abs=0.01)  # the same again costs the classifier only
    results(chain, pictures, [without(9, *range(9))])
    assert chain.passes < 2.1  # what is deleted is not run
    before = chain.passes
    results(chain, pictures, [without(9, k) for k in range(9)])
    assert 4.5 < chain.passes - before < 5.1  # the k-th lesion needs the blocks after it, the rest is one network
