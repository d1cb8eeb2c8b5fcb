"""The block that is opened where nobody has chosen one."""

from __future__ import annotations

import pytest

from resnet_viz.graph.shipped import shipped
from resnet_viz.graph.telling import telling_block


@pytest.mark.parametrize(
    ("name", "stage", "inner", "block"),
    [
        ("resnet50", 2, False, "layer2.0"),  # it changes the shape
        ("resnet50", 2, True, "layer2.1"),
        ("resnet50", 9, False, "layer4.0"),  # the last stage there is
        ("res2net50_26w_4s", 2, False, "layer2.1"),  # the first has no ladder
        ("mlp_residual_bn", 2, False, "layers.0"),  # one stage
    ],
)
def test_it_is_the_block_with_most_to_see(name: str, stage: int, inner: bool, block: str) -> None:
    graph = shipped(name)
    assert graph is not None
    assert telling_block(graph, stage, inner=inner) == block
