"""The networks of the catalog, each traced once for all tests, and those whose choices change what is drawn."""

from __future__ import annotations

from functools import cache

import pytest

from resnet_viz import zoo
from resnet_viz.graph import NetworkGraph
from resnet_viz.probes.architecture import graph_of
from resnet_viz.zoo import NetworkSpec

# Choices that give another block than the entry's own, in networks as small as they come.
CHOICES: dict[str, tuple[dict[str, object], ...]] = {
    "highway20": ({"depth": 8}, {"depth": 8, "carry": "own"}, {"depth": 8, "carry": "none"}),
    "preact_resnet110": (
        *({"depth": 14, "arrangement": letter} for letter in "abcde"),
        *(
            {"depth": 14, "shortcut": shortcut}
            for shortcut in ("scaled", "exclusive", "shortcut_only", "1x1", "dropout")
        ),
    ),
    "resnet20": ({"depth": 8, "shortcut": "B"}, {"depth": 8, "batch_norm": False}),
    "resnext29_8x64d": (
        *({"depth": 11, "width": 4, "form": form} for form in ("sum", "concat", "grouped")),
        *({"depth": 11, "cardinality": n, "width": 4, "form": "sum"} for n in (2, 3, 4, 5)),
        *({"depth": 11, "cardinality": n, "width": 4, "form": "concat"} for n in (2, 3, 4, 5)),
        {"depth": 11, "width": 4, "form": "sum", "batch_norm": False},
    ),
    "res2next29_6cx24wx4s": tuple({"depth": 11, "width": 4, "wiring": way} for way in ("paper", "released")),
    "wrn_16_8": ({"widen_factor": 1, "dropout": 0.3},),
    "beta_resnet110": ({"depth": 8},),
    "fixup_resnet110": ({"depth": 8},),
    "skipinit_resnet110": ({"depth": 8},),
    "rezero_resnet110": ({"depth": 8},),
    "stochastic_depth_resnet110": ({"depth": 8},),
    "mlp_residual_bn": ({"num_blocks": 4},),
    "mlp_looks_linear": ({"num_blocks": 4},),
    **{f"ho_resnet26_{method}": ({"depth": 14},) for method in ("euler", "midpoint")},
    "ho_resnet26_rk4": ({},),
    "ho_resnet20_heun3": ({},),
    "ho_resnet20_rk3": ({},),
    "seresnet50": ({},),
    "rexnet_90": ({},),
    "unipose_resnet50": ({},),
    "lenet5": ({},),
}


@cache
def graph(spec: NetworkSpec) -> NetworkGraph:
    """The graph of a network, traced once."""
    return graph_of(spec)


def _named(name: str, choices: dict[str, object]) -> pytest.param:
    spec = zoo.spec(name, **choices)
    return pytest.param(spec, id=spec.label)


ENTRIES = [pytest.param(zoo.spec(name), id=name) for name in zoo.names()]
SMALL = [_named(name, dict(choice)) for name, many in CHOICES.items() for choice in many]
each_network = pytest.mark.parametrize("spec", ENTRIES + [param for param in SMALL if param.id not in zoo.names()])
