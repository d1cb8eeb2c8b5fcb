"""What the papers give, below the network of the page Architecture: tables, arithmetic, published errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from resnet_viz.figures import arithmetic, numbers, paper_table, published
from resnet_viz.figures.arithmetic import Convolution
from resnet_viz.graph.shipped import facts
from resnet_viz.text import N_, _
from resnet_viz.ui import choices, shell
from resnet_viz.ui.messages import plain
from resnet_viz.zoo import NetworkSpec, ResNetSpec, catalog
from resnet_viz.zoo.specs import ResNeXtSpec
from resnet_viz.zoo.specs.resnext import equal_cost


@dataclass(frozen=True)
class Section:
    """A part of what the papers give: where it applies, and what shows it."""

    title: str  # English, marked for translation
    applies: Callable[[NetworkSpec], bool]
    show: Callable[[NetworkSpec], None]


def show(spec: NetworkSpec) -> None:
    """The sections that speak of this network, one at a time."""
    titles = {name: _(section.title) for name, section in _SECTIONS.items() if section.applies(spec)}
    if not titles:
        return
    with st.container(border=True):
        first = next(iter(titles))
        st.markdown(f"##### {_('From the paper') if len(titles) > 1 else titles[first]}")
        if len(titles) > 1:
            first = choices.segments(_("From the paper"), "paper", titles, first, label_visibility="collapsed")
        _SECTIONS[first].show(spec)


def _table(spec: NetworkSpec) -> None:
    st.markdown(paper_table.imagenet_table(facts()))
    st.caption(
        _(
            "Table 1 of He et al. 2015 (arXiv:1512.03385), written from the networks that are built here. The last two "
            "rows are counted in them, with the stride in the first 1×1 convolution as in the paper; a multiply-add "
            "counts once. Option B for the shortcuts, so 18 and 34 layers cost a little more than with option A."
        )
    )


def _arithmetic(spec: NetworkSpec) -> None:
    first = ResNetSpec(depth=50)
    width, channels = first.stage_channels[0], first.stage_channels[0] * first.expansion
    wide, narrow, fair = arithmetic.basic(channels), arithmetic.bottleneck(channels, width), arithmetic.basic(width)
    columns = st.columns(3)
    titles = (
        _("Basic block, {channels} channels", channels=channels),
        _("Bottleneck, {channels} channels", channels=channels),
        _("Basic block, {channels} channels", channels=width),
    )
    for column, title, convolutions in zip(columns, titles, (wide, narrow, fair), strict=True):
        with column:
            _sum(title, convolutions)
    weights = [arithmetic.num_weights(convolutions) for convolutions in (wide, narrow, fair)]
    st.markdown(
        _(
            "At equal width the bottleneck has {ratio} times fewer weights than a basic block ({wide} against "
            "{narrow}). But the paper's Figure 5 sets it beside the basic block on {width} channels ({fair}): **for "
            "about the same cost the bottleneck carries {expansion} times as many channels**. Batch norms add {norms} "
            "parameters to the bottleneck; projections are not counted.",
            width=width,
            expansion=first.expansion,
            ratio=f"{weights[0] / weights[1]:.1f}",
            wide=f"{weights[0]:,}",
            narrow=f"{weights[1]:,}",
            fair=f"{weights[2]:,}",
            norms=f"{arithmetic.num_batch_norm_parameters(narrow):,}",
        )
    )


def _sum(title: str, convolutions: tuple[Convolution, ...]) -> None:
    st.markdown(f"**{title}**  \n{' · '.join(convolution.words for convolution in convolutions)}")
    st.latex(arithmetic.sum_in_latex(convolutions))


def _errors(spec: NetworkSpec) -> None:
    settings = published.settings(spec)
    words = {str(i): _(setting) for i, setting in enumerate(settings)}
    setting = settings[int(choices.segments(_("Measured on"), "measured", words, "0")) if len(settings) > 1 else 0]
    points = published.points(setting, facts())
    own = [point for point in points if point.spec.family == spec.family]
    if not published.costs_differ(own):
        _error_table(own)
    elif len(published.varied(own)) > 1:  # a wide table
        _error_table(own)
        _error_chart(points, spec)
    else:
        left, right = st.columns([1.25, 1])
        with left:
            _error_chart(points, spec)
        with right:
            _error_table(own)
    st.caption(
        _(
            "Errors as their papers give them ({papers}), {setting}; parameters and multiply-adds are counted in the "
            "networks that are built here. Training recipes differ between papers.",
            papers=plain("; ".join(dict.fromkeys(point.result.paper.citation for point in own))),
            setting=_(setting),
        )
    )


def _error_chart(points: Sequence[published.Point], spec: NetworkSpec) -> None:
    from resnet_viz.figures.error_chart import error_chart  # Plotly takes a while to load

    numbered = [point for point in points if point.result.error is not None]
    st.plotly_chart(error_chart(numbered, spec, shell.theme()), key="errors", config={"displaylogo": False})


def _error_table(points: Sequence[published.Point]) -> None:
    """One row a network: what makes it differ from its catalog entry, its error, its cost."""
    columns: dict[str, list[str]] = {_("Network"): [point.spec.name for point in points]}
    for field in published.varied(points):
        columns[_(field.label)] = [
            field.words(getattr(point.spec, field.name)) if point.spec.applies(field.name) else "" for point in points
        ]
    columns[_("Error, %")] = [f"{p.result.error:g}" if p.result.error is not None else _("fails") for p in points]
    columns[_("Parameters")] = [numbers.short(p.cost.num_parameters) for p in points]
    columns[_("MACs")] = [numbers.short(p.cost.macs) for p in points]
    st.dataframe(columns, hide_index=True, width="stretch", height="content")


def _equal_cost(spec: NetworkSpec) -> None:
    templates = equal_cost()
    columns: dict[str, list[object]] = {
        _("Cardinality C"): [template.cardinality for template in templates],
        _("Width d"): [template.width for template in templates],
        _("Group width C·d"): [template.group_width for template in templates],
        _("Weights of a block"): [template.parameters for template in templates],
    }
    for depth in (50, 101):
        twins = [ResNeXtSpec(depth=depth, cardinality=t.cardinality, width=t.width) for t in templates]
        columns[_("Parameters, {depth} layers", depth=depth)] = [facts()[t.label].num_parameters for t in twins]
        columns[_("Error, {depth} layers, %", depth=depth)] = [
            next((result.error for result in catalog.results(twin)), None) for twin in twins
        ]
    grouped = st.column_config.NumberColumn(format="localized")
    errors = st.column_config.NumberColumn(format="%.1f")
    formats = {name: errors if "%" in name else grouped for name in columns}
    st.dataframe(columns, hide_index=True, width="stretch", column_config=formats)
    st.caption(
        _(
            "C paths of width d cost C · (256 d + 9 d² + 256 d) weights (Xie et al. 2016, arXiv:1611.05431, eq. 4). "
            "For each C the width is the one that comes closest to the bottleneck of ResNet-50. Errors are the paper's "
            "(Table 3); parameters are counted here."
        )
    )


_SECTIONS = {
    "table": Section(N_("18 to 152 layers"), lambda spec: isinstance(spec, ResNetSpec), _table),
    "arithmetic": Section(N_("Basic or bottleneck"), lambda spec: isinstance(spec, ResNetSpec), _arithmetic),
    "equal_cost": Section(N_("Paths at equal cost"), lambda spec: isinstance(spec, ResNeXtSpec), _equal_cost),
    "errors": Section(N_("Published errors"), lambda spec: bool(published.settings(spec)), _errors),
}
