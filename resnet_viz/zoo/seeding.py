"""Networks whose weights are drawn so that a comparison compares what was changed, and nothing else.

Every module of our own networks draws from a generator of its own, seeded by the seed and the module's path. Modules of
the same path and shape therefore get the same weights in a residual network, its plain twin, its operated copy, and
with or without batch norm, whatever else is there. In networks of other libraries a module may draw what it likes:
there all weights come from one generator, and only the same network (operated or not) gets the same.
"""

from __future__ import annotations

import hashlib
from typing import cast

import torch
from torch import nn

from resnet_viz import zoo
from resnet_viz.zoo import NetworkSpec, OutsideSpec
from resnet_viz.zoo.networks.parts import Network


def build_seeded(spec: NetworkSpec, seed: int) -> nn.Module:
    """The network in training mode, its weights determined by `seed`. Uses torch's global generator."""
    if isinstance(spec, OutsideSpec):
        torch.manual_seed(seed)
        return zoo.build(spec)
    with torch.device("meta"):  # no number is drawn twice
        network = zoo.build(spec)
    network.to_empty(device="cpu")
    seed_weights(cast(Network, network), seed)
    return network


def seed_weights(network: Network, seed: int) -> None:
    """Draw all weights of one of our networks anew, each module's from (seed, path of the module)."""
    network.draw_weights(before=lambda path: torch.manual_seed(seed_of(path, seed)))


def seed_of(path: str, seed: int) -> int:
    """A seed for the module at `path`: 32 bits, because torch's generator on the CPU looks at no more of them."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {path}".encode(), digest_size=4).digest(), "big")
