"""A table of shortcut kinds holds every network of the paper's, and its numbers are the measured ones."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from resnet_viz import zoo
from resnet_viz.probes import gradients
from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.probes.questions import GradientQuestion
from resnet_viz.probes.shortcut_kinds import SignalRow, options, questions, rows, table_1
from resnet_viz.zoo import NetworkSpec
from resnet_viz.zoo.catalog.preact import TABLE_1


def measured(networks: list[NetworkSpec], **changes: Any) -> list[SignalRow]:
    return rows([gradients.measure(asked) for asked in questions(networks, image_size=8, **changes)])


def as_if_of(networks: list[NetworkSpec]) -> list[GradientAnswer]:
    """The answer for one small network, as if it were that of each of these."""
    answer = gradients.measure(questions(table_1(depth=8)[:1], image_size=8)[0])
    return [dataclasses.replace(answer, question=asked) for asked in questions(networks)]


def test_table_1_is_the_papers_and_may_be_shallower() -> None:
    assert table_1() == [row.spec for row in TABLE_1] and len(table_1()) == 16
    shallow = table_1(depth=20)
    assert {network.depth for network in shallow} == {20}
    assert [network.replace(depth=110) for network in shallow] == table_1()
    with pytest.raises(ValueError, match="depth"):
        table_1(depth=21)


def test_every_row_is_named_by_what_sets_it_apart() -> None:
    found = rows(as_if_of(table_1(depth=8)))
    labels = [row.label for row in found]
    assert len(set(labels)) == len(labels) and labels[0] == "identity" and labels[-2:] == ["1×1 convolution", "dropout"]
    assert labels[3] == "constant scaling, Factor of the shortcut: 0.5, Factor of the branch: 0.5"
    assert labels[10] == "exclusive gating: 1−g and g, Gate bias: -6"
    assert all(row.published is None for row in found)  # the paper has them of 110 layers


def test_a_row_is_the_answer_of_its_question() -> None:
    asked = questions(table_1(depth=8)[:2], image_size=8, seed=4)
    assert asked[0] == GradientQuestion.defaults(table_1(depth=8)[0], image_size=8, seed=4)
    answers = [gradients.measure(question) for question in asked]
    for row, answer in zip(rows(answers), answers, strict=True):
        assert row.network == answer.question.network
        assert (row.activation_first, row.activation_last) == (answer.activation_rms[0], answer.activation_rms[-1])
        assert row.activation_last_to_first == row.activation_last / row.activation_first
        assert row.gradient_first_to_last == answer.first_to_last
    silent = dataclasses.replace(answers[0], activation_rms=np.zeros(3))
    assert math.isnan(rows([silent])[0].activation_last_to_first)


def test_the_published_result_stands_beside_the_paper_s_own_network() -> None:
    first, *_others, last = (row.published for row in rows(as_if_of(table_1())))
    assert first is not None and first.error == 6.61 and last is not None and last.fails


def test_options_are_those_of_the_family() -> None:
    found = measured(options(zoo.spec("resnet8")))
    assert [row.label[:2] for row in found] == ["A:", "B:", "C:", "no"]
    assert [row.network.is_plain for row in found] == [False, False, False, True]
    assert all(row.gradient_first_to_last > 0 for row in found)
    with pytest.raises(ValueError, match="has no choice 'shortcut'"):
        options(zoo.spec("mlp_plain"))


def test_what_is_not_an_identity_moves_the_signal_away_from_the_identity_s() -> None:
    """Constant 0.5 forgets: the activations stay at the size of one branch, and the gradient grows from block to block
    as in the plain network, because batch norm divides what reaches a branch by its size. A gate that is nearly shut
    (b = -6) leaves nearly the identity's signal."""
    networks = table_1(depth=32)
    by_kind = {row.label: row for row in measured([networks[i] for i in (0, 1, 2, 12, 13)])}
    identity, plain, half, gate_open, gate_shut = by_kind.values()
    assert identity.activation_last_to_first > 1.5 > half.activation_last_to_first
    grown = [row.gradient_first_to_last for row in (gate_shut, gate_open, half, plain)]
    assert identity.gradient_first_to_last < grown[0] < min(grown[1:3]) and max(grown[1:3]) < grown[3]
