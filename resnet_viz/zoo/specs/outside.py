"""A network that somebody else wrote, known only by its name in torchvision or timm."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from resnet_viz.text import N_, _
from resnet_viz.zoo.specs.base import NetworkSpec, all_fields

_NAME = re.compile(r"(torchvision|timm):([a-z0-9_][a-z0-9_.]{0,99})")

# "vit_base_patch16_384", "maxvit_tiny_tf_512.in1k": by custom a name that ends in a number of this size says the side
# of the input; "levit_128", which means a width, is below it.
_SIDE_IN_NAME = re.compile(
    r"_r?(160|192|224|240|256|260|288|299|300|320|336|380|384|448|456|512|528|560|600|1024)(?![0-9x])"
)


@dataclass(frozen=True, kw_only=True)
class OutsideSpec(NetworkSpec):
    """A classification network of torchvision or timm, without trained weights.

    Whether the library has a network of that name is only known where it is built: nothing here imports torch. The side
    of the usual input is read off the name where the name says it; 224 is right for most others.
    """

    family: ClassVar[str] = N_("From other libraries")

    source: str  # "torchvision:resnet50"

    @classmethod
    def of(cls, source: str) -> Self:
        """The network of that name with its usual input."""
        sides = _SIDE_IN_NAME.findall(source) if source.startswith("timm:") else []
        return cls(source=source, image_size=int(sides[-1])) if sides else cls(source=source)

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
        return OutsideSpec.of(self.source)

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
