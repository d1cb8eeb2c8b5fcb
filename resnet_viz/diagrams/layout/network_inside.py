"""What a surgery did inside the blocks of the network view: at junctions that have no arc there (Runge–Kutta steps)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from resnet_viz.diagrams.marks import factor_label
from resnet_viz.diagrams.scene import Mark, Scene
from resnet_viz.graph.fold_values import FoldedGraph
from resnet_viz.surgery.plan import Surgery, natural_key
from resnet_viz.text import _

_NARROWEST, _LOWEST = 14.0, 44.0  # of a bar with a number in it
_ARC, _SIZE = 12.0, 10.0


@dataclass(frozen=True)
class Inside:
    """The junctions inside one block that a surgery changes, with their factors."""

    factors: tuple[tuple[str, float, float], ...]  # name, of the shortcut, of the branch

    @property
    def role(self) -> str:
        """Of the mark's line: dotted where shortcuts are cut and nothing else is done."""
        return "cut" if all(shortcut == 0 and branch == 1 for _name, shortcut, branch in self.factors) else "dropped"

    @property
    def tip(self) -> str:
        """One line for every kind of change, naming the junctions."""
        cut = [name for name, shortcut, _branch in self.factors if shortcut == 0]
        dropped = [name for name, _shortcut, branch in self.factors if branch == 0]
        scaled = [
            f"{name} {factor_label(factor)}"
            for name, *factors in self.factors
            for factor in factors
            if factor not in (0, 1)
        ]
        lines = [
            _("{count} cut inside: {names}", count=len(cut), names=", ".join(cut)) if cut else "",
            _("{count} dropped inside: {names}", count=len(dropped), names=", ".join(dropped)) if dropped else "",
            _("{count} scaled inside: {names}", count=len(scaled), names=", ".join(scaled)) if scaled else "",
        ]
        return "\n".join(line for line in lines if line)


def changes_inside(folded: FoldedGraph, surgery: Surgery) -> Mapping[int, Inside]:
    """By position of the block: what is changed at the sums that are nested in it."""
    found: dict[int, list[tuple[str, float, float]]] = defaultdict(list)
    for name in sorted(surgery.names(), key=natural_key):
        junction = folded.graph.junction[name]
        place = folded.item_of.get(junction.op)
        if junction.parent is not None and place is not None and folded.items[place].kind == "block":
            found[place].append((name, *surgery.factors(name)))
    return {place: Inside(tuple(factors)) for place, factors in found.items()}


def paint_inside(
    scene: Scene, inside: Inside, left: float, top: float, width: float, height: float, mark: Mark
) -> None:
    """In a bar a small arc over the number of changes; in a narrow one a line."""
    if width < _NARROWEST or height < _LOWEST:
        x, role = left + width / 2, "cut-thin" if inside.role == "cut" else inside.role
        scene.line([(x, top + 3), (x, top + height - 3)], role, 0, False, mark)
        return
    x0, x1, y = left + width * 0.22, left + width * 0.78, top + 7
    scene.line([(x0, y + _ARC), (x0, y), (x1, y), (x1, y + _ARC)], inside.role, 4, False, mark)
    scene.text((x0 + x1) / 2, y + _ARC + 7, str(len(inside.factors)), _SIZE, "ink", 600, mark=mark)
