"""A page with one diagram, drawn by hand: blocks in a row, a shortcut over each, and what Python heard below it."""

import time

import streamlit as st

from resnet_viz.text import use
from resnet_viz.ui.components import Event, diagram

st.set_page_config(layout="wide")
query = st.query_params
state = st.session_state
use(query.get("lang", "en"))
BLOCKS, COLUMNS = int(query.get("blocks", 4)), 60
STYLE = (
    ".b-residual-2{fill:var(--rv-residual-2);stroke:var(--rv-residual);stroke-width:1.3}"
    ".b-merge{fill:var(--rv-background);stroke:var(--rv-ink);stroke-width:1.6}.s-merge{stroke:var(--rv-ink);stroke-width:1.6}"
    ".l-identity{fill:none;stroke:var(--rv-shortcut);stroke-width:2}.l-flow{fill:none;stroke:var(--rv-muted);stroke-width:1.5}"
    ".l-cut{fill:none;stroke:var(--rv-removed);stroke-width:1.6;stroke-dasharray:1.6 4}.t-ink{fill:var(--rv-ink)}"
    "text{text-anchor:middle}.hit{fill:none;stroke:transparent;stroke-width:11;pointer-events:stroke}"
)


def listen(event: Event) -> None:
    state.heard = [*state.get("heard", []), f"{event.action} {event.id}"]
    if event.action == "toggle":
        state.cut = state.get("cut", frozenset()) ^ {event.id}
    else:
        state.selected = event.id


def block(number: int) -> str:
    name, x, y = f"layer1.{number}", 20 + number % COLUMNS * 60, number // COLUMNS * 160
    middle, shortcut = y + 100, f"shortcut:layer1.{number}"
    cut = shortcut in state.get("cut", ())
    line = f"M{x} {middle}V{y + 35}q0 -10 10 -10H{x + 46}q10 0 10 10V{middle - 8}"
    return (
        f'<path class="l-flow" d="M{x - 4} {middle}h60"/>'
        f'<g data-id="block:{name}" data-tip="{name}&#10;3×3 conv, 16 &amp; &lt;b&gt;" data-action="select" '
        f'tabindex="0" role="button" aria-label="{name}">'
        f'<rect class="b-residual-2" x="{x + 12}" y="{y + 55}" width="22" height="90" rx="5"/>'
        f'<text class="t-ink" x="{x + 23}" y="{middle + 5}" font-size="11">{number}</text></g>'
        f'<g data-id="{shortcut}" data-tip="Shortcut of {name}" data-action="toggle" tabindex="0" role="button" '
        f'aria-label="Shortcut of {name}" aria-pressed="{str(cut).lower()}"><path class="hit" d="{line}"/>'
        f'<path class="l-{"cut" if cut else "identity"}" d="{line}"/></g>'
        f'<g data-id="sum:{name}" data-tip="Sum of {name}"><circle class="b-merge" cx="{x + 56}" cy="{middle}" r="7"/>'
        f'<path class="s-merge" d="M{x + 52} {middle}h8M{x + 56} {middle - 4}v8"/></g>'
    )


rows = -(-BLOCKS // COLUMNS)
width, height = 40 + 60 * min(BLOCKS, COLUMNS), 160 * rows
svg = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
    f'role="group" aria-label="A small network"><style>{STYLE}</style>{"".join(map(block, range(BLOCKS)))}</svg>'
)
if "hostile" in query:
    svg = svg.replace("<style>", query["hostile"] + "<style>")
time.sleep(float(query.get("slow", 0)))
view = st.selectbox("View", ["network", "stage"])
caption = "Click an arc to cut or restore a shortcut, a block to open it."
diagram(svg, key="drawing", view=view, selected=state.get("selected"), caption=caption, on_event=listen)
st.button("Run again")
state.runs = state.get("runs", 0) + 1
st.html(f"<p id=heard>{' | '.join(state.get('heard', []))}</p><p id=runs>{state.runs}</p>")
if "tall" in query:
    st.html("<div style='height:3000px'></div>")
