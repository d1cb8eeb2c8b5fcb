"""How the gradient of the loss reaches every block: one forward and one backward pass, nothing retained.

A hook on the output of every block takes two norms in passing, that of the activation on the way forward and that of
the gradient on the way back. The hooks live on tensors and go with them.
"""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import resnet_viz
from resnet_viz.compute.one_line import one_line
from resnet_viz.graph.fold_values import Block
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.probes import architecture, data, estimate
from resnet_viz.probes.answers import Floats, GradientAnswer
from resnet_viz.probes.batch_norm import NotEnoughValues, check_enough_values, freeze
from resnet_viz.probes.questions import GradientQuestion, NetworkQuestion, check_scores
from resnet_viz.probes.weights import WeightsUnavailable, build
from resnet_viz.probes.zeros import blocking_weights, zero_weights
from resnet_viz.surgery import OperatedNetwork, operate
from resnet_viz.text import _, speaking

Progress = Callable[..., None]

SAFE_LOW, SAFE_HIGH = 1e-12, 1e15  # float32 sums of squares between these are good to four digits


def measure(question: GradientQuestion, progress: Progress | None = None) -> GradientAnswer:
    """The norms of gradient and activation at every block of a network at initialisation.

    Raises ValueError with one sentence for a network that does not fit into memory or does not run on such pictures,
    for a junction that it does not have, for a batch norm that would see a single value, and where there are no scores.
    """
    return run(question, Signals, progress)[0]


def run(
    question: GradientQuestion, watching: type[AnySignals], progress: Progress | None = None
) -> tuple[GradientAnswer, AnySignals, nn.Module]:
    """The answer of `measure`, what was seen on the way, and the network with the gradients of its parameters."""
    start = time.perf_counter()
    told = progress or silent
    told(0.0, _("Building the network"))
    graph = architecture.graph_of(question.network)
    check_scores(question.network, graph)
    estimate.refuse(question, graph)
    question.surgery.check(graph.gate_names)
    batch = data.batch(question)
    told(0.02, _("Building the network"))
    try:
        network, operated = prepare(question, told)
        signals = watching(operated.graph, told)
        if question.freezes_the_batch:
            freeze(operated, torch.from_numpy(batch.images))
        loss = signals.run(operated, torch.from_numpy(batch.images), torch.from_numpy(batch.labels))
    except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
        raise explained(question, error) from error
    weights = [_weight_gradient_norm(network, operated.graph, block) for block in signals.blocks]
    answer = _answer(question, operated.graph, signals, loss, np.array(weights), zero_weights(network))
    return replace(answer, seconds=time.perf_counter() - start), signals, network


def prepare(question: NetworkQuestion, progress: Progress | None = None) -> tuple[nn.Module, OperatedNetwork]:
    """The network of a question, with its weights and in its mode, and the same operated, with the same weights."""
    spec = question.network
    network = build(question, progress).train(question.batch_norm_mode == "train")
    example = torch.zeros(2, spec.in_channels, question.image_size, question.image_size)
    operated = operate(network, question.surgery, example)
    check_enough_values(operated.graph, question.batch_size)
    torch.manual_seed(question.seed)  # of dropout and stochastic depth
    return network, operated


class Signals:
    """What was seen at the output of every block while the network ran."""

    def __init__(self, graph: NetworkGraph, told: Progress | None = None) -> None:
        self.blocks: tuple[Block, ...] = graph.blocks
        count = len(self.blocks)
        self.activation_rms = np.full(count, math.nan)
        self.gradient_norms = np.zeros(count)
        self.connected = np.zeros(count, dtype=bool)
        self.output_gradient_norm = 0.0
        self.scores = torch.empty(0)
        self._told = told or silent

    def run(self, network: OperatedNetwork, images: Tensor, labels: Tensor) -> float:
        """The loss of one forward and backward pass; the norms are then here."""
        watch = {block.output: self._watcher(index) for index, block in enumerate(self.blocks)}
        with network.observing(watch):
            scores = network(images)
        if not isinstance(scores, Tensor) or scores.dim() != 2:
            raise ValueError(_("it gives no scores of classes"))
        scores.register_hook(self._see_output_gradient)
        self.scores = scores.detach()
        loss = F.cross_entropy(scores, labels)
        loss.backward()
        return loss.item()

    def _watcher(self, index: int) -> Callable[[Tensor], None]:
        def see(output: Tensor) -> None:
            self._told(0.05 + 0.3 * index / len(self.blocks), _("Forward pass"))
            self.activation_rms[index] = norm(output.detach()) / math.sqrt(output.numel())
            if output.requires_grad:
                output.register_hook(see_gradient)

        def see_gradient(gradient: Tensor) -> None:
            self._told(0.95 - 0.6 * index / len(self.blocks), _("Backward pass"))
            self.see_gradient(index, gradient)

        return see

    def see_gradient(self, index: int, gradient: Tensor) -> None:
        """Called on the way back with the gradient of the loss at the output of block `index`."""
        self.gradient_norms[index] = norm(gradient)
        self.connected[index] = True

    def _see_output_gradient(self, gradient: Tensor) -> None:
        self.output_gradient_norm = norm(gradient)


AnySignals = TypeVar("AnySignals", bound=Signals)


def norm(values: Tensor) -> float:
    """Euclidean norm: exactly 0 only when every value is, infinite or not a number only when a value is.

    Squares of float32 numbers leave its range long before the numbers do. Where the quick sum in float32 comes near the
    ends of the range, it is done again in float64; in between the squares that it loses are too small to count.
    """
    each = torch.linalg.vector_norm(values, dim=tuple(range(1, values.dim())), dtype=torch.float32)  # (N,)
    quick = float(torch.linalg.vector_norm(each, dtype=torch.float64))
    if SAFE_LOW < quick < SAFE_HIGH:
        return quick
    return float(torch.linalg.vector_norm(values, dtype=torch.float64))


def _answer(
    question: GradientQuestion,
    graph: NetworkGraph,
    signals: Signals,
    loss: float,
    weights: Floats,
    zero: tuple[str, ...],
) -> GradientAnswer:
    with speaking("en"):  # an answer is kept for readers of every language
        stage_names = tuple(stage.title for stage in graph.stages)
    lost = [signals.blocks[index].output for index in np.flatnonzero(signals.gradient_norms == 0)]
    return GradientAnswer(
        question=question,
        block_names=tuple(block.name for block in signals.blocks),
        stage_of_block=tuple(block.stage for block in signals.blocks),
        stage_names=stage_names,
        gradient_norms=signals.gradient_norms,
        activation_rms=signals.activation_rms,
        weight_gradient_norms=weights,
        connected=signals.connected,
        loss=loss,
        output_gradient_norm=signals.output_gradient_norm,
        zero_weights=zero,
        blocking_weights=blocking_weights(graph, question.surgery, zero, lost),
        seconds=0.0,
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """What an answer depends on beside its question."""
    return {
        "resnet_viz": resnet_viz.__version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }


def explained(question: NetworkQuestion, error: Exception) -> Exception:
    """The error of a network that ran into trouble, as one sentence; one that says all it has to stays what it is."""
    words = one_line(error, 300).rstrip(".!") or type(error).__name__
    if "can't allocate memory" in words or isinstance(error, NotEnoughValues | WeightsUnavailable):
        return error
    network, side = question.network, question.image_size
    usual = architecture.graph_of(network).image_size
    if side != usual:
        return ValueError(
            _(
                "{network} does not run on pictures of {side}×{side} ({reason}): {usual}×{usual} is usual",
                network=network.label, side=side, reason=words, usual=usual,
            )
        )  # fmt: skip
    return ValueError(_("{network} does not run ({reason})", network=network.label, reason=words))


def silent(fraction: float | None, text: str = "") -> None:
    """Report to nobody."""


def _weight_gradient_norm(network: nn.Module, graph: NetworkGraph, block: Block) -> float:
    """Norm of the loss gradient over all parameters of a block, NaN for a block without any."""
    places = {(graph.ops[index].module_path, graph.ops[index].is_module) for index in block.ops}
    parameters = {id(p): p for path, whole in places for p in network.get_submodule(path).parameters(recurse=whole)}
    norms = [norm(p.grad) if p.grad is not None else 0.0 for p in parameters.values()]
    return math.hypot(*norms) if norms else math.nan
