"""Table 1 of He et al. 2015 is written from the networks, and costs what the paper says."""

from __future__ import annotations

import re

from resnet_viz.figures.paper_table import imagenet_table
from resnet_viz.graph.shipped import facts


def rows() -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in imagenet_table(facts()).splitlines()]


def test_it_has_a_column_for_every_depth_and_a_row_for_every_stage() -> None:
    table = rows()
    assert table[0][2:] == ["18", "34", "50", "101", "152"]
    assert [row[0] for row in table if row[0].startswith("conv")] == [
        "conv1", "conv2_x", "conv3_x", "conv4_x", "conv5_x",
    ]  # fmt: skip
    sides = {row[0]: row[1] for row in table}
    assert (sides["conv1"], sides["conv2_x"], sides["conv5_x"]) == ("112×112", "56×56", "7×7")


def test_blocks_are_those_of_the_paper() -> None:
    conv4 = next(row for row in rows() if row[0] == "conv4_x")
    assert [int(re.findall(r"\d+", cell)[-1]) for cell in conv4[2:]] == [2, 6, 6, 23, 36]
    assert r"1{\times}1,\ 256 \\ 3{\times}3,\ 256 \\ 1{\times}1,\ 1024" in conv4[4]


def test_the_cost_is_that_of_the_paper_to_its_two_digits() -> None:
    macs = next(row for row in rows() if row[0] == "Multiply–adds")
    published = {34: 3.6, 50: 3.8, 152: 11.3}  # 10⁹; 34 layers with option A in the paper
    for depth, value in published.items():
        shown = float(macs[2 + [18, 34, 50, 101, 152].index(depth)].removesuffix(" G"))
        assert abs(shown - value) < 0.1
