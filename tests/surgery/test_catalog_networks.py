"""Gates in every network of the catalog: open they change nothing, with all shortcuts cut the network still runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from resnet_viz import zoo
from resnet_viz.surgery import Surgery, operate
from resnet_viz.zoo import NetworkSpec
from tests.catalog_networks import ENTRIES, SMALL

NETWORKS = SMALL + [
    pytest.param(*param.values, id=param.id, marks=pytest.mark.slow)
    for param in ENTRIES
    if param.id not in {small.id for small in SMALL}
]
VERY_MANY = 400  # shortcuts without statistics to normalise by: single precision overflows


def built(spec: NetworkSpec) -> tuple[nn.Module, torch.Tensor]:
    """With random numbers where an initialisation has zeros, so that no equality is that of nothing with nothing."""
    torch.manual_seed(0)
    image_size = next(field for field in zoo.all_fields(spec) if field.name == "image_size")
    spec = spec.replace(image_size=max(int(image_size.minimum), 8 if spec.input_shape[1] <= 32 else 64))
    model = zoo.build(spec).eval()
    for parameter in model.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    x = torch.randn(2, *spec.input_shape)
    return (model.double(), x.double()) if spec.num_shortcuts > VERY_MANY else (model, x)


def outputs(result: Any) -> torch.Tensor:
    return result if isinstance(result, torch.Tensor) else torch.cat([part.flatten() for part in result])


@pytest.mark.parametrize("spec", NETWORKS)
@torch.no_grad()
def test_open_gates_are_equal_to_the_bit_and_all_shortcuts_cut_runs(spec: NetworkSpec) -> None:
    model, x = built(spec)
    expected = outputs(model(x))
    operated = operate(model, Surgery(), x)
    assert torch.equal(outputs(operated(x)), expected)
    shortcuts = [junction.name for junction in operated.graph.shortcuts]
    assert len(shortcuts) == spec.num_shortcuts
    if shortcuts:
        operated.perform(Surgery.of(cut=shortcuts))
        assert outputs(operated(x)).isfinite().all()
        assert not torch.equal(outputs(operated(x)), expected)
