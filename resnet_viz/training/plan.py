"""What decides the weights that a training leaves: a value without torch, for links, cache keys and stored runs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Literal, Self

import resnet_viz
from resnet_viz.text import _
from resnet_viz.zoo import NetworkSpec
from resnet_viz.zoo.specs import MLPSpec

DIGITS = "digits"
Schedule = Literal["constant", "triangle"]
SCHEDULES: tuple[Schedule, ...] = ("constant", "triangle")
MAX_STEPS, MAX_BATCH, MIN_SIDE, MAX_SIDE, MAX_SEED = 100_000, 1024, 8, 1024, 2**31 - 1

_DIGITS_CLASSES = 10
_WARM_UP = 0.1  # part of the steps in which a triangle's rate rises
_RECIPE = 1  # raised when equal plans lead to other weights than before


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """Stochastic gradient descent on `network`, which starts from the weights that `seed` draws (`zoo.seeding`).

    `data` is "digits" (`training.data.digits`), shown at `image_size`; `seed` also draws the order of the pictures.
    `schedule`: a "constant" learning rate, or a "triangle": up to `learning_rate` in the first tenth of the steps, then
    down to 0. `gradient_limit` is the largest norm of all gradients together, to which longer ones are shortened; 0 is
    no limit. A network that is tied to a size is built for this one.
    """

    network: NetworkSpec
    data: str = DIGITS
    image_size: int = 8
    steps: int = 200
    batch_size: int = 64
    learning_rate: float = 0.1
    schedule: Schedule = "triangle"
    momentum: float = 0.9
    weight_decay: float = 1e-4
    gradient_limit: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.data != DIGITS:
            raise ValueError(_("training data is {value!r}: digits is wanted", value=str(self.data)[:40]))
        if self.schedule not in SCHEDULES:
            raise ValueError(_("schedule is {value!r}: constant or triangle is wanted", value=str(self.schedule)[:40]))
        _check_whole(_("image size"), self.image_size, MIN_SIDE, MAX_SIDE)
        _check_whole(_("steps"), self.steps, 1, MAX_STEPS)
        _check_whole(_("batch size"), self.batch_size, 1, MAX_BATCH)
        _check_whole(_("seed"), self.seed, 0, MAX_SEED)
        self._check_number("learning_rate", _("learning rate"), 10)
        self._check_number("momentum", _("momentum"), 0.999)
        self._check_number("weight_decay", _("weight decay"), 1)
        self._check_number("gradient_limit", _("gradient limit"), 1e6)
        if self.network.num_classes < _DIGITS_CLASSES:
            raise ValueError(
                _(
                    "{network} has {classes} classes: for the digits ten are wanted",
                    network=self.network.label, classes=self.network.num_classes,
                )
            )  # fmt: skip
        if self.network.is_tied_to_image_size:
            object.__setattr__(self, "network", self.network.replace(image_size=self.image_size))

    def _check_number(self, name: str, label: str, high: float) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
            raise ValueError(
                _("{label} is {value!r}: a number from 0 to {high} is wanted", label=label, value=value, high=high)
            )
        object.__setattr__(self, name, float(value))  # 1 and 1.0 are equal, and so must be their digests

    @classmethod
    def quick(cls, network: NetworkSpec, seed: int = 0, image_size: int = 8) -> Self:
        """The plan that trains small networks to useful ones in seconds: one for all, so that they can be compared.

        A rate that rises first and a limit for the gradient are what it takes: without both ResNet-56 may stand still,
        and 54 residual blocks of a perceptron leave the numbers. A perceptron whose residual blocks do not divide by a
        standard deviation begins with scores of 10^8, and needs more steps to come down.
        """
        grows = isinstance(network, MLPSpec) and network.is_residual and network.norm != "bn"
        return cls(network=network, seed=seed, image_size=image_size, steps=600 if grows else 200)

    def learning_rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if self.schedule == "constant":
            return self.learning_rate
        rising = math.ceil(_WARM_UP * self.steps)
        return self.learning_rate * min((step + 1) / rising, (self.steps - step) / (self.steps - rising + 1))

    @property
    def digest(self) -> str:
        """64 hexadecimal digits that equal plans of one version of this program have in common, and no others."""
        values = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "network"
        }
        network = [type(self.network).__name__, self.network.name, sorted(self.network.overrides().items())]
        content = json.dumps([resnet_viz.__version__, _RECIPE, network, values], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def _check_whole(label: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(
            _("{label} is {value!r}: a whole number from {low} to {high} is wanted", label=label, value=value, low=low,
              high=high)
        )  # fmt: skip
