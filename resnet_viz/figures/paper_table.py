"""Table 1 of He et al. 2015 (arXiv:1512.03385), made from the specifications that build the networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resnet_viz.graph.shipped import Facts
from resnet_viz.text import _
from resnet_viz.zoo.specs import ImageNetSpec, ResNetSpec

DEPTHS = tuple(ImageNetSpec.STAGE_BLOCKS)


def imagenet_table(facts: Mapping[str, Facts]) -> str:
    """The table in Markdown with LaTeX brackets: stem, four stages, head, and what each network costs.

    The last two rows come from the traced networks in their published form, with the stride of a bottleneck in its
    first 1×1 convolution.
    """
    specs = [ResNetSpec(depth=depth, stride_in="1x1") for depth in DEPTHS]
    side, rows = specs[0].image_size // 2, []
    heads = [_("Layer"), _("Output"), *(f"{depth}" for depth in DEPTHS)]
    rows.append(["conv1", _square(side), *_merged(_("7×7, 64, stride 2"))])
    rows.append(["", _square(side // 2), *_merged(_("3×3 max pool, stride 2"))])
    for stage in range(4):
        side //= 2
        cells = [_blocks(spec, stage) for spec in specs]
        rows.append([f"conv{stage + 2}_x", _square(side), *cells])
    rows.append(["", _square(1), *_merged(_("average pool, fc 1000"))])
    costs = [facts[spec.label] for spec in specs]
    rows.append([_("Multiply–adds"), "", *(f"{cost.macs / 1e9:.2f} G" for cost in costs)])
    rows.append([_("Parameters"), "", *(f"{cost.num_parameters / 1e6:.1f} M" for cost in costs)])
    return "\n".join(map(_row, [heads, ["---"] * len(heads), *rows]))


def _blocks(spec: ResNetSpec, stage: int) -> str:
    """As in [1×1, 64; 3×3, 64; 1×1, 256] × 3."""
    channels = spec.stage_channels[stage]
    wide = channels * spec.expansion
    layers = [(3, channels)] * 2 if spec.block == "basic" else [(1, channels), (3, channels), (1, wide)]
    lines = r" \\ ".join(rf"{k}{{\times}}{k},\ {c}" for k, c in layers)
    return rf"$\begin{{bmatrix}} {lines} \end{{bmatrix}} {{\times}} {spec.stage_blocks[stage]}$"


def _merged(cell: str) -> Sequence[str]:
    """A cell that all networks share stands in the first column: Markdown joins no cells."""
    return [cell, *[r"$\leftarrow$"] * (len(DEPTHS) - 1)]


def _square(side: int) -> str:
    return f"{side}×{side}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
