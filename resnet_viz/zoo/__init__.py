"""What networks exist: names, specifications (values without torch), and how to build them.

zoo.spec("resnet56", shortcut="B")      a value
zoo.build("resnet50")                   an nn.Module; only this imports torch
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from resnet_viz.zoo import catalog
from resnet_viz.zoo.specs import CifarResNetSpec, NetworkSpec, OutsideSpec, ResNetSpec, SpecField
from resnet_viz.zoo.specs.base import all_fields as fields_of_family

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "CifarResNetSpec", "NetworkSpec", "OutsideSpec", "ResNetSpec", "SpecField",
    "all_fields", "build", "fields", "names", "spec",
]  # fmt: skip


def names() -> list[str]:
    """The names of the catalog, family by family."""
    return list(catalog.variants())


def spec(name_or_spec: str | NetworkSpec, /, **overrides: object) -> NetworkSpec:
    """The specification of a network, with some of its fields changed.

    A name is a catalog entry, resnetN or plainN with N = 6n+2, torchvision:NAME or timm:NAME; ours in capitals or not,
    with or without "-" and "_"; 50 alone is resnet50. Overrides are values or their text. Equal networks are equal
    values: spec("resnet56", depth=20) == spec("resnet20"). Raises ValueError with one sentence.
    """
    found = catalog.find(name_or_spec) if isinstance(name_or_spec, str) else name_or_spec
    return found.replace(**overrides) if overrides else found


def fields(spec: NetworkSpec) -> list[SpecField]:
    """The choices that have an effect on this network, each with its range, words, and the catalog entry's value."""
    return spec.fields()


def all_fields(spec: NetworkSpec) -> list[SpecField]:
    """All choices of the family, in an order in which one after the other can be set: what a link may name."""
    return list(fields_of_family(type(spec)))


def build(name_or_spec: str | NetworkSpec, /, **overrides: object) -> nn.Module:
    """The network, in training mode, with weights drawn from torch's global generator: seed it before.

    Raises ValueError with one sentence. Imports torch (by a name, so that no other function of this room leads there).
    """
    module = importlib.import_module("resnet_viz.zoo.building")
    network: nn.Module = module.build_network(spec(name_or_spec, **overrides))
    return network
