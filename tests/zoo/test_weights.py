"""torchvision's networks and ours are the same function of the same weights."""

from __future__ import annotations

import pytest
import torch

from resnet_viz import zoo
from resnet_viz.zoo.torchvision_guard import import_torchvision
from resnet_viz.zoo.weights import renamed


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_torchvisions_weights_give_equal_outputs(depth: int, mode: str) -> None:
    torch.manual_seed(0)
    theirs = import_torchvision().models.get_model(f"resnet{depth}", weights=None)
    ours = zoo.build(f"resnet{depth}")
    ours.load_state_dict(
        renamed(theirs.state_dict(), zoo.spec(f"resnet{depth}"))
    )  # strict: no key is left over on either side
    theirs.train(mode == "train"), ours.train(mode == "train")
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(ours(images), theirs(images))
