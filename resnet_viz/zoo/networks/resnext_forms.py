"""The weights of a ResNeXt in another of its three forms: the tensors of form (c) are those of the paths side by side.

Beside each other stand, of the paths 0 … C-1, the output channels of conv1, bn1, conv2 and bn2, and the input channels
of conv3. What holds for weights holds for their gradients.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor

_PER_PATH = {"conv1": 0, "bn1": 0, "conv2": 0, "bn2": 0}  # the dimension along which the paths stand
_SIDE_BY_SIDE = {"grouped": {}, "concat": _PER_PATH, "sum": {**_PER_PATH, "conv3": 1}}
_IN_PATH = re.compile(r"(.*\.residual)\.paths\.(\d+)\.(\w+)\.(\w+)")
_IN_BRANCH = re.compile(r"(.*\.residual)\.(\w+)\.(\w+)")


def converted(state: Mapping[str, Tensor], cardinality: int, form: str) -> dict[str, Tensor]:
    """The state_dict of a ResNeXt, of whichever form, in the given form. Tensors may be views of the given ones."""
    return _parted(_joined(state), cardinality, _SIDE_BY_SIDE[form])


def _joined(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state in form (c)."""
    joined: dict[str, Tensor] = {}
    paths: defaultdict[tuple[str, str], dict[int, Tensor]] = defaultdict(dict)
    for key, tensor in state.items():
        if found := _IN_PATH.fullmatch(key):
            branch, number, layer, name = found.groups()
            paths[f"{branch}.{layer}.{name}", layer][int(number)] = tensor
        else:
            joined[key] = tensor
    for (key, layer), parts in paths.items():
        joined[key] = _beside([parts[number] for number in sorted(parts)], _SIDE_BY_SIDE["sum"][layer])
    return joined


def _beside(parts: list[Tensor], dim: int) -> Tensor:
    return torch.cat(parts, dim) if parts[0].dim() else parts[0]  # a number of batches is the same in every path


def _parted(state: Mapping[str, Tensor], cardinality: int, dims: Mapping[str, int]) -> dict[str, Tensor]:
    """The state, in form (c), with the tensors of the layers in `dims` cut into paths."""
    parted: dict[str, Tensor] = {}
    for key, tensor in state.items():
        found = _IN_BRANCH.fullmatch(key)
        if found is None or found[2] not in dims:
            parted[key] = tensor
            continue
        branch, layer, name = found.groups()
        parts = tensor.chunk(cardinality, dims[layer]) if tensor.dim() else [tensor] * cardinality
        for number, part in enumerate(parts):
            parted[f"{branch}.paths.{number}.{layer}.{name}"] = part
    return parted
