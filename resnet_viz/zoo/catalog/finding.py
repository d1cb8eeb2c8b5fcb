"""Networks by name, however it is typed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from resnet_viz.text import _
from resnet_viz.zoo.catalog.variant import Variant
from resnet_viz.zoo.specs import CifarResNetSpec, NetworkSpec, OutsideSpec

CIFAR_DEPTHS = range(8, 1203, 6)  # 6n+2


def find(name: str, known: Mapping[str, Variant]) -> NetworkSpec:
    """The network of that name: an entry of `known`, a name of a family ("wrn_34_7"), torchvision:NAME or timm:NAME.

    Capitals, spaces, "-" and "_" do not matter in our own names ("ResNet-50"), and a number alone is the ResNet of that
    depth where the catalog has it. Raises ValueError with one sentence that names the nearest or closest entries, or
    the value that the family does not allow.
    """
    if ":" in name:
        return OutsideSpec(source=name)
    canonical = re.sub(r"[\s_-]", "", name.lower())
    entry = known.get(name) or known.get(canonical) or known.get(f"resnet{canonical}")
    if entry:
        return entry.spec
    for family in dict.fromkeys(type(variant.spec) for variant in known.values()):
        if spec := family.from_name(name):
            return spec
    return _v1(name, canonical, known)


def _v1(name: str, canonical: str, known: Mapping[str, Variant]) -> NetworkSpec:
    """resnetN and plainN, which two families share."""
    family = re.fullmatch(r"(resnet|plain|)([1-9][0-9]{0,8})", canonical)
    if not family:
        raise ValueError(_unknown(name, known))
    word, depth = family[1] or "resnet", int(family[2])
    if family[1] and depth in CIFAR_DEPTHS:
        return CifarResNetSpec(depth=depth, shortcut="none" if word == "plain" else "A")
    raise ValueError(_unknown_depth(name, word, depth, known))


def _unknown(name: str, known: Mapping[str, Variant]) -> str:
    close = difflib.get_close_matches(name[:60].lower(), known, n=3, cutoff=0.01) or list(known)[:3]
    return _(
        "unknown network {name}: the closest are {close}; allowed are also torchvision:NAME and timm:NAME",
        name=_quoted(name), close=", ".join(close),
    )  # fmt: skip


def _unknown_depth(name: str, word: str, depth: int, known: Mapping[str, Variant]) -> str:
    listed = {int(entry.removeprefix(word)) for entry in known if re.fullmatch(rf"{word}[0-9]+", entry)}
    depths = sorted(listed.union(CIFAR_DEPTHS))
    near = {*[d for d in depths if d <= depth][-1:], *[d for d in depths if d >= depth][:1]}
    names = [f"{word}{d}" for d in sorted(near)]
    if len(names) == 1:
        return _("unknown network {name}: the nearest is {nearest}", name=_quoted(name), nearest=names[0])
    below, above = names
    return _("unknown network {name}: nearest are {below} and {above}", name=_quoted(name), below=below, above=above)


def _quoted(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:59] + "…")
