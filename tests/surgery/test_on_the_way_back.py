"""Gates that close on the way back only, and norms that are recorded, in whole networks."""

from __future__ import annotations

import copy
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.surgery import OperatedNetwork, Surgery, operate
from tests.graph.toys import Assigns, Computes, Decides, Preactivated, image

SIX_BLOCKS: list[tuple[str, dict[str, object]]] = [
    ("preact_resnet110", {"depth": 14}),
    ("resnet20", {"depth": 14, "shortcut": "B"}),
    ("mlp_residual_bn", {"num_blocks": 6}),
]


def gradients(network: nn.Module, x: Tensor) -> list[Tensor]:
    """Of the input and of every parameter; zeros where nothing arrives."""
    leaf = x.clone().requires_grad_()
    leaves = [leaf, *network.parameters()]
    found = torch.autograd.grad(network(leaf).square().sum(), leaves, allow_unused=True)
    return [torch.zeros_like(a) if b is None else b for a, b in zip(leaves, found, strict=True)]


@pytest.mark.parametrize(("name", "choices"), SIX_BLOCKS)
def test_the_gradients_of_all_single_paths_sum_to_the_gradient(name: str, choices: dict[str, object]) -> None:
    """At every junction the gradient goes back by one side only: 2^6 paths (Veit et al. 2016)."""
    torch.manual_seed(0)
    spec = zoo.spec(name, **choices)
    side = spec.image_size if spec.is_tied_to_image_size else 8
    network = zoo.build(spec).double()
    x = torch.randn(4, spec.in_channels, side, side, dtype=torch.float64)
    operated = operate(network, Surgery(), x)
    gates = list(operated.gates.values())
    assert len(gates) == 6
    whole = gradients(operated, x)
    values = operated(x)
    total = [torch.zeros_like(gradient) for gradient in whole]
    for by_branch in product((0.0, 1.0), repeat=6):
        for gate, branch in zip(gates, by_branch, strict=True):
            gate.branch_gradient, gate.shortcut_gradient = branch, 1 - branch
        assert torch.equal(operated(x), values)
        for part, gradient in zip(total, gradients(operated, x), strict=True):
            part += gradient
    # what is chosen at the junctions before a parameter's block does not reach it: so often the same piece arrives
    before: list[str] = []
    names = [name for name, _ in network.named_parameters()]  # in order of execution
    for name, part, gradient in zip(["", *names], total, whole, strict=True):
        block = next((gate for gate in operated.gates if name.startswith(f"{gate}.")), None)
        passes = 2 ** len(set(before) - {block})
        assert (part - passes * gradient).norm() <= 1e-12 * part.norm()
        before += [block] if block else []
    assert len(set(before)) == 6


@pytest.mark.parametrize("side", ["shortcut", "branch"])
@pytest.mark.parametrize("training", [True, False])
def test_zero_on_the_way_back_is_a_block_that_detaches(side: str, training: bool) -> None:
    torch.manual_seed(0)
    network, x = zoo.build("resnet20", depth=8, shortcut="B").train(training), torch.randn(4, 3, 8, 8)
    detaching = copy.deepcopy(network)
    block = detaching.get_submodule("layer2.0")

    def forward(x: Tensor) -> Tensor:
        shortcut, branch = block.shortcut(x), block.residual(x)
        return block.relu(shortcut.detach() + branch if side == "shortcut" else shortcut + branch.detach())

    block.forward = forward
    operated = operate(network, Surgery(), x)
    setattr(operated.gates["layer2.0"], f"{side}_gradient", 0.0)
    assert torch.equal(operated(x), detaching(x))
    assert all(map(torch.equal, gradients(operated, x), gradients(detaching, x)))
    unreached = "residual" if side == "branch" else "shortcut"
    operated.zero_grad()
    operated(x).sum().backward()
    reached = {name: p.grad is not None for name, p in operated.named_parameters()}
    assert not any(here for name, here in reached.items() if f"layer2.0.{unreached}" in name)
    assert all(here for name, here in reached.items() if f"layer2.0.{unreached}" not in name)


@pytest.mark.parametrize("toy", [Preactivated, Assigns, Decides])
def test_recorded_networks_have_such_gates_too(toy: type[nn.Module]) -> None:
    network = toy().eval()
    operated = operate(network, Surgery(), image())
    for gate in operated.gates.values():
        gate.record, gate.branch_gradient = True, 0.0
    assert torch.equal(operated(image()), network(image()))
    leaf = image().requires_grad_()
    operated(leaf).sum().backward()
    assert all(gate.shortcut_norm > 0 and gate.branch_norm > 0 for gate in operated.gates.values())
    inside = {id(p) for p in _in_branches(operated)}
    assert inside
    assert all(p.grad is None for p in operated.parameters() if id(p) in inside)


def _in_branches(operated: OperatedNetwork) -> list[nn.Parameter]:
    graph = operated.graph
    paths = {graph.ops[index].module_path for junction in graph.junctions for index in junction.branch}
    return [p for path in paths if path for p in operated.get_submodule(path).parameters()]


def test_norms_are_those_of_the_two_sides() -> None:
    network, x = Computes(lambda n, x: n.a(x) + x + n.b(x)), image()
    operated = operate(network, Surgery(), x)
    (gate,) = operated.gates.values()
    gate.record = True
    operated(x)
    assert gate.shortcut_norm == pytest.approx(x.norm().item(), rel=1e-6)
    assert gate.branch_norm == pytest.approx((network.a(x) + network.b(x)).norm().item(), rel=1e-6)


def test_a_surgery_opens_what_was_closed_on_the_way_back() -> None:
    network, x = Preactivated().eval(), image()
    operated = operate(network, Surgery(), x)
    for gate in operated.gates.values():
        gate.branch_gradient = gate.shortcut_gradient = 0.0
    operated.perform(Surgery())
    assert all(map(torch.equal, gradients(operated, x), gradients(network, x)))
