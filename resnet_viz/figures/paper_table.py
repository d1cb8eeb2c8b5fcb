"""Table 1 of He et al. 2015 (arXiv:1512.03385), made from the specifications that build the networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resnet_viz.figures.arithmetic import basic, bottleneck
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
    rows.append(["conv1", _square(side), *_merged(_("7×7, {channels}, stride 2", channels=specs[0].stage_channels[0]))])
    rows.append(["", _square(side // 2), *_merged(_("3×3 max pool, stride 2"))])
    for stage in range(4):
        side //= 2
        cells = [_blocks(spec, stage) for spec in specs]
        rows.append([f"conv{stage + 2}_x", _square(side), *cells])
    rows.append(["", _square(1), *_merged(_("average pool, fc {classes}", classes=specs[0].num_classes))])
    costs = [facts[spec.label] for spec in specs]
    rows.append([_("Multiply–adds"), "", *(f"{cost.macs / 1e9:.2f} G" for cost in costs)])
    rows.append([_("Parameters"), "", *(f"{cost.num_parameters / 1e6:.1f} M" for cost in costs)])
    return "\n".join(map(_row, [heads, ["---"] * len(heads), *rows]))


def _blocks(spec: ResNetSpec, stage: int) -> str:
    """As in [1×1, 64; 3×3, 64; 1×1, 256] × 3."""
    channels = spec.stage_channels[stage]
    block = basic(channels) if spec.block == "basic" else bottleneck(channels * spec.expansion, channels)
    lines = r" \\ ".join(rf"{conv.kernel_size}{{\times}}{conv.kernel_size},\ {conv.out_channels}" for conv in block)
    return rf"$\begin{{bmatrix}} {lines} \end{{bmatrix}} {{\times}} {spec.stage_blocks[stage]}$"


def _merged(cell: str) -> Sequence[str]:
    """A cell that all networks share stands in the first column: Markdown joins no cells."""
    return [cell, *[r"$\leftarrow$"] * (len(DEPTHS) - 1)]


def _square(side: int) -> str:
    return f"{side}×{side}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
