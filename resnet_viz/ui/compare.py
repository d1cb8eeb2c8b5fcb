"""The view Side by side: one block of the network for every value of one of its choices."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_viz.diagrams import Scene
from resnet_viz.diagrams.sheets import blocks
from resnet_viz.text import _
from resnet_viz.ui import choices, networks
from resnet_viz.ui.components import diagram
from resnet_viz.ui.messages import complain
from resnet_viz.zoo import NetworkSpec, SpecField, variations

_USUAL_WIDTH, _TALLEST = 1100, 900  # pixels


@dataclass(frozen=True, eq=False)
class Comparison:
    """A choice of the network, and its drawing for every value."""

    spec: NetworkSpec
    field: SpecField
    block: str
    scene: Scene


def choose_field(spec: NetworkSpec) -> SpecField | None:
    """The choice that the address names, or the first, with its drop-down; None where the network has none to draw."""
    known = {field.name: field for field in variations.fields(spec)}
    if not known:
        complain(_("{network} has no choice to lay side by side.", network=spec.name))
        return None
    words = {name: _(field.label) for name, field in known.items()}
    return known[choices.drop_down(_("By"), "by", words, next(iter(known)), width=170)]


def show(spec: NetworkSpec, field: SpecField, block: str) -> Comparison | None:
    """The drawing in the page; None, after one sentence, where a network cannot be traced."""
    specs = variations.along(spec, field)
    graphs = networks.graphs_of(list(specs.values()))
    if graphs is None:
        return None
    scene = blocks(dict(zip(specs, graphs, strict=True)), block)
    height = round(min(_TALLEST, scene.height * min(1.0, _USUAL_WIDTH / scene.width)))
    diagram(
        scene.to_svg(interactive=True), key="hero", height=height, view=f"{spec.label}/compare/{field.name}/{block}",
        caption=_("The same block for every choice. Drag to move, double-click to fit."),
    )  # fmt: skip
    return Comparison(spec, field, block, scene)
