"""The networks that can be picked by name, and what their papers published: a literal table a family.

Only figures that were read in the source itself stand in the tables. Parameter counts are not repeated: they are
computed, and tests hold them to the published ones.
"""

from __future__ import annotations

from functools import cache

from resnet_viz.zoo.catalog import (
    finding,
    highway,
    history,
    ho_resnet,
    mlp,
    preact,
    res2net,
    resnet,
    resnext,
    rexnet,
    scaled_resnet,
    seresnet,
    stochastic_depth,
    unipose,
    wide_resnet,
)
from resnet_viz.zoo.catalog.variant import Paper, Result, Variant
from resnet_viz.zoo.specs import NetworkSpec

__all__ = ["RESULTS", "VARIANTS", "Paper", "Result", "Variant", "families", "find", "results", "usual", "variants"]

_FAMILIES = (
    history,
    highway,
    resnet,
    preact,
    stochastic_depth,
    wide_resnet,
    resnext,
    seresnet,
    res2net,
    mlp,
    scaled_resnet,
    rexnet,
    unipose,
    ho_resnet,
)  # fmt: skip

VARIANTS: tuple[Variant, ...] = tuple(variant for family in _FAMILIES for variant in family.VARIANTS)
RESULTS: tuple[Result, ...] = tuple(result for family in _FAMILIES for result in family.RESULTS)


@cache
def families() -> dict[str, list[Variant]]:
    """The entries of each family, by its name in English, in the order of the catalog."""
    found: dict[str, list[Variant]] = {}
    for variant in VARIANTS:
        found.setdefault(variant.spec.family, []).append(variant)
    return found


def usual(family: str) -> Variant:
    """The entry that stands for a family: the one that its specification's defaults make, else the first."""
    members = families()[family]
    return variants().get(type(members[0].spec)().name, members[0])


@cache
def variants() -> dict[str, Variant]:
    """The catalog by name."""
    return {variant.name: variant for variant in VARIANTS}


def results(spec: NetworkSpec) -> list[Result]:
    """What was published about a network; of a catalog entry, what was published about the paper's form of it."""
    variant = variants().get(spec.name)
    shown = variant.published if variant is not None and variant.published and spec == variant.spec else spec
    return [result for result in RESULTS if result.spec == shown]


def find(name: str) -> NetworkSpec:
    """The network of that name, however it is typed. Raises ValueError with one sentence: see `finding.find`."""
    return finding.find(name, variants())
