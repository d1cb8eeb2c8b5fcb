"""The networks that can be picked by name: one line a variant, with what its paper published.

Errors are in percent. Only figures that were read in the source itself stand here; CIFAR-10 errors are those of the
paper's Table 6. Parameter counts are not repeated: they are computed, and tests hold them to the published ones.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache

from resnet_viz.text import N_, _
from resnet_viz.zoo.specs import CifarResNetSpec, NetworkSpec, OutsideSpec, ResNetSpec


@dataclass(frozen=True)
class Paper:
    """Where a network was published."""

    authors: str
    title: str
    year: int
    arxiv: str


@dataclass(frozen=True)
class Variant:
    """A catalog entry: its specification and the published figures, None where we have read none."""

    spec: NetworkSpec
    paper: Paper
    error: float | None = None  # top-1 error in percent
    measured: str = ""  # on what, and how; English, marked for translation
    macs: float | None = None  # multiply-adds as published
    torchvision: str | None = None  # the same network there
    published: NetworkSpec | None = None  # the network that the figures are of, where it is not `spec` itself

    @property
    def name(self) -> str:
        return self.spec.name

    def figures_speak_of(self, spec: NetworkSpec) -> bool:
        """Whether to show the published figures beside a network: the entry itself, or what was published."""
        return spec in (self.spec, self.published)


HE_2015 = Paper("He, Zhang, Ren, Sun", "Deep Residual Learning for Image Recognition", 2015, "1512.03385")

TEN_CROP = N_("ImageNet validation, 10-crop")
CIFAR = N_("CIFAR-10 test")

CIFAR_DEPTHS = range(8, 1203, 6)  # 6n+2


VARIANTS: tuple[Variant, ...] = (
    Variant(
        ResNetSpec(depth=18),
        HE_2015,
        error=27.88,
        measured=TEN_CROP,
        torchvision="resnet18",
        published=ResNetSpec(depth=18, shortcut="A"),
    ),
    Variant(ResNetSpec(depth=34), HE_2015, error=24.52, measured=TEN_CROP, macs=3.6e9, torchvision="resnet34"),
    Variant(
        ResNetSpec(depth=50),
        HE_2015,
        error=22.85,
        measured=TEN_CROP,
        macs=3.8e9,
        torchvision="resnet50",
        published=ResNetSpec(depth=50, stride_in="1x1"),
    ),
    Variant(
        ResNetSpec(depth=101),
        HE_2015,
        error=21.75,
        measured=TEN_CROP,
        torchvision="resnet101",
        published=ResNetSpec(depth=101, stride_in="1x1"),
    ),
    Variant(
        ResNetSpec(depth=152),
        HE_2015,
        error=21.43,
        measured=TEN_CROP,
        macs=11.3e9,
        torchvision="resnet152",
        published=ResNetSpec(depth=152, stride_in="1x1"),
    ),
    Variant(ResNetSpec(depth=18, shortcut="none"), HE_2015, error=27.94, measured=TEN_CROP),
    Variant(ResNetSpec(depth=34, shortcut="none"), HE_2015, error=28.54, measured=TEN_CROP, macs=3.6e9),
    Variant(ResNetSpec(depth=50, shortcut="none"), HE_2015),
    Variant(ResNetSpec(depth=101, shortcut="none"), HE_2015),
    Variant(ResNetSpec(depth=152, shortcut="none"), HE_2015),
    Variant(CifarResNetSpec(depth=20), HE_2015, error=8.75, measured=CIFAR),
    Variant(CifarResNetSpec(depth=32), HE_2015, error=7.51, measured=CIFAR),
    Variant(CifarResNetSpec(depth=44), HE_2015, error=7.17, measured=CIFAR),
    Variant(CifarResNetSpec(depth=56), HE_2015, error=6.97, measured=CIFAR),
    Variant(CifarResNetSpec(depth=110), HE_2015, error=6.43, measured=CIFAR),
    Variant(CifarResNetSpec(depth=1202), HE_2015, error=7.93, measured=CIFAR),
    Variant(CifarResNetSpec(depth=20, shortcut="none"), HE_2015),
    Variant(CifarResNetSpec(depth=32, shortcut="none"), HE_2015),
    Variant(CifarResNetSpec(depth=44, shortcut="none"), HE_2015),
    Variant(CifarResNetSpec(depth=56, shortcut="none"), HE_2015),
    Variant(CifarResNetSpec(depth=110, shortcut="none"), HE_2015),
    Variant(CifarResNetSpec(depth=1202, shortcut="none"), HE_2015),
)


@cache
def variants() -> dict[str, Variant]:
    """The catalog by name."""
    return {variant.name: variant for variant in VARIANTS}


def find(name: str) -> NetworkSpec:
    """The network of that name: a catalog entry, resnetN or plainN with N = 6n+2, torchvision:NAME or timm:NAME.

    Capitals, spaces, "-" and "_" do not matter in our own names ("ResNet-50"), and a number alone is the ResNet of that
    depth where the catalog has it. Raises ValueError with one sentence that names the nearest or closest entries.
    """
    if ":" in name:
        return OutsideSpec(source=name)
    canonical = re.sub(r"[\s_-]", "", name.lower())
    known = variants().get(canonical) or variants().get(f"resnet{canonical}")
    if known:
        return known.spec
    family = re.fullmatch(r"(resnet|plain|)([1-9][0-9]{0,8})", canonical)
    if not family:
        raise ValueError(_unknown(name))
    word, depth = family[1] or "resnet", int(family[2])
    if family[1] and depth in CIFAR_DEPTHS:
        return CifarResNetSpec(depth=depth, shortcut="none" if word == "plain" else "A")
    raise ValueError(_unknown_depth(name, word, depth))


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name[:60].lower(), variants(), n=3, cutoff=0) or list(variants())[:3]
    return _(
        "unknown network {name}: the closest are {close}; allowed are also torchvision:NAME and timm:NAME",
        name=_quoted(name), close=", ".join(close),
    )  # fmt: skip


def _unknown_depth(name: str, word: str, depth: int) -> str:
    listed = {int(entry.removeprefix(word)) for entry in variants() if entry.startswith(word)}
    depths = sorted(listed.union(CIFAR_DEPTHS))
    near = {*[d for d in depths if d <= depth][-1:], *[d for d in depths if d >= depth][:1]}
    names = [f"{word}{d}" for d in sorted(near)]
    if len(names) == 1:
        return _("unknown network {name}: the nearest is {nearest}", name=_quoted(name), nearest=names[0])
    below, above = names
    return _("unknown network {name}: nearest are {below} and {above}", name=_quoted(name), below=below, above=above)


def _quoted(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:59] + "…")
