"""The network of a page: chosen by name and knobs in the address, its graph from a shipped file or from a worker."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from typing import Any

import streamlit as st

from resnet_viz import assets, zoo
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes.questions import ArchitectureQuestion
from resnet_viz.text import _
from resnet_viz.ui import choices, link, operations
from resnet_viz.ui.ask import ask
from resnet_viz.ui.messages import complain
from resnet_viz.zoo import NetworkSpec, SpecField

_OF_ONE_NETWORK = ("stage", "block", *operations.PARAMETERS)  # parameters that mean nothing for another network


def chosen(default: str) -> NetworkSpec:
    """The network that the address names; after one sentence the nearest that can be had."""
    name = link.read("net") or default
    try:
        spec = zoo.spec(name)
    except ValueError as error:
        complain(str(error))
        return zoo.spec(default)
    for field in zoo.fields(spec):
        value = link.read(field.name)
        if value is not None:
            try:
                spec = zoo.spec(spec, **{field.name: value})
            except ValueError as error:
                complain(str(error))
    return spec


def picker(spec: NetworkSpec, default: str) -> None:
    """The list of networks: ours, and any torchvision: or timm: name typed into it."""
    key = "choice-net"
    names = zoo.names()
    base = link.read("net") or default
    st.session_state[key] = base if base in names else spec.name

    def changed() -> None:
        name = st.session_state[key]
        if name:
            forget = [field.name for field in zoo.fields(spec)]
            link.go(**dict.fromkeys([*_OF_ONE_NETWORK, *forget]), net=None if name == default else str(name))

    options = names if st.session_state[key] in names else [st.session_state[key], *names]
    st.selectbox(
        _("Network"), options, key=key, on_change=changed, accept_new_options=True, width=230,
        help=_("Type torchvision:NAME or timm:NAME for any network of these libraries."),
    )  # fmt: skip


def knobs(spec: NetworkSpec, names: tuple[str, ...] | None = None) -> None:
    """A widget for each field of the network's family, or for those named."""
    for field in zoo.fields(spec):
        if names is None or field.name in names:
            _knob(spec, field)


def _knob(spec: NetworkSpec, field: SpecField) -> None:
    key, value = f"choice-{field.name}", getattr(spec, field.name)
    st.session_state[key] = value

    def changed() -> None:
        chosen = st.session_state[key]
        if chosen is not None:
            _turn(spec, field.name, chosen)

    common: dict[str, Any] = {"key": key, "on_change": changed, "help": _(field.help) if field.help else None}
    label = _(field.label)
    if field.kind == "switch":
        st.toggle(label, **common)
    elif field.kind == "choice":
        st.segmented_control(label, list(field.choices), required=True, format_func=lambda o: _(field.choice_label(o)), **common)
    else:
        st.number_input(label, min_value=field.minimum, max_value=field.maximum, step=field.step, width=140, **common)


def _turn(spec: NetworkSpec, name: str, value: Any) -> None:
    """Write one changed field as the difference from the catalog's entry, so that equal networks have equal links."""
    base = zoo.spec(link.read("net") or spec.name)
    default = getattr(base, name, None)
    link.go(**{name: None if value == default else str(value).lower() if isinstance(value, bool) else str(value)})


def graph_of(spec: NetworkSpec) -> NetworkGraph | None:
    """What the network is. None, after one sentence, when it cannot be traced."""
    shipped = _shipped(spec.name) if not spec.overrides() else None
    if shipped is not None:
        return shipped
    answers = ask("resnet_viz.probes.architecture:measure", [ArchitectureQuestion(network=spec)], timeout=120)
    return answers[0] if answers else None


@lru_cache(maxsize=16)
def _shipped(name: str) -> NetworkGraph | None:
    """The graph of an unmodified catalog network, from a file made by `make graphs`."""
    path = assets.path(f"graphs/{name}.json.gz")
    if ":" in name or not path.exists():
        return None
    return NetworkGraph.from_dict(json.loads(gzip.decompress(path.read_bytes())))
