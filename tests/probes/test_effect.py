"""The correlation is that of single pictures' own gradients, and an answer says what a surgery did."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import math
import pickle
import time
import weakref
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from resnet_viz import zoo
from resnet_viz.compute.frames import loads_light
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import architecture, data, effect, gradients
from resnet_viz.probes.questions import EffectQuestion, GradientQuestion
from resnet_viz.probes.study_answers import EffectAnswer, compare
from resnet_viz.surgery.plan import Surgery

ALL_OF_20 = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(3)]


def question(name: str, **changes: Any) -> EffectQuestion:
    fields = {f.name for f in zoo.fields(zoo.spec(name))} - {"image_size"}
    overrides = {key: changes.pop(key) for key in list(changes) if key in fields}
    usual = {"image_size": 8, "batch_size": 8, "batch_norm_mode": "frozen"}
    return EffectQuestion.defaults(zoo.spec(name, **overrides), **{**usual, **changes})


def measure(name: str, **changes: Any) -> EffectAnswer:
    return effect.measure(question(name, **changes))


def mean_over_pairs(rows: Tensor) -> float:
    """Mean inner product of all pairs of rows over their mean square, pair by pair."""
    rows = rows.flatten(1).double()
    pairs = [rows[i] @ rows[j] for i, j in itertools.permutations(range(len(rows)), 2)]
    return float(torch.stack(pairs).mean() / rows.square().sum(1).mean())


def one_by_one(asked: EffectQuestion) -> list[float]:
    """The correlation at every block from one forward and backward pass for every picture alone."""
    batch = data.batch(asked)
    images, labels = torch.from_numpy(batch.images), torch.from_numpy(batch.labels)
    _network, operated = gradients.prepare(asked)
    gradients.freeze(operated, images)
    seen: dict[int, list[Tensor]] = {block.output: [] for block in operated.graph.blocks}
    for image, label in zip(images, labels, strict=True):
        kept: dict[int, Tensor] = {}

        def keep(index: int, kept: dict[int, Tensor] = kept) -> Any:
            return lambda output: kept.update({index: output})

        with operated.observing({index: keep(index) for index in seen}):
            scores = operated(image[None])
        found = torch.autograd.grad(F.cross_entropy(scores, label[None]), list(kept.values()))
        for index, gradient in zip(kept, found, strict=True):
            seen[index].append(gradient[0])
    return [mean_over_pairs(torch.stack(rows)) for rows in seen.values()]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("resnet8", {}),
        ("resnet8", {"surgery": Surgery.of(cut=["layer2.0"], branches={"layer1.0": 0.5})}),
        ("plain8", {"batch_norm": False, "batch_norm_mode": "train", "images": "noise"}),
        ("preact_resnet20", {"seed": 3}),
        ("mlp_residual_bn", {"num_blocks": 4}),
        ("highway8", {}),
        ("torchvision:resnet18", {"image_size": 32, "batch_size": 4}),
        ("torchvision:convnext_tiny", {"image_size": 32, "batch_size": 4, "batch_norm_mode": "train"}),
    ],
)
def test_the_correlation_is_that_of_pictures_taken_one_by_one(name: str, changes: dict[str, Any]) -> None:
    answer = measure(name, **changes)
    expected = one_by_one(dataclasses.replace(answer.question, batch_norm_mode="frozen"))
    assert len(expected) == len(answer.correlation) > 2
    assert np.allclose(answer.correlation, expected, rtol=1e-3, atol=1e-4)


def test_in_training_mode_the_correlation_is_between_rows_of_the_gradient_of_the_batch() -> None:
    answer = measure("resnet8", batch_norm_mode="train")
    batch = data.batch(answer.question)
    _network, operated = gradients.prepare(answer.question)
    outputs: list[Tensor] = []
    with operated.observing({block.output: outputs.append for block in operated.graph.blocks}):
        scores = operated(torch.from_numpy(batch.images))
    rows = torch.autograd.grad(F.cross_entropy(scores, torch.from_numpy(batch.labels)), outputs)
    assert np.allclose(answer.correlation, [mean_over_pairs(gradient) for gradient in rows], rtol=1e-3, atol=1e-4)
    frozen = measure("resnet8").correlation
    assert not np.allclose(answer.correlation[:-1], frozen[:-1], atol=1e-3)


@pytest.mark.parametrize("scale", [1.0, 1e-22, 1e-36, 1e-44, 1e22, 1e37])
def test_the_correlation_of_known_rows_at_every_size_of_float32(scale: float) -> None:
    torch.manual_seed(0)
    rows = torch.randn(6, 4, 3, 3) + 0.5
    expected = mean_over_pairs((rows * scale) / scale if scale < 1e-30 else rows)
    assert math.isclose(effect.correlation(rows * scale), expected, rel_tol=1e-4)
    same = (torch.ones(5, 7) * scale).expand(5, 7)
    assert math.isclose(effect.correlation(same), 1, rel_tol=1e-6)
    assert effect.correlation(torch.eye(4) * scale) == pytest.approx(0, abs=1e-6)
    sum_to_zero = torch.tensor([[2.0], [-1.0], [-1.0]]) * scale
    assert effect.correlation(sum_to_zero) == pytest.approx(-1 / 2, rel=1e-6)


def test_where_there_is_no_correlation_there_is_no_number() -> None:
    for rows in (torch.zeros(3, 2), torch.ones(1, 2), torch.tensor([[1.0], [math.inf]]), torch.full((2, 2), math.nan)):
        assert math.isnan(effect.correlation(rows))
    severed = measure("resnet20", surgery=Surgery.of(cut=["layer2.1"], drop=["layer2.1"])).correlation
    assert np.isnan(severed[:5]).all() and not np.isnan(severed[-1])
    assert np.isnan(measure("resnet8", batch_size=1).correlation).all()


class OneLabel(effect.Correlations):
    """Every picture has the same label, so that the gradients begin alike and what the blocks do to them is seen."""

    def run(self, network: Any, images: Tensor, labels: Tensor) -> float:
        return super().run(network, images, torch.zeros_like(labels))


def correlation_of_one_label(name: str, **changes: Any) -> Any:
    asked = question(name, images="noise", **changes)
    return gradients.run(effect._gradient_question(asked), OneLabel)[1].correlation


def test_every_layer_with_batch_norm_halves_the_correlation() -> None:
    """By 1/2 - 1/(π(B - 1)): after batch norm the pictures of a batch correlate by -1/(B - 1), and their ReLUs are on
    together that often (Balduzzi et al. 2017, arXiv:1702.08591, Theorem 1)."""
    size = 64
    found = np.mean([
        correlation_of_one_label("mlp_plain_bn", num_blocks=6, width=512, batch_size=size, seed=seed)
        for seed in range(3)
    ], axis=0)  # fmt: skip
    assert np.allclose(found[1:] / found[1:][-1], (0.5 - 1 / (math.pi * (size - 1))) ** np.arange(4, -1, -1), rtol=0.1)


def test_a_network_that_looks_linear_keeps_the_correlation() -> None:
    found = correlation_of_one_label("mlp_looks_linear", num_blocks=12, width=64)
    assert np.allclose(found, found[-1], rtol=1e-4) and found[-1] > 0.5


def test_the_gradients_are_those_of_the_question_about_gradients() -> None:
    asked = question("resnet20", surgery=Surgery.of(cut=["layer1.1"]), batch_norm_mode="train")
    answer = effect.measure(asked)
    same = gradients.measure(effect._gradient_question(asked))
    assert np.array_equal(answer.gradients.gradient_norms, same.gradient_norms) and answer.gradients.loss == same.loss
    assert answer.gradients.question == same.question == GradientQuestion(
        network=asked.network, surgery=asked.surgery, image_size=8, batch_size=8
    )  # fmt: skip


def test_scores_loss_and_error_are_those_of_the_network() -> None:
    answer = measure("resnet8", batch_norm_mode="train", batch_size=32)
    batch = data.batch(answer.question)
    labels = torch.from_numpy(batch.labels)
    with torch.no_grad():
        scores = gradients.prepare(answer.question)[0](torch.from_numpy(batch.images))
    assert np.array_equal(answer.logits, scores.numpy()) and answer.logits.dtype == np.float32
    assert answer.gradients.loss == F.cross_entropy(scores, labels).item()
    assert answer.error == (scores.argmax(1) != labels).double().mean().item()


def test_scores_that_are_no_numbers_are_errors() -> None:
    scores = torch.tensor([[math.nan, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert effect._error(scores, torch.tensor([0, 0, 0])) == pytest.approx(2 / 3)


def test_all_shortcuts_cut_is_the_plain_twin() -> None:
    for mode in ("train", "frozen"):
        cut = measure("resnet20", surgery=Surgery.of(cut=ALL_OF_20), batch_norm_mode=mode)
        plain = measure("plain20", batch_norm_mode=mode)
        assert np.array_equal(cut.logits, plain.logits) and cut.error == plain.error
        assert np.array_equal(cut.correlation, plain.correlation)
        assert cut.reached_parameters == plain.reached_parameters == plain.num_parameters == cut.num_parameters


def parameters_of(name: str, *paths: str) -> int:
    network = zoo.build(zoo.spec(name))
    return sum(p.numel() for path in paths for p in network.get_submodule(path).parameters())


def test_the_parameters_that_no_gradient_reaches_are_those_of_dropped_branches() -> None:
    intact = measure("resnet20")
    assert intact.reached_parameters == intact.num_parameters == architecture.graph_of(
        intact.question.network
    ).num_parameters  # fmt: skip
    dropped = measure("resnet20", surgery=Surgery.of(drop=["layer1.2", "layer3.1"]))
    lost = parameters_of("resnet20", "layer1.2.residual", "layer3.1.residual")
    assert compare(intact, dropped).parameters_lost == lost > 0
    severed = measure("resnet20", surgery=Surgery.of(cut=["layer1.0"], drop=["layer1.0"]), batch_norm_mode="train")
    assert severed.reached_parameters == 10  # the rest is 0 behind the cut but for the classifier's biases


def test_a_surgery_is_summed_up() -> None:
    intact, cut = measure("resnet20"), measure("resnet20", surgery=Surgery.of(cut=ALL_OF_20[3:]))
    found = compare(intact, cut)
    assert math.isclose(
        found.output_change, np.linalg.norm(cut.logits - intact.logits) / np.linalg.norm(intact.logits), rel_tol=1e-5
    )
    assert found.predictions_changed == np.mean(intact.logits.argmax(1) != cut.logits.argmax(1)) > 0
    assert found.loss == (intact.gradients.loss, cut.gradients.loss) and found.error == (intact.error, cut.error)
    assert found.first_gradient_ratio == cut.gradients.gradient_norms[0] / intact.gradients.gradient_norms[0]
    assert found.parameters_lost == 0


def test_nothing_done_is_nothing_changed() -> None:
    intact = measure("resnet8")
    found = compare(intact, measure("resnet8"))
    assert (found.output_change, found.predictions_changed, found.first_gradient_ratio) == (0, 0, 1)
    assert found.loss[0] == found.loss[1] and found.error[0] == found.error[1]


def test_a_comparison_with_zeros_and_infinities_says_what_can_be_said() -> None:
    zero = measure("fixup_resnet20")  # its classifier begins as zeros
    assert not zero.logits.any()
    same = compare(zero, zero)
    assert same.output_change == 0 and math.isnan(same.first_gradient_ratio)
    other = dataclasses.replace(zero, logits=np.ones_like(zero.logits))
    assert compare(zero, other).output_change == math.inf
    wild = dataclasses.replace(zero, logits=np.full_like(zero.logits, np.inf))
    assert math.isnan(compare(other, wild).output_change) and math.isnan(compare(wild, wild).output_change)


def test_only_the_surgery_may_differ() -> None:
    cut = Surgery.of(cut=["layer1.0"])
    intact, operated = measure("resnet8"), measure("resnet8", surgery=cut)
    for before, after in (
        (operated, intact),
        (intact, measure("resnet8", surgery=cut, seed=1)),
        (intact, measure("plain8")),
    ):
        with pytest.raises(ValueError, match="differ in more than the surgery"):
            compare(before, after)


def test_the_answer_is_light_and_the_same_every_time() -> None:
    answer = measure("resnet8")
    copy = loads_light(pickle.dumps(answer))
    again = measure("resnet8")
    for other in (copy, again):
        assert np.array_equal(other.logits, answer.logits) and np.array_equal(other.correlation, answer.correlation)
        assert other.question == answer.question and other.reached_parameters == answer.reached_parameters


def test_no_gradient_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one block's gradient is seen, the one before it on the way is the only other that may live."""
    living: list[Any] = []
    most = 0
    see = effect.Correlations.see_gradient

    def watched(self: effect.Correlations, index: int, gradient: Tensor) -> None:
        nonlocal most
        living.append(weakref.ref(gradient))
        see(self, index, gradient)
        most = max(most, sum(ref() is not None for ref in living))

    monkeypatch.setattr(effect.Correlations, "see_gradient", watched)
    answer = measure("resnet20")
    gc.collect()
    assert len(living) == 9 and most <= 2 and not any(ref() is not None for ref in living)
    assert not any(isinstance(value, Tensor) for value in vars(answer).values())


@pytest.mark.parametrize(
    "name", ["torchvision:mobilenet_v3_small", "torchvision:swin_t", "timm:resnet10t", "timm:convnext_atto"]
)
def test_networks_of_other_libraries_are_measured(name: str) -> None:
    asked = question(name, image_size=64 if "swin" in name else 32, batch_size=4)
    first = architecture.graph_of(asked.network).shortcuts[0].name
    intact = effect.measure(asked)
    cut = effect.measure(dataclasses.replace(asked, surgery=Surgery.of(cut=[first])))
    assert np.isfinite(intact.correlation).all() and compare(intact, cut).output_change > 0


def test_what_cannot_be_measured_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^there is no junction 'layer9.9'"):
        measure("resnet8", surgery=Surgery.of(cut=["layer9.9"]))


class Bare(gradients.Signals):
    """One forward and backward pass, and nothing is looked at."""

    def see_gradient(self, index: int, gradient: Tensor) -> None:
        self.connected[index] = True


def seconds_of(kind: Any, asked: GradientQuestion, operated: Any, images: Tensor, labels: Tensor) -> float:
    graph: NetworkGraph = operated.graph
    start = time.perf_counter()
    kind(graph).run(operated, images, labels)
    return time.perf_counter() - start


@pytest.mark.slow
def test_the_correlation_costs_little_beside_the_norms() -> None:
    asked = effect._gradient_question(question("resnet56", batch_size=32, batch_norm_mode="train"))
    batch = data.batch(asked)
    images, labels = torch.from_numpy(batch.images), torch.from_numpy(batch.labels)
    _network, operated = gradients.prepare(asked)
    times: dict[Any, list[float]] = {gradients.Signals: [], effect.Correlations: []}
    for kind in [*times] * 25:
        times[kind].append(seconds_of(kind, asked, operated, images, labels))
    norms, both = (min(taken) for taken in times.values())
    assert both < 1.15 * norms


@pytest.mark.slow
def test_an_operated_resnet56_is_measured_within_a_second() -> None:
    measure("resnet56", batch_size=32)  # the network's graph is then known, as it is when a shortcut is clicked
    cut = Surgery.of(cut=["layer2.3"])
    assert min(measure("resnet56", batch_size=32, surgery=cut).seconds for _ in range(3)) < 1
