"""The network of a page: chosen by name and knobs in the address, its graph from a shipped file or from a worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unicodedata import east_asian_width

import streamlit as st

from resnet_viz import zoo
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.shipped import shipped
from resnet_viz.probes.questions import ArchitectureQuestion
from resnet_viz.text import _
from resnet_viz.ui import link, messages, operations
from resnet_viz.ui.ask import ARCHITECTURE, ask
from resnet_viz.ui.messages import complain
from resnet_viz.zoo import NetworkSpec, SpecField

DEFAULT = "resnet50"  # one for all pages: a network follows from page to page
# Stand in the list to say that any torchvision:NAME or timm:NAME may be typed; none of them is special.
_SUGGESTED = tuple(
    f"torchvision:{name}"
    for name in ("densenet121", "efficientnet_b0", "convnext_tiny", "swin_t", "vit_b_16", "googlenet", "vgg16_bn")
)
_LONG, _LONG_ROW = 12, 30  # columns of one choice, and of all, above which buttons in a row would wrap
_OF_ONE_NETWORK = ("stage", "block", *operations.PARAMETERS)  # parameters that mean nothing for another network


def chosen() -> NetworkSpec:
    """The network that the address names; after one sentence the nearest that can be had."""
    try:
        spec = zoo.spec(link.read("net") or DEFAULT)
    except ValueError as error:
        complain(str(error))
        spec = zoo.spec(DEFAULT)
    changes = {}
    for field in zoo.all_fields(spec):
        value = link.read(parameter(field.name))
        if value is not None:
            try:
                changes[field.name] = field.parse(value, spec.name)
            except ValueError as error:
                complain(str(error))
    try:
        return zoo.spec(spec, **changes)
    except ValueError as error:  # values that are not allowed together
        complain(str(error))
        return spec


def parameter(field: str) -> str:
    """The parameter of the address that holds a field: its name, unless a page has a parameter of that name."""
    return f"net_{field}" if field in link.PARAMETERS else field


def show(spec: NetworkSpec, before: NetworkSpec, **more: str | None) -> None:
    """Put a network into the address: its name, the fields that differ from the catalog's entry of that name, and
    what `more` says of other parameters."""
    gone = dict.fromkeys([parameter(field.name) for field in (*before.fields(), *spec.fields())])
    if spec.name != before.name:
        gone |= dict.fromkeys(_OF_ONE_NETWORK)
        if (link.read("weights") or "").startswith("checkpoint:"):
            gone["weights"] = None
    known = {field.name: field for field in spec.fields()}
    changed = {parameter(name): known[name].format(value) for name, value in spec.overrides().items()}
    link.go(**{**gone, **changed, "net": None if spec.name == DEFAULT else spec.name, **more})


def picker(spec: NetworkSpec) -> None:
    """The list of networks: ours, and any torchvision: or timm: name typed into it."""
    key = "choice-net"
    st.session_state[key] = spec.name

    def changed() -> None:
        try:
            show(zoo.spec(str(st.session_state[key])), spec)
        except ValueError as error:
            messages.leave(str(error))  # and what was shown stays

    known = [*zoo.names(), *_SUGGESTED]
    options = known if spec.name in known else [spec.name, *known]
    st.selectbox(_("Network"), options, key=key, on_change=changed, accept_new_options=True, width=225)


def depth_knob(spec: NetworkSpec) -> None:
    """The depth of a family that has any; where each depth has its own name, the list of networks chooses it."""
    knobs(spec, [field.name for field in zoo.fields(spec) if _is_depth(field)], explained=False)


def _columns(words: str) -> int:
    """Width of a text in columns: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)


def _is_depth(field: SpecField) -> bool:
    return field.name in ("depth", "num_blocks") and field.kind == "integer"


def all_knobs(spec: NetworkSpec, without: Sequence[str] = ()) -> None:
    """A widget for every field of the network but those that stand beside its name, and those named."""
    knobs(spec, [field.name for field in zoo.fields(spec) if not _is_depth(field) and field.name not in without])


def knobs(spec: NetworkSpec, names: Sequence[str], *, explained: bool = True) -> None:
    """A widget for each of these fields that the network has, with its explanation where there is room."""
    fields = {field.name: field for field in zoo.fields(spec)}
    for name in names:
        if name in fields:
            _knob(spec, fields[name], explained)


def _knob(spec: NetworkSpec, field: SpecField, explained: bool) -> None:
    key = f"choice-{parameter(field.name)}"
    st.session_state[key] = getattr(spec, field.name)

    def changed() -> None:
        value = st.session_state[key]
        if value is not None:
            try:
                show(zoo.spec(spec, **{field.name: value}), spec)
            except ValueError as error:
                messages.leave(str(error))

    label = _(field.label)
    explanation = _("{help}. Allowed: {allowed}.", help=_(field.help), allowed=field.allowed_values)
    common: dict[str, Any] = {"key": key, "on_change": changed, "help": explanation if explained else None}
    if field.kind == "switch":
        st.toggle(label, **common)
    elif field.kind == "choice":
        words = {choice: field.words(choice) for choice in field.choices}
        if max(map(_columns, words.values())) > _LONG or sum(map(_columns, words.values())) > _LONG_ROW:
            st.selectbox(label, list(words), format_func=words.__getitem__, width="stretch", **common)
        else:
            st.segmented_control(label, list(words), format_func=words.__getitem__, required=True, **common)
    elif field.kind == "integer":
        st.number_input(label, int(field.minimum), int(field.maximum), step=field.step, width=95, **common)
    else:
        st.number_input(label, field.minimum, field.maximum, step=None, format="%g", width=130, **common)


def graph_of(spec: NetworkSpec) -> NetworkGraph | None:
    """What the network is. None, after one sentence, when it cannot be traced."""
    graphs = graphs_of([spec])
    return graphs[0] if graphs else None


def graphs_of(specs: Sequence[NetworkSpec]) -> list[NetworkGraph] | None:
    """What these networks are, from shipped files or from workers. None, after one sentence, when one has no graph."""
    known = {spec: graph for spec in specs if not spec.overrides() and (graph := shipped(spec.name))}
    unknown = [spec for spec in specs if spec not in known]
    answers = ask(ARCHITECTURE, [ArchitectureQuestion(network=spec) for spec in unknown], timeout=120)
    if answers is None:
        return None
    return [{**known, **dict(zip(unknown, answers, strict=True))}[spec] for spec in specs]
