"""Weights of a block, term by term, against the convolutions that torch makes and the figures people quote."""

from __future__ import annotations

from torch import nn

from resnet_viz.figures import arithmetic
from resnet_viz.figures.arithmetic import Convolution


def test_the_three_blocks_of_the_comparison_have_the_known_counts() -> None:
    counts = [arithmetic.num_weights(c) for c in (arithmetic.basic(256), arithmetic.bottleneck(256, 64))]
    assert counts == [1_179_648, 69_632]
    assert arithmetic.num_weights(arithmetic.basic(64)) == 73_728


def test_batch_norms_are_counted_as_the_networks_count_them() -> None:
    convolutions = arithmetic.bottleneck(256, 64)
    assert arithmetic.num_weights(convolutions) + arithmetic.num_batch_norm_parameters(convolutions) == 70_400
    basic = arithmetic.basic(256)
    assert arithmetic.num_weights(basic) + arithmetic.num_batch_norm_parameters(basic) == 1_180_672


def test_a_convolution_has_the_weights_of_torchs() -> None:
    ours, theirs = Convolution(3, 7, 5), nn.Conv2d(7, 5, 3, bias=False)
    assert ours.num_weights == theirs.weight.numel()


def test_the_sum_is_written_with_its_terms_and_its_total() -> None:
    assert arithmetic.sum_in_latex(arithmetic.bottleneck(256, 64)) == (
        r"256 \cdot 64 + 3^2 \cdot 64 \cdot 64 + 64 \cdot 256 = 69{,}632"
    )
