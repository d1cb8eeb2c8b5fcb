"""Whatever is done to an operated, pruned or reordered network: the model itself stays as it was, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.surgery import Surgery, operate, pruned, reordered, without_blocks

Snapshot = tuple[Any, ...]


class Interrupted(Exception):
    """Something goes wrong in the middle of a pass."""


def fails(*_: Any) -> None:
    raise Interrupted


def model() -> tuple[nn.Module, Tensor]:
    """In a mode of its own making, with hooks, a gradient, and requires_grad off in one place."""
    torch.manual_seed(0)
    made, x = zoo.build("resnet20", depth=14, shortcut="B").eval(), torch.randn(4, 3, 8, 8)
    made(x).sum().backward()
    made.layer1[0].residual.bn1.train()
    made.fc.bias.requires_grad_(False)
    made.layer2[1].register_forward_hook(lambda module, inputs, result: result * 2)
    made.layer3.register_full_backward_hook(lambda module, before, after: None)
    return made, x


def snapshot(made: nn.Module, x: Tensor) -> Snapshot:
    torch.manual_seed(1)
    with torch.no_grad():
        result = made(x)
    statistics = made.layer1[0].residual.bn1
    statistics.reset_running_stats()  # what the pass above moved
    modules = list(made.named_modules())
    return (
        [(name, id(module), module.training, sorted(vars(module))) for name, module in modules],
        [[list(vars(module)[table]) for table in vars(module) if "hooks" in table] for _, module in modules],
        [(name, id(p), p.requires_grad, p._version) for name, p in made.named_parameters()],
        [tensor.clone() for tensor in (*made.state_dict().values(), *(p.grad for p in made.parameters()), result)],
    )


def assert_untouched(before: Snapshot, after: Snapshot) -> None:
    assert before[:3] == after[:3]
    assert all(map(torch.equal, before[3], after[3]))


def forward_and_back(network: nn.Module, x: Tensor) -> None:
    leaf = x.clone().requires_grad_()
    torch.autograd.grad(network(leaf).square().sum(), leaf)


def with_gates(made: nn.Module, x: Tensor) -> None:
    operated = operate(made, Surgery.of(cut=["layer1.0"], branches={"layer3.1": 0.3}), x)
    for gate in operated.gates.values():
        gate.record, gate.shortcut_gradient = True, 0.5
    forward_and_back(operated.eval(), x)


def with_pruning(made: nn.Module, x: Tensor) -> None:
    operated = operate(made, Surgery.of(cut=["layer1.0"], drop=["layer2.0"]), x).eval()
    less = pruned(operated)
    forward_and_back(less, x)
    less.train()
    less.eval()


def with_another_order(made: nn.Module, x: Tensor) -> None:
    forward_and_back(reordered(made, [("layer1.0", "layer1.1")], x).eval(), x)


def with_fewer_blocks(made: nn.Module, x: Tensor) -> None:
    forward_and_back(without_blocks(made, ["layer3.1"], x).eval(), x)


def with_an_unknown_name(made: nn.Module, x: Tensor) -> None:
    for attempt in (
        lambda: operate(made, Surgery.of(cut=["layer9"]), x),
        lambda: reordered(made, [("layer1.0", "layer9")], x),
        lambda: reordered(made, [("layer1.0", "layer3.0")], x),
        lambda: without_blocks(made, ["layer1.0", "layer3.0"], x),
    ):
        with pytest.raises(ValueError):
            attempt()


def with_an_error_midway(made: nn.Module, x: Tensor) -> None:
    operated = operate(made, Surgery.of(cut=["layer1.0"]), x).eval()
    for network in (operated, pruned(operated), operate(reordered(made, [("layer1.0", "layer1.1")], x), Surgery(), x)):
        network.eval()
        middle = network.graph.junction["layer2.0"].op
        with pytest.raises(Interrupted), network.observing({middle: fails}):
            network(x)
        with pytest.raises(Interrupted), network.observing({middle: lambda t: t.register_hook(fails)}):
            forward_and_back(network, x)
        with pytest.raises(RuntimeError):
            network(x[:, :2])


DEEDS = [with_gates, with_pruning, with_another_order, with_fewer_blocks, with_an_unknown_name, with_an_error_midway]


@pytest.mark.parametrize("deed", DEEDS)
def test_the_model_is_untouched_to_the_bit(deed: Callable[[nn.Module, Tensor], None]) -> None:
    made, x = model()
    snapshot(made, x)  # the first one resets the statistics
    before = snapshot(made, x)
    deed(made, x)
    assert_untouched(before, snapshot(made, x))
