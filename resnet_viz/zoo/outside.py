"""Networks of torchvision and timm by name, without trained weights and without a request to the network."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from torch import nn

from resnet_viz.text import _
from resnet_viz.zoo.specs import NetworkSpec, OutsideSpec
from resnet_viz.zoo.torchvision_guard import import_torchvision

# Heads that only help training, and that change what forward returns in training mode: built without them.
_WITH_AUXILIARY_HEADS = ("googlenet", "inception_v3")
_WITH_POSITIONS = "vit_"  # torchvision's that learn a vector for every position of a picture

_USUAL_SIDE = 224


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


def own_image_size(spec: OutsideSpec) -> tuple[int, int]:
    """Height and width that the network was made for, whatever `spec.image_size` says; 224 where its library is silent.

    torchvision says it by the pictures that its default weights are for, timm by its table of configurations; nothing
    is downloaded. Raises ValueError with one sentence where there is no such network.
    """
    return _own_size_torchvision(spec) if spec.library == "torchvision" else _own_size_timm(spec)


def input_shape(spec: NetworkSpec) -> tuple[int, int, int]:
    """(channels, height, width) of the usual input, asked of the library where only it knows."""
    if isinstance(spec, OutsideSpec) and not spec.image_size:
        return spec.in_channels, *own_image_size(spec)
    return spec.input_shape


def _own_size_torchvision(spec: OutsideSpec) -> tuple[int, int]:
    weights = getattr(_torchvision_of(spec).get_model_weights(spec.model), "DEFAULT", None)
    side = weights.transforms.keywords.get("crop_size", _USUAL_SIDE) if weights else _USUAL_SIDE
    return side, side


def _own_size_timm(spec: OutsideSpec) -> tuple[int, int]:
    timm = _timm_of(spec)
    with _one_sentence(spec):
        known = timm.get_pretrained_cfg(spec.model)
    height, width = known.input_size[-2:] if known and known.input_size else (_USUAL_SIDE, _USUAL_SIDE)
    return height, width


def _build_torchvision(spec: OutsideSpec) -> nn.Module:
    models = _torchvision_of(spec)
    options: dict[str, Any] = {"num_classes": spec.num_classes}
    if spec.model in _WITH_AUXILIARY_HEADS:
        options |= {"aux_logits": False, "init_weights": True}
    if spec.model.startswith(_WITH_POSITIONS):  # all other networks take pictures of any size once they are built
        options["image_size"] = input_shape(spec)[-1]
    with _one_sentence(spec):
        network: nn.Module = models.get_model(spec.model, weights=None, **options)
    return network


def _build_timm(spec: OutsideSpec) -> nn.Module:
    timm = _timm_of(spec)
    with _one_sentence(spec):
        network: nn.Module = timm.create_model(
            spec.model, pretrained=False, num_classes=spec.num_classes, in_chans=spec.in_channels
        )
    if spec.image_size and getattr(network, "default_cfg", {}).get("fixed_input_size"):
        _check_image_size(spec)
    return network


def _check_image_size(spec: OutsideSpec) -> None:
    own = own_image_size(spec)
    if own != (spec.image_size, spec.image_size):
        raise ValueError(
            _(
                "{field} of {network} is {value}: allowed are {allowed}",
                field="image_size", network=spec.name, value=spec.image_size,
                allowed=own[0] if own[0] == own[1] else 0,
            )
        )  # fmt: skip


@contextmanager
def _one_sentence(spec: OutsideSpec) -> Iterator[None]:
    """Inside the with statement what a library refuses (a few accept no other classes or sizes) is a ValueError."""
    try:
        yield
    except (TypeError, RuntimeError, AssertionError) as error:
        if isinstance(error, RuntimeError) and "meta tensor" in str(error):
            raise  # it would be built with numbers: for the caller, who gave it none
        raise ValueError(
            _("{network} cannot be built: {reason}", network=spec.name, reason=_first_line(error))
        ) from error


def _torchvision_of(spec: OutsideSpec) -> ModuleType:
    """torchvision's models, among which there is such a network."""
    if spec.model not in torchvision_names():
        raise ValueError(_unknown(spec, torchvision_names()))
    models: ModuleType = import_torchvision().models
    return models


def _timm_of(spec: OutsideSpec) -> ModuleType:
    """timm, in which there is such a network."""
    timm = _timm()
    if timm is None:
        raise ValueError(_("{network} needs the package timm, which is not installed", network=spec.name))
    if not timm.is_model(spec.model):
        raise ValueError(_unknown(spec, timm_names()))
    return timm


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
