"""A network that somebody else wrote, known only by its name in torchvision or timm."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from resnet_viz.text import N_, _
from resnet_viz.zoo.specs.base import NetworkSpec, all_fields
from resnet_viz.zoo.specs.fields import own_image_side

_NAME = re.compile(r"(torchvision|timm):([a-z0-9_][a-z0-9_.]{0,99})")


@dataclass(frozen=True, kw_only=True)
class OutsideSpec(NetworkSpec):
    """A classification network of torchvision or timm, without trained weights.

    Whether the library has a network of that name, and for pictures of what size, is only known where it is built:
    nothing here imports torch. An `image_size` of 0 is the network's own (`zoo.outside.own_image_size`).
    """

    family: ClassVar[str] = N_("From other libraries")

    source: str  # "torchvision:resnet50"
    image_size: int = own_image_side()

    @property
    def name(self) -> str:
        return self.source

    @property
    def library(self) -> str:
        """ "torchvision" or "timm"."""
        return self.source.partition(":")[0]

    @property
    def model(self) -> str:
        """The name of the network in its library."""
        return self.source.partition(":")[2]

    def entry(self) -> OutsideSpec:
        return OutsideSpec(source=self.source)

    def __post_init__(self) -> None:
        source = ":".join(part.strip() for part in self.source.lower().split(":"))  # no library has a name in capitals
        if not _NAME.fullmatch(source):
            raise ValueError(
                _(
                    "unknown network {name}: allowed are torchvision:NAME and timm:NAME",
                    name=repr(self.source if len(self.source) <= 60 else self.source[:59] + "…"),
                )
            )
        object.__setattr__(self, "source", source)
        super().__post_init__()
        if self.library == "torchvision":
            channels = next(field for field in all_fields(type(self)) if field.name == "in_channels")
            replace(channels, minimum=3, maximum=3).parse(self.in_channels, self.name)
