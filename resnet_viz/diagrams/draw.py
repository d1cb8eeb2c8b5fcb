"""One call draws any view of a traced network, and one names the file."""

from __future__ import annotations

import hashlib
import re
from typing import Literal, get_args

from resnet_viz.diagrams.scene import Scene
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _

View = Literal["network", "stage", "block"]
VIEWS: tuple[View, ...] = get_args(View)
_MOST_NAMED = 4  # junctions that a file name spells out
_LONGEST_NAME = 120


def draw(
    graph: NetworkGraph,
    view: str = "network",
    stage: int | None = None,
    block: str | None = None,
    surgery: Surgery | None = None,
) -> Scene:
    """The network, one stage of it or one block of it as a `Scene`, with what surgery did to its junctions.

    `stage` counts from 1 and `block` is a module path; without them the first stage or block is drawn. An unknown view,
    stage, block or junction is a ValueError that says what there is.
    """
    surgery = surgery or Surgery()
    surgery.check(graph.junction)
    if view == "network":
        from resnet_viz.diagrams.layout.network import network_scene

        return network_scene(graph, surgery)
    if view == "stage":
        from resnet_viz.diagrams.layout.stage import stage_scene

        return stage_scene(graph, graph.stages[_stage_index(graph, stage)], surgery)
    if view == "block":
        from resnet_viz.diagrams.layout.block import block_scene

        return block_scene(graph, graph.folded.block[_block_name(graph, block)], surgery)
    raise ValueError(_("There is no view {name}; there are {views}.", name=repr(view), views=", ".join(VIEWS)))


def _stage_index(graph: NetworkGraph, stage: int | None) -> int:
    count = len(graph.stages)
    if not count:
        raise ValueError(_("{network} has no stages to draw.", network=graph.name))
    if stage is None:
        return 0
    if not 1 <= stage <= count:
        raise ValueError(
            _(
                "There is no stage {number}; {network} has stages 1 to {count}.",
                number=stage,
                network=graph.name,
                count=count,
            )
        )
    return stage - 1


def _block_name(graph: NetworkGraph, block: str | None) -> str:
    names = [found.name for found in graph.blocks]
    if not names:
        raise ValueError(_("{network} has no blocks to draw.", network=graph.name))
    if block is None:
        return names[0]
    if block not in graph.folded.block:
        raise ValueError(
            _(
                "There is no block {name}; {network} has {first} to {last}.",
                name=repr(block),
                network=graph.name,
                first=names[0],
                last=names[-1],
            )
        )
    return block


def file_name(
    name: str,
    view: str,
    *,
    stage: int | None = None,
    block: str | None = None,
    surgery: Surgery | None = None,
    suffix: str = "svg",
) -> str:
    """A file name that says what is drawn, safe on every system: "resnet50-network-cut-layer3.1.svg"."""
    what = view
    if view == "stage" and stage is not None:
        what = f"stage{stage}"
    elif view == "block" and block is not None:
        what = f"block-{block}"
    stem = "-".join([name, what, *_surgery_words(surgery or Surgery())])
    stem = re.sub(r"[^A-Za-z0-9.+_=-]+", "_", stem).strip("._-") or "network"
    if len(stem) > _LONGEST_NAME:
        stem = f"{stem[: _LONGEST_NAME - 9]}-{_digest(stem)}"
    return f"{stem}.{suffix}"


def _surgery_words(surgery: Surgery) -> list[str]:
    """As in ["cut-layer1.0+layer3.1", "drop-layer2.0", "shortcut-layer4.1=0.5"]."""
    scaled_shortcuts = [f"{name}={factor:.3g}" for name, factor in surgery.shortcuts if factor]
    scaled_branches = [f"{name}={factor:.3g}" for name, factor in surgery.branches if factor]
    parts = {
        "cut": [name for name, factor in surgery.shortcuts if not factor],
        "drop": [name for name, factor in surgery.branches if not factor],
        "shortcut": scaled_shortcuts,
        "branch": scaled_branches,
    }
    return [f"{word}-{_listed(names)}" for word, names in parts.items() if names]


def _listed(names: list[str]) -> str:
    """A few names spelled out; of many their number and a digest, so that different choices get different files."""
    if len(names) <= _MOST_NAMED:
        return "+".join(names)
    return f"{len(names)}-{_digest(','.join(names))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
