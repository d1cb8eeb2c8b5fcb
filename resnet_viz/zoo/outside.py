"""Networks of torchvision and timm by name, without trained weights and without a request to the network."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any

from torch import nn

from resnet_viz.text import _
from resnet_viz.zoo.specs import OutsideSpec
from resnet_viz.zoo.torchvision_guard import import_torchvision

# Heads that only help training, and that change what forward returns in training mode: built without them.
_WITH_AUXILIARY_HEADS = ("googlenet", "inception_v3")


def build_outside(spec: OutsideSpec) -> nn.Module:
    """The network that the specification names, with random weights.

    Raises ValueError with one sentence where the library is missing, has no such network, or cannot build it so.
    """
    return _build_torchvision(spec) if spec.library == "torchvision" else _build_timm(spec)


@cache
def torchvision_names() -> tuple[str, ...]:
    """torchvision's classification networks."""
    models = import_torchvision().models
    return tuple(models.list_models(module=models))


@cache
def timm_names() -> tuple[str, ...]:
    """timm's networks, () where timm is not installed."""
    timm = _timm()
    return tuple(timm.list_models()) if timm else ()


def _build_torchvision(spec: OutsideSpec) -> nn.Module:
    if spec.model not in torchvision_names():
        raise ValueError(_unknown(spec, torchvision_names()))
    options: dict[str, Any] = {"num_classes": spec.num_classes}
    if spec.model in _WITH_AUXILIARY_HEADS:
        options |= {"aux_logits": False, "init_weights": True}
    network: nn.Module = import_torchvision().models.get_model(spec.model, weights=None, **options)
    return network


def _build_timm(spec: OutsideSpec) -> nn.Module:
    timm = _timm()
    if timm is None:
        raise ValueError(_("{network} needs the package timm, which is not installed", network=spec.name))
    if not timm.is_model(spec.model):
        raise ValueError(_unknown(spec, timm_names()))
    try:
        network: nn.Module = timm.create_model(
            spec.model, pretrained=False, num_classes=spec.num_classes, in_chans=spec.in_channels
        )
    except (TypeError, RuntimeError, AssertionError) as error:  # a few accept no other classes or channels
        raise ValueError(
            _("{network} cannot be built: {reason}", network=spec.name, reason=_first_line(error))
        ) from error
    _check_image_size(spec, getattr(network, "default_cfg", {}))
    return network


def _check_image_size(spec: OutsideSpec, config: dict[str, Any]) -> None:
    side = config.get("input_size", (3, spec.image_size))[-1]
    if config.get("fixed_input_size") and spec.image_size != side:
        raise ValueError(
            _(
                "{field} of {network} is {value}: allowed are {allowed}",
                field="image_size", network=spec.name, value=spec.image_size, allowed=side,
            )
        )  # fmt: skip


def _timm() -> ModuleType | None:
    import_torchvision()  # timm imports it
    try:
        return importlib.import_module("timm")
    except ModuleNotFoundError:
        return None


def _unknown(spec: OutsideSpec, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(spec.model, list(names), n=3, cutoff=0)
    return _(
        "{library} has no network {name}: the closest are {close}",
        library=spec.library, name=repr(spec.model), close=", ".join(f"{spec.library}:{name}" for name in close),
    )  # fmt: skip


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
