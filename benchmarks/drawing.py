"""From the operations of a traced network to SVG: junctions, fold, Scene, markup. CPU time, one thread.

Every repetition draws a graph of its own, read from the shipped file outside the clock, so that no cached fold and no
cached lookup helps it. What Python itself keeps warm (code, regular expressions, fonts' widths) is warm: the first
repetitions do not count.
"""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import replace

from benchmarks.rows import Row, row
from resnet_viz import diagrams
from resnet_viz.graph import NetworkGraph
from resnet_viz.graph.junctions import find_junctions
from resnet_viz.graph.shipped import shipped

ROUNDS, WARM_UP = 15, 8
BARS = {"resnet50": (5, 25), "resnet152": (12, 60), "resnet1202": (120, 450)}  # ms, kB
KINDS = {"page": True, "file": False}  # the page's markup carries ids, tips and hit strokes; a file does not


def run(rounds: int = ROUNDS) -> list[Row]:
    """Milliseconds and kilobytes (1000 bytes) of the network view."""
    rows = []
    for name, (milliseconds, kilobytes) in BARS.items():
        document = _document(name)
        for kind, interactive in KINDS.items():
            costs = [_cost(NetworkGraph.from_dict(document), interactive) for _ in range(WARM_UP + rounds)]
            seconds = statistics.median(taken for taken, _size in costs[WARM_UP:])
            rows.append(row(f"{name}: operations to SVG ({kind})", 1e3 * seconds, "ms", milliseconds))
            rows.append(row(f"{name}: SVG ({kind})", costs[-1][1] / 1e3, "kB", kilobytes))
    return rows


def _document(name: str) -> dict:
    graph = shipped(name)
    if graph is None:
        raise FileNotFoundError(f"no shipped graph of {name}: make graphs")
    return graph.to_dict()


def _cost(graph: NetworkGraph, interactive: bool) -> tuple[float, int]:
    """CPU seconds, and bytes of the SVG. The junctions are found anew, whatever the document says of them."""
    gc.collect()
    start = time.process_time()
    found = replace(graph, junctions=find_junctions(graph.ops))
    markup = diagrams.draw(found).to_svg(interactive=interactive)
    return time.process_time() - start, len(markup.encode())


if __name__ == "__main__":
    for measured in run():
        print(measured)
