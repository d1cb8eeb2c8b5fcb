"""The gradient by path length is that of all single paths, one by one, on chains and on what is no chain."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.probes import data, estimate, paths
from resnet_viz.probes.architecture import graph_of
from resnet_viz.probes.batch_norm import freeze
from resnet_viz.probes.path_gradients import NoGradient, PathGradients
from resnet_viz.probes.questions import PathQuestion
from resnet_viz.probes.study_answers import PathAnswer
from resnet_viz.probes.weights import build_seeded
from resnet_viz.surgery import OperatedNetwork, Surgery, operate
from resnet_viz.theory import path_lengths as theory


def question(name: str, **changes: Any) -> PathQuestion:
    fields = {f.name for f in zoo.fields(zoo.spec(name))} - {"image_size"}
    overrides = {key: changes.pop(key) for key in list(changes) if key in fields}
    return PathQuestion.defaults(zoo.spec(name, **overrides), **{"image_size": 8, "batch_size": 8, **changes})


def measure(name: str, **changes: Any) -> PathAnswer:
    return paths.measure(question(name, **changes))


Case = tuple[OperatedNetwork, Tensor, Tensor]


def in_double(name: str, mode: str = "frozen", **changes: Any) -> Case:
    """A network with six junctions or so, three pictures and their labels, in double."""
    asked = question(name, batch_size=3, **changes)
    batch = data.batch(asked)
    images, labels = torch.from_numpy(batch.images).double(), torch.from_numpy(batch.labels)
    network = build_seeded(asked.network, seed=1).double().train(mode == "train")
    operated = operate(network, Surgery(), images)
    if mode == "frozen":
        freeze(operated, images)
    return operated, images, labels


def gradient_at_place(case: Case, place: int, factors: Callable[[int], tuple[float, float]]) -> Tensor:
    """Of one forward and backward pass in which each gate (by number) lets these factors of the gradient go back."""
    operated, images, labels = case
    found: list[Tensor] = []
    images = images.clone().requires_grad_()
    names = [junction.name for junction in operated.graph.shortcuts]
    for number, name in enumerate(names):
        operated.gates[name].shortcut_gradient, operated.gates[name].branch_gradient = factors(number)
    with operated.observing({place: lambda tensor: tensor.register_hook(found.append) and None}):
        loss = F.cross_entropy(operated(images * 1), labels)
    for name in names:
        operated.gates[name].open()
    if loss.requires_grad:
        loss.backward()
    return found[0].detach() if found else torch.zeros(())


def relative(difference: Tensor, to: Tensor) -> float:
    return (difference.norm() / to.norm()).item()


SIX: list[tuple[str, dict[str, Any]]] = [
    ("resnet20", {"depth": 14}),  # a ReLU follows each sum
    ("resnet20", {"depth": 14, "shortcut": "C"}),
    ("resnet20", {"depth": 14, "mode": "train"}),  # the gradient also goes through the statistics
    ("preact_resnet110", {"depth": 14}),
    ("preact_resnet110", {"depth": 14, "shortcut": "exclusive"}),  # gated
    ("mlp_residual_bn", {"num_blocks": 6, "width": 16}),
]


@pytest.mark.parametrize(("name", "changes"), SIX)
def test_each_length_is_the_sum_over_all_its_single_paths(name: str, changes: dict[str, Any]) -> None:
    case = in_double(name, **changes)
    gradients = PathGradients(*case)
    parts, whole = gradients.by_length(), gradients.whole()
    assert len(gradients.names) == 6 and parts.dtype == torch.float64
    total = torch.zeros_like(whole)
    for length in range(7):
        expected = torch.zeros_like(whole)
        for branches in itertools.combinations(range(6), length):
            one = gradient_at_place(
                case, gradients.place, lambda n, chosen=branches: (float(n not in chosen), float(n in chosen))
            )
            assert torch.allclose(gradients.of_path(branches), one, rtol=1e-12, atol=1e-14)
            expected += one
        assert relative(parts[length] - expected, whole) < 1e-12
        total += expected
    assert relative(total - whole, whole) < 1e-12
    assert relative(whole - gradient_at_place(case, gradients.place, lambda n: (1.0, 1.0)), whole) < 1e-12


def test_single_paths_are_those_of_the_equation_of_a_block() -> None:
    """y = relu(s + b), written out: of a path only s or only b is differentiated."""
    operated, images, labels = case = in_double("resnet20", depth=14)
    network = build_seeded(question("resnet20", depth=14).network, seed=1).double().eval()
    network.load_state_dict(operated.state_dict())
    blocks = [block for stage in ("layer1", "layer2", "layer3") for block in getattr(network, stage)]
    expected = []
    start = network.relu(network.bn1(network.conv1(images))).detach().requires_grad_()
    for length in range(7):
        sums = torch.zeros_like(start)
        for branches in itertools.combinations(range(6), length):
            x = start
            for number, block in enumerate(blocks):
                s, b = block.shortcut(x), block.residual(x)
                x = block.relu(s.detach() + b if number in branches else s + b.detach())
            scores = network.fc(network.flatten(network.avgpool(x)))
            sums += torch.autograd.grad(F.cross_entropy(scores, labels), start)[0]
        expected.append(sums)
    parts = PathGradients(*case).by_length()
    assert relative(parts - torch.stack(expected), parts) < 1e-12


class Parallel(nn.Module):
    """Two chains side by side, one of which has a sum inside a branch, then a sum of their results and a block."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1) for _ in range(7))
        self.fc = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        a, b, c, d, e, f, g = self.layers
        left, right = torch.tanh(a(x)), torch.relu(b(x))
        left = left + torch.tanh(c(left))
        inner = torch.tanh(d(right))
        right = right + e(inner + torch.tanh(f(inner)))
        x = torch.cat((left, right[:, :0]), 1) * right
        x = x + torch.tanh(g(x))
        return self.fc(x.mean((2, 3)))


def test_parallel_and_nested_sums_are_the_coefficients_of_a_polynomial() -> None:
    """With the gradient of every branch times z the gradient is Σ g_k z^k: solved for g_k from as many z."""
    torch.manual_seed(0)
    images, labels = torch.randn(2, 3, 6, 6).double(), torch.tensor([1, 3])
    operated = operate(Parallel().double().eval(), Surgery(), images)
    case = operated, images, labels
    gradients = PathGradients(*case)
    count = len(gradients.names)
    assert count == 3 and operated.graph.ops[gradients.place].kind == "input" and len(operated.graph.junctions) == 4
    parts, whole = gradients.by_length(), gradients.whole()
    at = torch.arange(count + 1).double()
    values = [gradient_of_input(case, gradients.names, float(z)) for z in at]
    expected = torch.linalg.solve(torch.linalg.vander(at), torch.stack(values).flatten(1)).view_as(parts)
    assert relative(parts - expected, whole) < 1e-12
    assert parts[0].norm() > 0 and parts[2].norm() > 0 and parts[3].norm() == 0  # left or right, then the last


def gradient_of_input(case: Case, names: tuple[str, ...], z: float) -> Tensor:
    operated, images, labels = case
    images = images.clone().requires_grad_()
    for name in names:
        operated.gates[name].branch_gradient = z
    loss = F.cross_entropy(operated(images), labels)
    for name in names:
        operated.gates[name].open()
    return torch.autograd.grad(loss, images)[0]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("resnet20", {}),
        ("resnet20", {"batch_norm_mode": "train"}),
        ("resnet20", {"batch_norm": False}),
        ("highway20", {}),
        ("wrn_16_8", {"widen_factor": 1}),
        ("resnext29_8x64d", {"width": 4}),
        ("seresnet50", {"image_size": 32, "batch_size": 2}),
        ("torchvision:resnet18", {"image_size": 32, "batch_size": 2}),  # writes in place
        pytest.param("resnet110", {}, marks=pytest.mark.slow),
        pytest.param("torchvision:swin_t", {"image_size": 64, "batch_size": 2}, marks=pytest.mark.slow),
        pytest.param("timm:vit_tiny_patch16_224", {"image_size": 224, "batch_size": 2}, marks=pytest.mark.slow),
        pytest.param("timm:mobilenetv3_small_100", {"image_size": 64, "batch_size": 4}, marks=pytest.mark.slow),
        pytest.param("timm:hrnet_w18_small", {"image_size": 64, "batch_size": 2}, marks=pytest.mark.slow),
    ],
)
def test_the_parts_sum_to_the_gradient(name: str, changes: dict[str, Any]) -> None:
    answer = measure(name, **changes)
    assert answer.sum_error < 1e-5 and answer.total_norm > 0
    assert len(answer.norms) == len(answer.counts) == answer.num_shortcuts + 1
    assert answer.energies.sum() == pytest.approx(1)


def test_paths_are_counted_as_binomials() -> None:
    answer = measure("resnet20")
    assert answer.num_shortcuts == 9 and answer.counts == tuple(math.comb(9, k) for k in range(10))


def test_surgery_takes_its_paths_away() -> None:
    asked = question("resnet20")
    names = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(3)]
    cut = paths.measure(question("resnet20", surgery=Surgery.of(cut=names)))
    assert (
        cut.counts == (0,) * 9 + (1,) and (cut.norms[:9] == 0).all() and cut.norms[9] == pytest.approx(cut.total_norm)
    )
    dropped = measure("resnet20", surgery=Surgery.of(drop=names[3:5]))
    assert dropped.counts == (*(math.comb(7, k) for k in range(8)), 0, 0)
    assert (dropped.norms[8:] == 0).all() and (dropped.norms[:8] > 0).all() and dropped.sum_error < 1e-5
    assert asked.batch_norm_mode == "frozen"


# ---- theory


@pytest.mark.parametrize("kind", ["residual", "residual_mean_bn"])
def test_without_scaling_by_a_norm_the_mean_length_is_half_the_blocks(kind: str) -> None:
    answers = [mlp(kind, seed) for seed in range(4)]
    assert np.mean([answer.mean_length for answer in answers]) == pytest.approx(27, rel=0.01)
    energies = np.mean([answer.energies for answer in answers], axis=0)
    assert np.abs(energies - theory.binomial(54)).sum() / 2 < 0.04


@pytest.mark.parametrize("images", ["digits", "noise"])
@pytest.mark.parametrize("beta", [1.0, 0.5])
def test_with_batch_norm_the_lengths_are_poisson_binomial(images: str, beta: float) -> None:
    answers = [mlp("residual_bn", seed, images=images, beta=beta) for seed in range(2)]
    for answer in answers:
        factors = theory.branch_factors(answer.question.network, data.batch(answer.question).images)
        assert answer.mean_length == pytest.approx(theory.mean_length(factors), rel=0.05)
        assert np.abs(answer.energies - theory.poisson_binomial(theory.chances(factors))).sum() / 2 < 0.04


def mlp(kind: str, seed: int, **changes: Any) -> PathAnswer:
    return measure(f"mlp_{kind}", **{"num_blocks": 54, "width": 256, "batch_size": 64, "seed": seed, **changes})


@pytest.mark.slow
@pytest.mark.parametrize(("depth", "expected"), [(56, 8.6), (110, 10.75)])
def test_effective_paths_are_short_at_the_start(depth: int, expected: float) -> None:
    """Full pre-activation, 4 pictures of 32×32 of pink noise: what an independent program gave, means of 4 seeds."""
    asked = {"images": "noise", "image_size": 32, "batch_size": 4}
    lengths = [measure(f"preact_resnet{depth}", seed=seed, **asked).mean_length for seed in range(4)]
    assert np.mean(lengths) == pytest.approx(expected, rel=0.06)


@pytest.mark.slow
def test_trained_networks_are_measured_too() -> None:
    trained, initial = measure("resnet20", weights="trained"), measure("resnet20")
    assert trained.sum_error < 1e-5 and trained.mean_length != initial.mean_length


# ---- sampling


def test_sampled_paths_are_veits() -> None:
    answer = measure("resnet20", depth=14, samples=4)
    assert answer.sampled_norms[[0, 6]] == pytest.approx(answer.norms[[0, 6]], rel=1e-4)  # one path each
    assert (answer.sampled_spread[[0, 6]] == 0).all() and (answer.sampled_spread[1:6] > 0).all()
    assert answer.sampled_seconds > 0
    again = measure("resnet20", depth=14, samples=4)
    assert np.array_equal(answer.sampled_norms, again.sampled_norms) and np.array_equal(answer.norms, again.norms)


def test_all_paths_drawn_have_the_norms_of_all_paths() -> None:
    operated, images, labels = in_double("resnet20", depth=14)
    gradients = PathGradients(operated.float(), images.float(), labels)
    every = [gradients.of_path({number}).norm().item() for number in range(6)]
    drawn = paths.draw_norms(gradients, 1, 6, np.random.default_rng(0))
    assert len(drawn) == 6 and all(any(np.isclose(norm, one, rtol=1e-5) for one in every) for norm in drawn)
    assert len(paths.draw_norms(gradients, 0, 6, np.random.default_rng(0))) == 1


def test_without_samples_nothing_is_drawn() -> None:
    answer = measure("resnet20", depth=8)
    assert np.isnan(answer.sampled_norms).all() and np.isnan(answer.sampled_spread).all()
    one = measure("resnet20", depth=8, samples=1)
    assert not np.isnan(one.sampled_norms).any() and np.isnan(one.sampled_spread).tolist() == [False, True, True, False]


# ---- what it leaves behind, and what it refuses


def test_the_network_is_left_as_it_was_also_after_an_error() -> None:
    operated, images, _labels = case = in_double("resnet20", depth=14)
    before = operated(images)
    state = {key: value.clone() for key, value in operated.state_dict().items()}
    gradients = PathGradients(*case)

    def leave(fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gradients.by_length(leave)
    whole = gradients.whole()
    assert relative(gradients.by_length().sum(0) - whole, whole) < 1e-12
    assert torch.equal(operated(images), before) and not operated.training
    assert all(torch.equal(value, state[key]) for key, value in operated.state_dict().items())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in operated.parameters())
    assert not any(gate._forward_pre_hooks for gate in operated.gates.values())


def test_where_nothing_comes_back_it_says_so() -> None:
    closed = Surgery.of(cut=["layer2.1"], drop=["layer2.1"])
    with pytest.raises(ValueError, match="no gradient of the loss comes back to the first block"):
        measure("resnet20", surgery=closed)
    assert issubclass(NoGradient, ValueError)


@pytest.mark.parametrize(
    ("name", "says"),
    [("plain20", "plain20 adds no shortcut"), ("torchvision:densenet121", "the paths can be counted"),
     ("timm:cspresnet50", "also joins its paths by concatenating")],
)  # fmt: skip
def test_networks_whose_paths_do_not_part_at_sums_are_refused(name: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        measure(name, image_size=64)


def test_progress_climbs_to_the_end() -> None:
    heard: list[float] = []
    paths.measure(question("resnet20", samples=1), progress=lambda fraction, text="": heard.append(fraction))
    assert heard == sorted(heard) and heard[-1] > 0.9 and len(heard) > 15


def test_memory_for_all_lengths_is_asked_for_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """28 lengths of 16 pictures with 16 channels of 32×32 in float32 are 29 MB, and about 18 such lie there at once."""
    asked = question("preact_resnet56", image_size=32, batch_size=16)
    one_pass = estimate.memory(asked, graph_of(asked.network))
    monkeypatch.setattr(estimate, "free_memory", lambda: 1.2 * one_pass)
    estimate.refuse(asked, graph_of(asked.network))
    with pytest.raises(ValueError, match="of memory"):
        paths.measure(asked)
    monkeypatch.setattr(estimate, "free_memory", lambda: 1.2 * (one_pass + 18 * 29.4e6))
    estimate.refuse(asked, graph_of(asked.network), besides=paths.memory_of_lengths(asked, graph_of(asked.network)))
