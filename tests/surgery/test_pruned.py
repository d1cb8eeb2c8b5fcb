"""What closed gates make superfluous is not computed, and nothing else changes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from resnet_viz import zoo
from resnet_viz.surgery import OperatedNetwork, Surgery, operate, pruned
from resnet_viz.zoo import NetworkSpec
from resnet_viz.zoo.specs import ReXNetSpec
from tests.catalog_networks import SMALL
from tests.graph.toys import (
    Assigns,
    ByMode,
    ChangesThroughView,
    Computes,
    Highway,
    Preactivated,
    RungeKutta,
    conv,
    image,
)
from tests.surgery.test_catalog_networks import built, outputs

COMPUTING = ("convolution", "addmm", "mm", "bmm", "native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit")


class Count(TorchDispatchMode):
    """Counts the operations that torch really carries out."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls[function.overloadpacket.__name__] += 1
        return function(*args, **(kwargs or {}))

    @property
    def computing(self) -> int:
        return sum(self.calls[name] for name in COMPUTING)


def counted(network: nn.Module, x: Tensor) -> tuple[Tensor, int]:
    with torch.no_grad(), Count() as count:
        result = network(x)
    return outputs(result), count.computing


def surgeries(operated: OperatedNetwork) -> list[Surgery]:
    """Every shortcut cut; every second branch dropped; a mixture with factors; both sides of one closed."""
    names = [junction.name for junction in operated.graph.shortcuts]
    return [
        Surgery.of(cut=names),
        Surgery.of(drop=names[::2]),
        Surgery.of(cut=names[1::2], branches=dict.fromkeys(names[1::4], 0.5), shortcuts=dict.fromkeys(names[::2], 2.0)),
        Surgery.of(cut=names[-1:], drop=names[-1:]),
    ]


@pytest.mark.parametrize("spec", SMALL)
def test_a_pruned_network_gives_the_same_with_fewer_operations(spec: NetworkSpec) -> None:
    network, x = built(spec)
    operated = operate(network, Surgery(), x)
    if not operated.gates:
        pytest.skip("it has no shortcuts")
    for surgery in surgeries(operated):
        operated.perform(surgery)
        less = pruned(operated)
        (expected, all_operations), (found, operations) = counted(operated, x), counted(less, x)
        assert torch.equal(found, expected)
        # the further channels of a ReXNet block bypass the sum: its branch is needed even where it is dropped
        assert operations < all_operations or not surgery.dropped or isinstance(spec, ReXNetSpec)
        assert less.gates.keys() == operated.gates.keys() - surgery.cut - surgery.dropped
        assert list(less.state_dict()) == list(network.state_dict())


def test_every_branch_dropped_leaves_the_stem_the_shortcuts_and_the_head() -> None:
    torch.manual_seed(0)
    network, x = zoo.build("resnet20", shortcut="B").eval(), torch.randn(2, 3, 8, 8)
    operated = operate(network, Surgery(), x)
    operated.perform(Surgery.of(drop=list(operated.gates)))
    _result, operations = counted(pruned(operated), x)
    assert operations == 2 + 2 * 2 + 1  # stem and two projections with their norms, classifier


def test_all_shortcuts_cut_runs_as_many_operations_as_the_plain_twin() -> None:
    torch.manual_seed(0)
    spec = zoo.spec("resnet20", shortcut="C")
    network, twin, x = zoo.build(spec).eval(), zoo.build(spec.without_shortcuts()).eval(), torch.randn(2, 3, 8, 8)
    operated = operate(network, Surgery(), x)
    operated.perform(Surgery.of(cut=list(operated.gates)))
    assert counted(pruned(operated), x)[1] == counted(twin, x)[1] < counted(operated, x)[1]


class InPlace(nn.Module):
    """Everything that can be is written in place, also into what the shortcut reads and into a view of it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = conv(), conv(), conv()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        seen = y[:, :, :4]
        z = self.second(self.relu(y))
        z = self.relu(z)
        z += y
        self.relu(z)
        w = self.last(z)
        w.add_(z)
        return torch.cat([w, seen], 2)


TOYS = [InPlace, ChangesThroughView, Highway, RungeKutta, Preactivated]


@pytest.mark.parametrize("toy", TOYS)
@pytest.mark.parametrize("factors", [(0.0, 1.0), (1.0, 0.0), (0.5, 0.0), (0.0, -2.0), (0.0, 0.0)])
def test_outputs_and_gradients_stay_whatever_is_written_in_place(
    toy: type[nn.Module], factors: tuple[float, float]
) -> None:
    torch.manual_seed(0)
    network = toy().eval()
    operated = operate(network, Surgery(), image())
    for name in operated.gates:
        operated.perform(Surgery.of(shortcuts={name: factors[0]}, branches={name: factors[1]}))
        for gate in operated.gates.values():
            gate.branch_gradient = 0.5
        assert_equal(pruned(operated), operated)


def assert_equal(one: nn.Module, other: nn.Module) -> None:
    first, second = (image().requires_grad_() for _ in range(2))
    result, expected = one(first.clone()), other(second.clone())
    assert torch.equal(result, expected)
    assert result.requires_grad == expected.requires_grad
    if not result.requires_grad:
        return
    parameters = list(other.parameters())
    found = torch.autograd.grad(result.square().sum(), [first, *parameters], allow_unused=True)
    wanted = torch.autograd.grad(expected.square().sum(), [second, *parameters], allow_unused=True)
    assert [gradient is None for gradient in found] == [gradient is None for gradient in wanted]
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True) if a is not None)


def test_a_broadcast_branch_keeps_its_gate() -> None:
    network = Computes(lambda n, x: x + n.a(x).mean((2, 3), keepdim=True))
    operated = operate(network, Surgery(), image())
    for gate in operated.gates.values():
        gate.shortcut = 0.0
    assert torch.equal(pruned(operated)(image()), operated(image()))


def test_it_follows_the_mode_and_leaves_both_networks_alone() -> None:
    torch.manual_seed(0)
    network = ByMode().eval()
    operated = operate(network, Surgery(), image())
    operated.perform(Surgery.of(drop=list(operated.gates)))
    less = pruned(operated)
    before = operated(image())
    for training in (True, False):
        assert torch.equal(less.train(training)(image()), operated.train(training)(image()))
    less.train()
    assert not operated.training and not any(module.training for module in (*operated.modules(), *network.modules()))
    assert torch.equal(operated(image()), before)
    operated.perform(Surgery())
    assert torch.equal(less.eval()(image()), before)
    assert torch.equal(operated(image()), network(image()))


def test_what_is_left_can_be_watched_and_what_is_gone_cannot() -> None:
    torch.manual_seed(0)
    network, x = zoo.build("resnet20").eval(), torch.randn(2, 3, 8, 8)
    operated = operate(network, Surgery.of(drop=["layer1.1"]), x)
    less = pruned(operated)
    junction = less.graph.junction["layer1.1"]
    seen: list[Tensor] = []
    with less.observing({junction.op: seen.append}):
        less(x)
    assert len(seen) == 1
    with pytest.raises(ValueError, match="cannot be observed"), less.observing({junction.branch[0]: seen.append}):
        pass


def test_a_network_that_was_only_recorded_says_what_is_not_possible() -> None:
    operated = operate(Assigns(), Surgery(), image())
    with pytest.raises(ValueError, match=r"Assigns could not be traced: its gates can be closed, but what they close"):
        pruned(operated)


class Part(nn.Module):
    """Adds in place to a part of a tensor of which nothing else is read (GhostNet)."""

    def __init__(self) -> None:
        super().__init__()
        self.main = conv(channels_out=8)

    def forward(self, x: Tensor) -> Tensor:
        y = self.main(x)[:, :4]
        y += x
        return y


def test_a_branch_written_into_in_place_is_left_out_where_nobody_reads_it_otherwise() -> None:
    operated = operate(Part(), Surgery(), image())
    operated.perform(Surgery.of(drop=list(operated.gates)))
    less = pruned(operated)
    assert counted(operated, image())[1] == 1
    assert counted(less, image())[1] == 0
    assert torch.equal(less(image()), image())


class Caches(nn.Module):
    """Keeps what it computed when it evaluates, as LeViT keeps its position biases."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.bias, self.kept = conv(), nn.Parameter(torch.randn(4, 1, 1)), dict[str, Tensor]()

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            return x + self.main(x) + self.bias * 2
        if "bias" not in self.kept:
            self.kept["bias"] = self.bias * 2
        return x + self.main(x) + self.kept["bias"]


def test_a_network_that_keeps_what_it_computed_is_traced_again_all_the_same() -> None:
    network = Caches().eval()
    operated = operate(network, Surgery(), image())
    operated.perform(Surgery.of(drop=list(operated.gates)))
    less = pruned(operated)
    for training in (False, True, False):
        assert torch.equal(less.train(training)(image()), operated.train(training)(image()))
    assert not network.kept
