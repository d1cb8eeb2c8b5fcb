"""A page with one diagram of blocks in a row, a shortcut over each, and what Python heard below it."""

import time

import streamlit as st

from resnet_viz.diagrams.scene import Mark, Scene
from resnet_viz.ui.components import Event, diagram

st.set_page_config(layout="wide")
query, state = st.query_params, st.session_state
BLOCKS, STEP, COLUMNS = int(query.get("blocks", 4)), float(query.get("step", 60)), 60


def listen(event: Event) -> None:
    state.heard = [*state.get("heard", []), f"{event.action} {event.id}"]
    if event.action == "toggle":
        state.cut = state.get("cut", frozenset()) ^ {event.id}
    else:
        state.selected = event.id


def draw_block(scene: Scene, number: int) -> None:
    name, left, top = f"layer1.{number}", 20 + number % COLUMNS * STEP, number // COLUMNS * 160
    middle, right = top + 100, left + 0.8 * STEP
    block = Mark(f"block:{name}", f"{name}\n3×3 conv, 16 & <b>", "select")
    cut = f"shortcut:{name}" in state.get("cut", ())
    shortcut = Mark(f"shortcut:{name}", f"Shortcut of {name}", "toggle", cut)
    scene.line([(left - 4, middle), (left + STEP - 4, middle)], "flow", arrow=False)
    if "area" in query:
        scene.rect(left + 0.1 * STEP, top + 50, 0.8 * STEP, 100, "area", mark=block)
    scene.rect(left + 0.2 * STEP, top + 55, 0.36 * STEP, 90, "residual-2", mark=block)
    arc = [(left, middle), (left, top + 25), (right, top + 25), (right, middle - 8)]
    scene.line(arc, "cut" if cut else "identity", arrow=False, mark=shortcut)
    scene.circle(right, middle, 0.12 * STEP, "merge", "+", mark=Mark(f"sum:{name}", f"Sum of {name}"))


scene = Scene(40 + STEP * min(BLOCKS, COLUMNS), 160 * -(-BLOCKS // COLUMNS), "A small network")
for number in range(BLOCKS):
    draw_block(scene, number)
svg = scene.to_svg(interactive=True).replace("<style>", query.get("hostile", "") + "<style>")

time.sleep(float(query.get("slow", 0)))
view = st.selectbox("View", ["network", "stage"])
caption = "Click an arc to cut or restore a shortcut, a block to open it."
diagram(svg, key="drawing", view=view, selected=state.get("selected"), caption=caption, on_event=listen)
st.button("Run again")
state.runs = state.get("runs", 0) + 1
st.html(f"<p id=heard>{' | '.join(state.get('heard', []))}</p><p id=runs>{state.runs}</p>")
if "tall" in query:
    st.html("<div style='height:3000px'></div>")
