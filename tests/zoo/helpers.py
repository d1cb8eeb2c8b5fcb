"""What tests of networks ask again and again."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_viz import zoo


def on_meta(name_or_spec: str | zoo.NetworkSpec, /, **changes: object) -> nn.Module:
    """A network without numbers."""
    with torch.device("meta"):
        return zoo.build(name_or_spec, **changes)


def count(network: nn.Module, kinds: tuple[type[nn.Module], ...] = (nn.Module,)) -> int:
    """The parameters that modules of these kinds own."""
    return sum(p.numel() for m in network.modules() if isinstance(m, kinds) for p in m.parameters(recurse=False))


def assert_refused(sentence: str, name: str, /, **changes: object) -> None:
    """A network with these choices is refused with this sentence."""
    with pytest.raises(ValueError) as error:
        zoo.spec(name, **changes)
    assert str(error.value) == sentence
