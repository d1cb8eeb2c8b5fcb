"""The pieces of the page Gradient flow: the comparison, its chart, what it says, its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from resnet_viz import zoo
from resnet_viz.figures import depth, reading, shortcut_factor, tables
from resnet_viz.figures.depth import Lane
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import estimate
from resnet_viz.probes.questions import DIGITS, MAX_SEED, NOISE, GradientQuestion, check_scores, has_batch_norm
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _
from resnet_viz.ui import architecture, commands, link, networks, operations, shell
from resnet_viz.ui.ask import ask, go_ahead, known
from resnet_viz.ui.components import depth_chart
from resnet_viz.ui.messages import complain, plain
from resnet_viz.zoo import NetworkSpec

MEASURE = "resnet_viz.probes.gradients:measure"
_SHORT = 26  # characters of a name that can stand beside its line


def explanation() -> str:
    """What the page shows, for its popover."""
    return _(
        "One forward and one backward pass, no training. The chart shows the norm of the gradient of the "
        "loss at the output of every block; the loss is at the right, so read a curve "
        "**from right to left**.\n\n"
        "It is often said that gradients *vanish* in deep plain networks. With batch norm they do the "
        "opposite at initialisation: they **explode** toward the input, by a nearly constant factor per "
        "layer. They vanish without batch norm when the weights start too small, down to an exact 0 in "
        "float32. He et al. 2015 (arXiv:1512.03385, section 4.1) checked that their plain networks have "
        "healthy gradients in training and judged vanishing gradients an unlikely cause of degradation."
    )


def can_measure(spec: NetworkSpec, graph: NetworkGraph) -> bool:
    """Whether the network has a loss; where it has none one sentence says so, and two ways lead on."""
    try:
        check_scores(spec, graph)
    except ValueError as error:
        complain(str(error))
    else:
        return True
    inside = next((name for name in zoo.names() if spec.name.endswith(f"_{name}")), networks.DEFAULT)  # a backbone
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Gradient flow of {network}", network=inside), icon=":material/waterfall_chart:", type="primary",
            on_click=lambda: networks.show(zoo.spec(inside), spec),
        )  # fmt: skip
        st.page_link(
            "pages/architecture.py", label=_("Architecture of {network}", network=spec.name),
            icon=":material/account_tree:", query_params=link.current(),
        )  # fmt: skip
    return False


def measured(asked: GradientQuestion, graph: NetworkGraph, seeds: int) -> list[Lane] | None:
    """The comparison, intact against operated against plain, same seeds; None while or because there is no answer."""
    compared = lanes(asked, graph, seeds)
    questions = [q for _part, _label, group in compared for q in group]
    fresh = [q for q in questions if not known(MEASURE, q)]
    try:
        for q in fresh:
            estimate.refuse(q, graph)
    except ValueError as error:
        complain(str(error))
        return None
    if not go_ahead(sum(estimate.seconds(q, graph) for q in fresh)):
        return None
    answers = ask(MEASURE, questions)
    if answers is None:
        return None
    by_question = dict(zip(questions, answers, strict=True))
    for q in fresh:
        estimate.learn(q, graph, by_question[q].seconds)
    return [Lane(part, label, tuple(by_question[q] for q in group)) for part, label, group in compared]


def lanes(
    asked: GradientQuestion, graph: NetworkGraph, seeds: int
) -> list[tuple[depth.Part, str, list[GradientQuestion]]]:
    """The networks to compare, as (part, name, a question for each seed); no two have one name."""
    spec, intact = asked.network, replace(asked, surgery=Surgery())
    residual, twin = spec.with_shortcuts() or spec, spec.without_shortcuts()
    part: depth.Part = "plain" if residual.is_plain else "residual"
    compared: list[tuple[depth.Part, str, GradientQuestion]] = [
        (part, residual.name, replace(intact, network=residual))
    ]
    if asked.surgery:
        changed = operations.summary(graph, asked.surgery)
        compared.append(("operated", changed if len(changed) <= _SHORT else _("operated"), asked))
    if twin is not None and part == "residual":
        is_named_alike = twin.name == residual.name  # what tells them apart is a choice, and no part of the name
        label = _("{network} · no shortcuts", network=twin.name) if is_named_alike else twin.name
        compared.append(("plain", label, replace(intact, network=twin)))
    elif graph.shortcuts:
        everything = Surgery.of(cut=[junction.name for junction in graph.shortcuts])
        compared.append(("plain", _("all shortcuts cut"), replace(intact, surgery=everything)))
    numbers = [(asked.seed + i) % (MAX_SEED + 1) for i in range(seeds)]
    return [(part, label, [q.with_seed(number) for number in numbers]) for part, label, q in compared]


def network(graph: NetworkGraph, surgery: Surgery, asked: GradientQuestion) -> None:
    """The drawing below the chart, to cut shortcuts in and to see where a depth is."""
    words = [_("Click an arc to cut or restore a shortcut.")] if graph.shortcuts else []
    if graph.image_size != asked.image_size:
        words.append(
            _(
                "Sizes are those of pictures of {drawn}×{drawn}; {side}×{side} are measured.",
                drawn=graph.image_size,
                side=asked.image_size,
            )
        )
    architecture.drawing(graph, architecture.View("network", 1, ""), surgery, " ".join(words), height=215)


def hero(lanes: Sequence[Lane], graph: NetworkGraph) -> None:
    """Gradient norm by depth, how it was computed, and beside it what it says."""
    left, right = st.columns([2.3, 1])
    with left.container(border=True):
        depth_chart(depth.gradient_chart(lanes, _stages(graph)), key="gradient-by-depth", height=310)
        st.caption(_how(lanes, graph))
    with right.container(border=True, height="stretch"):
        _read_out(lanes)


def activations(lanes: Sequence[Lane], graph: NetworkGraph) -> None:
    """Root mean square of the block outputs by depth; beside it the formula, where there is a shortcut to speak of."""
    shown = shortcut_factor.formula(graph)
    left, right = st.columns([2.3, 1]) if shown else (st.container(), None)
    with left.container(border=True):
        depth_chart(depth.activation_chart(lanes, _stages(graph)), key="activation-by-depth", height=240)
    if shown and right is not None:
        with right.container(border=True, height="stretch"):
            st.markdown(f"##### {shown.title}")
            st.latex(shown.latex)
            st.caption(plain(shown.words))


def _stages(graph: NetworkGraph) -> list[str]:
    return [stage.title for stage in graph.stages]


def _how(lanes: Sequence[Lane], graph: NetworkGraph) -> str:
    """How the chart was computed, with everything that is not as usual."""
    asked = [answer.question for answer in lanes[0].answers]
    first, last = asked[0], asked[-1]
    pictures = {DIGITS: _("the digits"), NOISE: _("pink noise")}.get(first.images, _("your pictures"))
    parts = [
        _("norm of ∂L/∂(block output) over the batch, cross-entropy, at initialisation"),
        _(
            "a batch of {count} from {pictures}, {side}×{side}",
            count=first.batch_size,
            pictures=pictures,
            side=first.image_size,
        ),
        *first.network.changes(),
    ]
    if has_batch_norm(graph):
        train = first.batch_norm_mode == "train"
        parts.append(_("batch norm in train mode") if train else _("batch norm with frozen statistics"))
    if first is last:
        parts.append(_("seed {seed}", seed=first.seed))
    else:
        parts.append(_("seeds {first} to {last}: geometric mean and range", first=first.seed, last=last.seed))
    for lane in lanes:
        if lane.part == "operated":
            changed = operations.summary(graph, lane.answers[0].question.surgery)
            parts += [] if changed == lane.label else [_("operated: {changes}", changes=changed)]
    return plain(" · ".join(parts))


def _read_out(lanes: Sequence[Lane]) -> None:
    """What the chart says of each network."""
    st.markdown(f"##### {_('Reading')}")
    for sentence in reading.gradient_reading(lanes):
        st.markdown(sentence)


@shell.fragment
def export(lanes: Sequence[Lane], graph: NetworkGraph) -> None:
    """The measured numbers as files, and the commands that measure the same."""
    name = depth.file_name(lanes, "gradients")
    with st.container(horizontal=True):
        st.download_button("CSV", lambda: tables.as_csv(lanes), f"{name}.csv", "text/csv", on_click="ignore")
        st.download_button("JSON", lambda: tables.as_json(lanes), f"{name}.json", "application/json", on_click="ignore")
    if lanes[0].answers[0].question.upload_digest:
        return  # a command line knows nothing of pictures that were given to a page
    st.code("\n".join(command(lane.answers[0].question, graph) for lane in lanes), language="bash", wrap_lines=True)
    if len(lanes[0].answers) > 1:
        st.caption(_("These are of the first seed; the other seeds follow it by one."))


def command(question: GradientQuestion, graph: NetworkGraph) -> str:
    """The command line that measures the same; `graph` knows the names of what a surgery changes."""
    options = {
        "--images": question.images,
        "--image-size": question.image_size,
        "--batch-size": question.batch_size,
        "--batch-norm-mode": question.batch_norm_mode,
        "--seed": question.seed,
    }
    usual = GradientQuestion(network=question.network).batch_norm_mode
    if question.batch_norm_mode == usual:
        del options["--batch-norm-mode"]
    words = [word for option, value in options.items() for word in (option, str(value))]
    return commands.line(
        "probe gradients", question.network, *commands.surgery_options(graph, question.surgery), *words
    )
