"""Res2Net is its equations: both wirings of a block, written out with numbered splits."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo


def small_block(wiring: str, stage: int, **overrides: object) -> nn.Module:
    torch.manual_seed(0)
    spec = zoo.spec("res2next29_6cx24wx4s", depth=20, width=4, cardinality=2, wiring=wiring, **overrides)
    return zoo.build(spec).eval().get_submodule(f"layer2.{stage}")


def by_hand(block: nn.Module, x: Tensor, wiring: str, first: bool) -> Tensor:
    """The block written out with numbered splits, from its weights alone."""
    weights = block.state_dict()
    small = (1 + 1e-5) ** 0.5  # a batch norm that has seen nothing divides by this

    def K(i: int, z: Tensor, stride: int = 1) -> Tensor:
        return (F.conv2d(z, weights[f"residual.splits.{i}.conv.weight"], None, stride, 1, groups=2) / small).relu()

    down = 2 if first and wiring == "paper" else 1
    z = (F.conv2d(x, weights["residual.conv1.weight"], stride=down) / small).relu()
    x1, x2, x3, x4 = z[:, :16], z[:, 16:32], z[:, 32:48], z[:, 48:]
    if wiring == "paper":
        y1, y2 = x1, K(0, x2)
        y3 = K(1, x3 + y2)
        y4 = K(2, x4 + y3)
    elif first:
        y1, y2, y3, y4 = K(0, x1, 2), K(1, x2, 2), K(2, x3, 2), F.avg_pool2d(x4, 3, 2, 1)
    else:
        y1 = K(0, x1)
        y2 = K(1, x2 + y1)
        y3, y4 = K(2, x3 + y2), x4
    branch = F.conv2d(torch.cat([y1, y2, y3, y4], dim=1), weights["residual.conv3.weight"]) / small
    shortcut = F.conv2d(x, weights["shortcut.conv.weight"], stride=2) / small if first else x
    return (branch + shortcut).relu()


@pytest.mark.parametrize("wiring", ["paper", "released"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_block_computes_the_equation_of_its_wiring(wiring: str, number: int) -> None:
    block, x = small_block(wiring, number), torch.randn(2, 256 if number == 0 else 512, 8, 8)
    torch.testing.assert_close(block(x), by_hand(block, x, wiring, first=number == 0))


def test_the_wirings_are_one_ladder_up_to_the_order_of_the_splits() -> None:
    paper, released = small_block("paper", 1), small_block("released", 1)
    state = released.state_dict()
    turned = {
        **state,
        **{
            f"residual.{key}": torch.cat([state[f"residual.{key}"][48:], state[f"residual.{key}"][:48]])
            for key in ("conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var")
        },
    }
    last = state["residual.conv3.weight"]
    paper.load_state_dict({**turned, "residual.conv3.weight": torch.cat([last[:, 48:], last[:, :48]], dim=1)})
    x = torch.randn(2, 512, 8, 8)
    torch.testing.assert_close(paper(x), released(x))


def test_squeeze_and_excitation_weighs_the_branch_right_before_the_sum() -> None:
    block, x = small_block("released", 1, squeeze_excitation=True), torch.randn(2, 512, 8, 8)
    *_, last = block.residual._modules
    assert last == "se"
    branch = block.residual[:-1](x)
    s = block.residual.se.gate
    weight = s.fc2(s.fc1(branch.mean((2, 3), keepdim=True)).relu()).sigmoid()
    torch.testing.assert_close(block(x), (x + weight * branch).relu())
