"""What a graph costs: tracing against the tools people use, path counts, and open gates in a training step.

Times are CPU time of this process, so that a busy machine decides less; what is compared runs in turn in one process,
and medians are reported.
"""

from __future__ import annotations

import gzip
import json
import math
import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from benchmarks.rows import Row, row
from resnet_viz import zoo
from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.graph.paths import path_lengths
from resnet_viz.surgery import Surgery, operate


def run() -> list[Row]:
    """Tracing against torchview and torchinfo, path counts, file size, and a training step with open gates."""
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the other tools
        return [
            *_against_others("resnet152", rounds=5, torchview_bar=0.5, torchinfo_bar=0.6),
            *_against_others("resnet1202", rounds=3, torchview_bar=0.5, torchinfo_bar=1.3),
            _whole_catalog(),
            *_paths_and_files(),
            *_open_gates(rounds=15),
        ]


def _in_turn(actions: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of every action in every round, in turn, every other round backwards; a first round warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds + 1):
        for name in actions if number % 2 else reversed(actions):
            start = time.process_time()
            actions[name]()
            seconds[name].append(time.process_time() - start)
    return {name: times[1:] for name, times in seconds.items()}


def _ratio(seconds: Mapping[str, list[float]], one: str, other: str) -> float:
    """Median over the rounds of the ratio within a round: what slows a whole round slows both."""
    return statistics.median(a / b for a, b in zip(seconds[one], seconds[other], strict=True))


def _against_others(name: str, rounds: int, torchview_bar: float, torchinfo_bar: float) -> list[Row]:
    import torchinfo
    import torchview

    size = zoo.spec(name).image_size
    with torch.device("meta"):
        model = zoo.build(name).eval()
        image = torch.zeros(2, 3, size, size)
    seconds = _in_turn(
        {
            "ours": lambda: path_lengths(trace(model, image)),
            "torchview": lambda: torchview.draw_graph(
                model, input_size=(2, 3, size, size), device="meta", expand_nested=True, depth=5
            ),
            "torchinfo": lambda: torchinfo.summary(model, input_size=(2, 3, size, size), device="meta", verbose=0),
        },
        rounds,
    )
    ours = statistics.median(seconds["ours"])
    return [
        row(f"{name}: trace, junctions, costs, paths", 1e3 * ours, "ms"),
        row(f"{name}: that beside torchview.draw_graph", _ratio(seconds, "ours", "torchview"), "×", torchview_bar),
        row(f"{name}: that beside torchinfo.summary", _ratio(seconds, "ours", "torchinfo"), "×", torchinfo_bar),
    ]


def _whole_catalog() -> Row:
    """Every network of the catalog, built without numbers and traced, as a worker does for a page."""
    from resnet_viz.probes.architecture import graph_of

    graph_of.cache_clear()
    start = time.process_time()
    for name in zoo.names():
        graph_of(zoo.spec(name))
    return row("all networks of the catalog, built and traced", time.process_time() - start, "s", 60)


def _paths_and_files() -> list[Row]:
    with torch.device("meta"):
        graph = trace(zoo.build("resnet1202"), torch.zeros(2, 3, 32, 32))
    start = time.process_time()
    lengths = path_lengths(graph)
    seconds = time.process_time() - start
    assert lengths == tuple(math.comb(600, k) for k in range(601))
    text = json.dumps(graph.to_dict(), separators=(",", ":"))
    assert NetworkGraph.from_dict(json.loads(text)).to_dict() == graph.to_dict()
    return [
        row("resnet1202: paths by length, 600 junctions", 1e3 * seconds, "ms", 100),
        row("resnet1202: graph file, compressed", len(gzip.compress(text.encode())) / 1000, "kB", 60),
    ]


def _open_gates(rounds: int, batch: int = 128) -> list[Row]:
    """A training step of ResNet-20 with open gates against the model itself, beside an identical copy of the model."""
    torch.manual_seed(0)
    images, labels = torch.randn(batch, 3, 32, 32), torch.randint(0, 10, (batch,))
    model, copy = zoo.build("resnet20").train(), zoo.build("resnet20").train()
    operated = operate(zoo.build("resnet20").train(), Surgery(), images[:2])
    steps = {name: _step(net, images, labels) for name, net in (("model", model), ("copy", copy), ("open", operated))}
    seconds = _in_turn(steps, rounds)
    return [
        row("resnet20: training step, batch 128, open gates beside none", _ratio(seconds, "open", "model"), "×", 1.03),
        row("resnet20: the same step, an identical copy beside it", _ratio(seconds, "copy", "model"), "×"),
    ]


def _step(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> Callable[[], None]:
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    return step
