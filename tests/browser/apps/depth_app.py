"""A page with a depth chart: two networks of three stages, one of which underflows, and what Python heard below it."""

import math
import random

import streamlit as st

from resnet_viz.ui.components import Event, depth_chart

st.set_page_config(layout="wide")
query, state = st.query_params, st.session_state
COUNT = int(query.get("blocks", 27))
chance = random.Random(0)


def listen(event: Event) -> None:
    state.heard = [*state.get("heard", []), f"{event.action} {event.id}"]


def falling(rate: float, start: float) -> list[float]:
    return [start * rate ** (COUNT - 1 - i) * math.exp(chance.gauss(0, 0.15)) for i in range(COUNT)]


names = [f"layer{1 + 3 * i // COUNT}.{i - COUNT * (3 * i // COUNT) // 3}" for i in range(COUNT)]
stages = [{"name": f"layer{k + 1}", "start": -(-COUNT * k // 3), "end": -(-COUNT * (k + 1) // 3)} for k in range(3)]
residual, plain, operated = falling(0.97, 0.5), falling(10 ** (-12 / COUNT), 0.4), falling(0.9, 0.45)
if "underflow" in query:
    plain = [0.0 if value < float(query["underflow"]) else value for value in plain]
if "overflow" in query:
    operated[1:3] = [math.inf, math.nan]
series = [
    {
        "id": "residual",
        "label": "residual network",
        "role": "shortcut",
        "values": residual,
        "low": [v / 1.6 for v in residual],
        "high": [v * 1.6 for v in residual],
    },
    {"id": "plain", "label": "plain network", "role": "plain", "values": plain},
    {"id": "operated", "label": "without layer2's shortcuts", "role": "operated", "values": operated},
    {"id": "branch", "label": "residual branches alone", "role": "resid", "values": [v / 3 for v in residual]},
][: int(query.get("series", 4))]
st.button("Run again")
data = {
    "x": {"names": names, "stages": stages},
    "y_label": query.get("label", "Gradient of the loss by each block's output, 2-norm"),
    "log": "linear" not in query,
    "series": series,
    "caption": "64 random images, seed 0, training mode, initialised as in He et al. 2015.",
}
depth_chart(data, key="chart", on_event=listen)
st.html(f"<p id=heard>{' | '.join(state.get('heard', []))}</p>")
