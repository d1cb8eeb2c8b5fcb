"""Errors without blocks are those of networks changed by hand; draws are the seed's; what cannot be deleted is said."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.compute.frames import loads_light
from resnet_viz.probes import data, lesion_plan, lesions
from resnet_viz.probes.batch_norm import freeze
from resnet_viz.probes.gradients import prepare
from resnet_viz.probes.questions import LesionQuestion
from resnet_viz.probes.study_answers import LesionAnswer
from resnet_viz.surgery import Surgery, without_blocks
from resnet_viz.surgery.chain import Step, Variant


def question(name: str, **changes: Any) -> LesionQuestion:
    names = {f.name for f in zoo.fields(zoo.spec(name))} - {"image_size"}
    overrides = {key: changes.pop(key) for key in list(changes) if key in names}
    return LesionQuestion.defaults(zoo.spec(name, **overrides), **{"image_size": 8, "batch_size": 64, **changes})


def measure(name: str, **changes: Any) -> LesionAnswer:
    return lesions.measure(question(name, **changes))


@torch.no_grad()
def error(network: nn.Module, asked: LesionQuestion) -> float:
    batch = data.batch(asked)
    scores = network(torch.from_numpy(batch.images))
    return (scores.argmax(1) != torch.from_numpy(batch.labels)).double().mean().item()


def with_statistics(asked: LesionQuestion) -> nn.Module:
    """The network in evaluation mode with the statistics of the pictures."""
    network, operated = prepare(replace(asked, batch_norm_mode="frozen"))
    freeze(operated, torch.from_numpy(data.batch(asked).images))
    return network


class OnlyShortcut(nn.Module):
    """What is left of a block without its residual branch: the shortcut, and what follows the addition."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.shortcut, self.after = block.shortcut, block.relu

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.shortcut(x))


@pytest.mark.parametrize("shortcut", ["A", "B", "C"])
def test_a_lesion_is_the_block_replaced_by_its_shortcut_and_what_follows_the_addition(shortcut: str) -> None:
    asked = question("resnet20", depth=14, shortcut=shortcut)
    answer = lesions.measure(asked)
    assert answer.intact_error == error(with_statistics(asked), asked)
    for column, name in enumerate(answer.block_names):
        network = with_statistics(asked)
        container, _dot, place = name.rpartition(".")
        blocks: Any = network.get_submodule(container)
        blocks[int(place)] = OnlyShortcut(blocks[int(place)])
        assert answer.errors[0, column] == error(network, asked), name


def test_a_plain_network_loses_blocks_that_keep_their_shape() -> None:
    asked = question("plain20", depth=14)
    answer = lesions.measure(asked)
    assert answer.keeps_shape.tolist() == [True, True, False, True, False, True]
    assert np.array_equal(np.isnan(answer.errors[0]), ~answer.keeps_shape)
    example = torch.zeros(2, 3, 8, 8)
    for column in np.flatnonzero(answer.keeps_shape):
        changed = without_blocks(with_statistics(asked), [answer.block_names[column]], example)
        assert answer.errors[0, column] == error(changed, asked)


def test_the_blocks_are_those_of_the_network_and_the_ones_that_change_the_shape_are_told() -> None:
    answer = measure("resnet20", depth=14)
    assert answer.block_names == tuple(f"layer{stage}.{block}" for stage in (1, 2, 3) for block in (0, 1))
    assert answer.stage_names == ("layer1", "layer2", "layer3") and answer.stage_of_block == (0, 0, 1, 1, 2, 2)
    assert answer.keeps_shape.tolist() == [True, True, False, True, False, True]
    assert answer.amounts.tolist() == [1] * 6 and answer.errors.shape == (1, 6)
    assert np.isnan(answer.kendall_tau).all() and answer.num_images == 64
    counts = np.bincount(data.batch(answer.question).labels)
    assert answer.chance_error == 1 - counts.max() / 64
    assert np.allclose(answer.costs, 100 * (answer.errors - answer.intact_error))


@pytest.mark.parametrize("study", ["random", "order"])
def test_draws_are_those_of_the_seed(study: str) -> None:
    first, second = (measure("resnet20", study=study, draws=3, seed=4) for _ in range(2))
    assert np.array_equal(first.errors, second.errors) and first.errors.shape == (3, len(first.amounts))
    assert np.array_equal(first.kendall_tau, second.kendall_tau, equal_nan=True)
    more = measure("resnet20", study=study, draws=4, seed=4)
    assert np.array_equal(more.errors[:3], first.errors)  # another draw changes none of those before
    other = measure("resnet20", study=study, draws=3, seed=5)
    assert not np.array_equal(first.errors, other.errors)


def test_random_lesions_grow_and_end_with_every_block() -> None:
    asked = question("resnet20", study="random", draws=4)
    sets = lesion_plan.deleted_sets(range(9), lesion_plan.amounts(9), 4, 0)
    assert all(len(some) == size for row in sets for some, size in zip(row, range(1, 10), strict=True))
    assert all(one < other for row in sets for one, other in pairwise(row))
    answer = lesions.measure(asked)
    _network, operated = prepare(replace(asked, batch_norm_mode="frozen"))
    freeze(operated, torch.from_numpy(data.batch(asked).images))
    operated.perform(Surgery.of(drop=answer.block_names))
    assert (answer.errors[:, -1] == error(operated, asked)).all()
    operated.perform(Surgery.of(drop=[answer.block_names[number] for number in sets[2][3]]))
    assert answer.errors[2, 3] == error(operated, asked)


def test_tau_falls_with_the_swaps() -> None:
    answer = measure("mlp_residual", num_blocks=12, study="order", draws=6, batch_size=8)
    taus = answer.kendall_tau
    assert taus.shape == (6, 12) and (taus[:, 0] < 1).all() and taus[:, 0].mean() > taus[:, -1].mean()


@pytest.mark.parametrize(
    ("name", "choices"),
    [("resnet20", {"depth": 14}), ("plain20", {"depth": 14}), ("highway20", {"depth": 14}), ("torchvision:vgg11", {})],
)
def test_whole_networks_have_the_same_errors(name: str, choices: dict[str, Any]) -> None:
    """The way that networks take whose blocks are no chain, on networks whose blocks are one."""
    for study in ("single", "random", "order"):
        asked = question(name, study=study, draws=2, image_size=32, batch_size=8, **choices)
        network, operated = prepare(replace(asked, batch_norm_mode="frozen"))
        images, found = torch.from_numpy(data.batch(asked).images), lesion_plan.sites(operated.graph)
        variants = (tuple(map(Step, range(len(found)))), *lesions.plan(asked, found).variants)
        chain, whole = lesions.bench_of(network, operated, found), lesions.WholeNetworks(network, operated, found)
        assert not isinstance(chain, lesions.WholeNetworks)
        with torch.no_grad():
            quick, slow = (dict(bench.run(images, variants)) for bench in (chain, whole))
        assert all(torch.equal(quick[number], slow[number]) for number in range(len(variants)))
        assert whole.passes == len(variants) > chain.passes


def test_a_network_whose_blocks_are_no_chain_is_measured_whole() -> None:
    answer = measure("timm:dla34", num_classes=10, image_size=32, batch_size=4)
    assert answer.forward_passes == 1 + len(answer.block_names)
    assert np.isfinite(answer.errors).all()


def test_an_error_midway_leaves_the_gates_as_they_were() -> None:
    asked = question("resnet20", depth=14, surgery=Surgery.of(cut=["layer1.1"]))
    network, operated = prepare(replace(asked, batch_norm_mode="frozen"))
    state = {key: value.clone() for key, value in network.state_dict().items()}
    whole = lesions.WholeNetworks(network, operated, lesion_plan.sites(operated.graph))
    deleted: Sequence[Variant] = [tuple(Step(k, k == 2) for k in range(6))]
    with pytest.raises(RuntimeError), torch.no_grad():
        list(whole.run(torch.zeros(2, 7, 8, 8), deleted))
    assert {name: (gate.shortcut, gate.branch) for name, gate in operated.gates.items()} == {
        name: (0.0 if name == "layer1.1" else 1.0, 1.0) for name in operated.gates
    }
    assert not network.training and all(torch.equal(value, state[key]) for key, value in network.state_dict().items())


def test_what_cannot_be_deleted_or_swapped_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="lenet5 has no block that could be deleted: none has a shortcut, or gives"):
        measure("lenet5", image_size=32)
    with pytest.raises(ValueError, match="resnet56-depth8 has no two blocks of the same shape to swap"):
        measure("resnet20", depth=8, study="order")
    with pytest.raises(ValueError, match="there is no junction 'layer9'"):
        measure("resnet20", surgery=Surgery.of(cut=["layer9"]))
    with pytest.raises(ValueError, match="gives no scores of classes"):
        measure("unipose_resnet50", image_size=64)


def test_a_score_that_is_no_number_is_wrong() -> None:
    class Numberless:
        passes = 1.0

        def run(self, images: Tensor, variants: Sequence[Variant]) -> Iterator[tuple[int, Tensor]]:
            yield 0, torch.tensor([[float("nan"), 1.0], [0.0, 1.0]])

    told: list[float] = []
    found, passes = lesions.errors_of(
        Numberless(), torch.zeros(2, 1), torch.tensor([0, 1]), [()], lambda fraction, text: told.append(fraction)
    )
    assert (found.tolist(), passes, told) == ([0.5], 1.0, [1.0])


def test_more_pictures_than_run_at_once_are_all_counted() -> None:
    asked = question("resnet20", depth=8, batch_size=300)
    answer = lesions.measure(asked)
    assert answer.num_images == 300
    assert answer.intact_error == error(with_statistics(asked), asked)
    assert answer.forward_passes < 1 + 3


def test_the_usual_question_has_many_pictures() -> None:
    assert LesionQuestion.defaults(zoo.spec("resnet20")).batch_size == 256
    assert LesionQuestion.defaults(zoo.spec("resnet20"), batch_size=16).batch_size == 16
    assert LesionQuestion.defaults(zoo.spec("resnet50")).batch_size == 8


def test_an_answer_needs_no_torch() -> None:
    answer = measure("resnet20", depth=8, batch_size=8)
    again = loads_light(pickle.dumps(answer, protocol=5))
    assert again.question == answer.question and np.array_equal(again.errors, answer.errors)


def test_progress_grows_to_the_end() -> None:
    told: list[float] = []
    lesions.measure(question("resnet20", depth=8, batch_size=8), lambda fraction, text: told.append(fraction))
    assert told == sorted(told) and told[-1] == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_after_training_a_residual_network_can_do_without_a_block_and_a_plain_one_cannot(seed: int) -> None:
    """Veit et al. 2016, Figure 3, on the digits: 20 layers, blocks of the same shape deleted one at a time."""
    cost = {}
    for name in ("resnet20", "plain20"):
        answer = measure(name, weights="trained", seed=seed, batch_size=256)
        assert answer.intact_error < 0.2
        cost[name] = float(np.median(answer.costs[0, answer.keeps_shape]))
    assert cost["resnet20"] <= 5 and cost["plain20"] >= 40, cost
