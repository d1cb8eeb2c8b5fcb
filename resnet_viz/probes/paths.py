"""How much of the gradient comes over paths of each length: exactly, and by sampling paths as Veit et al. 2016 do."""

from __future__ import annotations

import math
import time
from contextlib import suppress

import numpy as np
import torch

from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.paths import counted_junctions, path_lengths
from resnet_viz.probes import architecture, data, estimate
from resnet_viz.probes.answers import Floats
from resnet_viz.probes.batch_norm import freeze
from resnet_viz.probes.gradients import Progress, explained, norm, prepare, silent, versions
from resnet_viz.probes.path_gradients import NoGradient, PathGradients, place_of
from resnet_viz.probes.questions import PathQuestion, check_scores
from resnet_viz.probes.study_answers import PathAnswer
from resnet_viz.text import _

_COPIES = 18  # tensors of the largest kind, with an axis for the lengths, that lie in memory at a time: measured
_PATHS = 3  # a random stream of the seed beside those of `probes.data`


def measure(question: PathQuestion, progress: Progress | None = None) -> PathAnswer:
    """The gradient at the input of the first block as parts over all paths of each length (`probes.path_gradients`).

    In a network whose first block does not lie on every way (parallel branches from the start), the gradient is that at
    the network's input. Raises ValueError with one sentence as `gradients.measure` does, for a network without a sum
    at which a shortcut ends, for one that also joins by concatenating, and where no gradient comes back.
    """
    told = progress or silent
    told(0.0, _("Building the network"))
    graph = architecture.graph_of(question.network)
    check_scores(question.network, graph)
    check_paths(question, graph)
    estimate.refuse(question, graph, besides=memory_of_lengths(question, graph))
    question.surgery.check(graph.gate_names)
    batch = data.batch(question)
    images, labels = torch.from_numpy(batch.images), torch.from_numpy(batch.labels)
    try:
        _network, operated = prepare(question, told)
        if question.freezes_the_batch:
            freeze(operated, images)
        start = time.perf_counter()
        gradients = PathGradients(operated, images, labels)
        whole = gradients.whole()
        parts = gradients.by_length(lambda fraction: told(0.05 + 0.6 * fraction, _("Backward pass over all lengths")))
        seconds = time.perf_counter() - start
        sampled = _sampled(gradients, question, told)
    except NoGradient as error:
        raise ValueError(_("no gradient of the loss comes back to the first block")) from error
    except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
        raise explained(question, error) from error
    norms, total = [norm(part) for part in parts], norm(whole)
    counts = path_lengths(operated.graph, question.surgery.cut, question.surgery.dropped)
    return PathAnswer(
        question=question,
        num_shortcuts=len(gradients.names),
        counts=counts + (0,) * (len(norms) - len(counts)),
        norms=np.array(norms),
        total_norm=total,
        sum_error=norm(parts.sum(0) - whole) / total if total else 0.0,
        sampled_norms=sampled[0],
        sampled_spread=sampled[1],
        sampled_seconds=time.perf_counter() - start - seconds,
        seconds=seconds,
        versions=versions(),
    )


def check_paths(question: PathQuestion, graph: NetworkGraph) -> None:
    """Raise ValueError with one sentence for a network in which paths cannot be told apart by sums."""
    network = question.network.label
    if not all(junction.is_additive for junction in counted_junctions(graph)):
        raise ValueError(
            _(
                "{network} also joins its paths by concatenating, where no gate can tell them apart: the paths can be "
                "counted, but not the gradient that comes over those of each length",
                network=network,
            )
        )
    if not graph.shortcuts:
        raise ValueError(_("{network} adds no shortcut, so its gradient comes over one path", network=network))


def memory_of_lengths(question: PathQuestion, graph: NetworkGraph) -> int:
    """Bytes that going back over all lengths at once takes at most."""
    return 4 * _COPIES * (len(graph.shortcuts) + 1) * estimate.largest(question, graph, place_of(graph))


def draw_norms(gradients: PathGradients, length: int, draws: int, chance: np.random.Generator) -> Floats:
    """‖gradient‖₂ over single paths with `length` branches, drawn at random; fewer draws where there are fewer paths.

    A path on which nothing comes back has norm 0.
    """
    count = len(gradients.names)
    found = np.zeros(min(draws, math.comb(count, length)))
    for number in range(len(found)):
        branches = set(chance.choice(count, length, replace=False).tolist())
        with suppress(NoGradient):  # one of its shortcuts or branches is cut
            found[number] = norm(gradients.of_path(branches))
    return found


def _sampled(gradients: PathGradients, question: PathQuestion, told: Progress) -> tuple[Floats, Floats]:
    """Of each length the mean norm over the paths drawn, and the standard deviation of its logarithm."""
    lengths = len(gradients.names) + 1
    means, spreads = np.full(lengths, math.nan), np.full(lengths, math.nan)
    chance = np.random.default_rng([question.seed, _PATHS])
    for length in range(lengths if question.samples else 0):
        told(0.7 + 0.3 * length / lengths, _("Drawing paths"))
        norms = draw_norms(gradients, length, question.samples, chance)
        means[length] = norms.mean()
        if (norms > 0).all() and (len(norms) > 1 or math.comb(lengths - 1, length) == 1):
            spreads[length] = np.log(norms).std()
    return means, spreads
