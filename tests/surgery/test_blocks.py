"""Blocks in another order, and blocks left out, held against modules exchanged by hand."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.graph import trace
from resnet_viz.surgery import Surgery, operate, order_after, reordered, without_blocks
from tests.graph.toys import WIDTH, Assigns, conv, image


def built(name: str, **choices: object) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    spec = zoo.spec(name, **choices)
    model, x = zoo.build(spec), torch.randn(4, *spec.input_shape[:1], 8, 8)
    with torch.no_grad():
        model(x)  # so that the statistics of the blocks differ
    return model, x


def swapped_by_hand(model: nn.Module, one: str, other: str) -> nn.Module:
    swapped = copy.deepcopy(model)
    first, second = swapped.get_submodule(one), swapped.get_submodule(other)
    _put(swapped, one, second)
    _put(swapped, other, first)
    return swapped


def _put(model: nn.Module, path: str, module: nn.Module) -> None:
    parent, _, name = path.rpartition(".")
    setattr(model.get_submodule(parent), name, module)


def state(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


NETWORKS = [
    ("resnet20", {}),
    ("resnet20", {"shortcut": "B"}),
    ("plain20", {}),
    ("preact_resnet110", {"depth": 20}),
    ("wrn_16_8", {"depth": 22, "widen_factor": 1}),
    ("highway20", {}),
]


@pytest.mark.parametrize(("name", "choices"), NETWORKS)
@pytest.mark.parametrize("training", [True, False])
def test_another_order_is_that_of_modules_swapped(name: str, choices: dict[str, object], training: bool) -> None:
    model, x = built(name, **choices)
    model.train(training)
    before, order = state(model), list(model.modules())
    swaps = [("layer1.1", "layer1.2"), ("layer2.1", "layer2.2")]
    by_hand = model
    for one, other in swaps:
        by_hand = swapped_by_hand(by_hand, one, other)
    found = reordered(model, swaps, x)
    assert torch.equal(found(x), by_hand(x))
    assert not torch.equal(found.eval()(x), model.eval()(x))
    assert list(model.modules()) == order
    assert {id(p) for p in found.parameters()} == {id(p) for p in model.parameters()}
    if not training:
        assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())


def test_swaps_are_done_one_after_the_other() -> None:
    assert order_after([("a", "b"), ("b", "c")]) == {"a": "b", "b": "c", "c": "a"}
    model, x = built("plain20")
    model.eval()
    found = reordered(model, [("layer3.0", "layer3.0"), ("layer1.0", "layer1.1"), ("layer1.1", "layer1.2")], x)
    by_hand = swapped_by_hand(swapped_by_hand(model, "layer1.0", "layer1.1"), "layer1.1", "layer1.2")
    assert torch.equal(found(x), by_hand(x))


def test_a_graph_saves_tracing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = built("resnet20")
    graph = trace(model, x)
    monkeypatch.setattr("resnet_viz.surgery.blocks.trace", lambda *_: pytest.fail("traced again"))
    order = {"layer1.0": "layer1.2", "layer1.2": "layer1.0"}
    assert torch.equal(reordered(model, order, graph=graph)(x), swapped_by_hand(model, *order)(x))
    without_blocks(model, ["layer1.1"], graph=graph)


def test_gates_stay_with_the_places() -> None:
    model, x = built("resnet20")
    model.eval()
    found = operate(reordered(model, [("layer1.0", "layer1.1")], x), Surgery.of(drop=["layer1.0"]), x)
    lesioned = copy.deepcopy(model)
    lesioned.layer1[1] = nn.ReLU()
    assert torch.equal(found(x), swapped_by_hand(lesioned, "layer1.0", "layer1.1")(x))


@pytest.mark.parametrize("training", [True, False])
def test_blocks_left_out_pass_on_what_they_get(training: bool) -> None:
    model, x = built("plain20")
    model.train(training)
    by_hand = copy.deepcopy(model)
    by_hand.layer1[1] = by_hand.layer3[2] = nn.Identity()
    assert torch.equal(without_blocks(model, ["layer1.1", "layer3.2"], x)(x), by_hand(x))


def test_a_chain_of_modules_is_left_out_and_moved_as_a_whole() -> None:
    def chain() -> list[nn.Module]:
        return [conv(), nn.BatchNorm2d(WIDTH), nn.Tanh()]

    torch.manual_seed(0)
    model = nn.Sequential(*chain(), *chain(), *chain(), nn.Flatten(), nn.Linear(WIDTH * 64, 5)).eval()
    x = image()
    assert [block.name for block in trace(model, x).blocks][:3] == ["0", "3", "6"]
    assert torch.equal(without_blocks(model, ["3"], x)(x), nn.Sequential(*model[:3], *model[6:])(x))
    by_hand = nn.Sequential(*model[3:6], *model[:3], *model[6:])
    assert torch.equal(reordered(model, [("0", "3")], x)(x), by_hand(x))


def test_a_network_that_cannot_be_traced_is_reordered_too() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(Assigns(), Assigns(), Assigns())
    x = image()
    assert torch.equal(reordered(model, [("0", "2")], x)(x), nn.Sequential(model[2], model[1], model[0])(x))
    assert torch.equal(without_blocks(model, ["1"], x)(x), nn.Sequential(model[0], model[2])(x))


def test_what_cannot_be_done_is_said_in_a_sentence() -> None:
    model, x = built("resnet20")
    graph = trace(model, x)
    with pytest.raises(ValueError, match=r"there is no block 'layer9.0': this network has layer1"):
        reordered(model, [("layer9.0", "layer1.0")], graph=graph)
    with pytest.raises(ValueError, match=r"layer2.0 cannot run in the place of layer1.0: it turns 16×8×8 into 32×4×4"):
        reordered(model, [("layer1.0", "layer2.0")], graph=graph)
    with pytest.raises(ValueError, match="every block named must run exactly once"):
        reordered(model, {"layer1.0": "layer1.1"}, graph=graph)
    with pytest.raises(ValueError, match=r"layer2.0 turns 16×8×8 into 32×4×4: only a block that keeps its shape"):
        without_blocks(model, ["layer2.0"], graph=graph)
    with pytest.raises(ValueError, match=r"layer1.0.residual is inside layer1.0"):
        without_blocks(model, ["layer1.0", "layer1.0.residual"], graph=graph)
