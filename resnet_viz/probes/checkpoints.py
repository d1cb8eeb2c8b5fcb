"""A visitor's checkpoint in a network: every tensor must have its place, and every place its tensor.

Read by a worker (the server has no torch). Names may be those of our network, or of torchvision's or timm's where they
have it (`zoo.weights`), and may begin as PyTorch's wrappers begin them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_viz.compute.one_line import one_line
from resnet_viz.probes.architecture import build_on_meta
from resnet_viz.probes.checkpoint_files import State, state_of
from resnet_viz.probes.checkpoint_store import CheckedCheckpoint, CheckpointStore, check_size, short
from resnet_viz.text import _
from resnet_viz.zoo import NetworkSpec
from resnet_viz.zoo.weights import RULES, renamed

_PREFIXES = ("module.", "_orig_mod.")  # of DataParallel, and of torch.compile


def check_file(question: tuple[str, str, NetworkSpec]) -> CheckedCheckpoint:
    """`check` of a path, a name and a network, as one question to a worker."""
    path, name, spec = question
    return check(Path(path), spec, name)


def check(path: Path, spec: NetworkSpec, name: str = "") -> CheckedCheckpoint:
    """What a checkpoint holds that fits this network. Raises ValueError with one sentence when it is none, or does not.

    The network is built without numbers, so the file is all that takes memory.
    """
    name = short(name or str(path))
    check_size(name, path.stat().st_size)
    state = fitting(state_of(path, name), build_on_meta(spec), spec, name)
    return CheckedCheckpoint(
        tensors=len(state),
        numbers=sum(tensor.numel() for tensor in state.values()),
        not_finite=tuple(key for key, tensor in state.items() if not _is_finite(tensor)),
    )


def load(digest: str, network: nn.Module, spec: NetworkSpec, store: CheckpointStore | None = None) -> nn.Module:
    """`network`, which was built from `spec`, with the weights of a stored checkpoint.

    Raises ValueError with one sentence when the checkpoint is not here or does not fit; the network is then as before.
    """
    name = _("the checkpoint")
    state = state_of((store or CheckpointStore()).path(digest), name)
    network.load_state_dict(fitting(state, network, spec, name))
    return network


def fitting(state: State, network: nn.Module, spec: NetworkSpec, name: str) -> State:
    """The tensors under the names of the network: all of them, of the right shapes. ValueError with one sentence else.

    The counters of batch norm, which files from before PyTorch 0.4.1 do not have, may be missing: they are 0.
    """
    own = network.state_dict()
    found: list[tuple[State, Misfit]] = []
    for candidate in _readings(state, spec):
        complete = {**_counters(own), **candidate}
        found.append((complete, Misfit.between(complete, own)))
    best, misfit = min(found, key=lambda pair: pair[1].count)
    if misfit.count:
        raise ValueError(misfit.sentence(name, spec))
    return best


@dataclass(frozen=True)
class Misfit:
    """What keeps a checkpoint from being that of a network."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[str, ...]  # as words: "fc.weight (10×64, not 100×64)"
    retyped: tuple[str, ...]

    @classmethod
    def between(cls, given: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> Misfit:
        both = [key for key in own if key in given]
        return cls(
            missing=tuple(key for key in own if key not in given),
            unexpected=tuple(key for key in given if key not in own),
            reshaped=tuple(
                f"{key} ({_sides(given[key])} → {_sides(own[key])})"
                for key in both
                if given[key].shape != own[key].shape
            ),
            retyped=tuple(key for key in both if given[key].is_floating_point() != own[key].is_floating_point()),
        )

    @property
    def count(self) -> int:
        return len(self.missing) + len(self.unexpected) + len(self.reshaped) + len(self.retyped)

    def sentence(self, name: str, spec: NetworkSpec) -> str:
        """The first of each kind of misfit, and how many there are."""
        reasons = ", ".join(self._reasons())
        return _("{name} does not fit {network}: {reasons}", name=name, network=spec.label, reasons=reasons)

    def _reasons(self) -> Iterator[str]:
        if self.missing:
            yield _("{count} tensors missing (first {first})", **_first(self.missing))
        if self.unexpected:
            yield _("{count} unexpected (first {first})", **_first(self.unexpected))
        if self.reshaped:
            yield _("{count} of another shape (first {first})", **_first(self.reshaped))
        if self.retyped:
            yield _("{count} of another kind of number (first {first})", **_first(self.retyped))


def _readings(state: State, spec: NetworkSpec) -> Iterator[State]:
    """The tensors as they are named, and by the other names that they may mean."""
    bare = state
    for _wrapper in _PREFIXES:
        for prefix in _PREFIXES:
            if all(key.startswith(prefix) for key in bare):
                bare = {key.removeprefix(prefix): tensor for key, tensor in bare.items()}
    yield state
    yield bare
    if type(spec) in RULES:
        yield renamed(bare, spec)


def _counters(own: Mapping[str, Tensor]) -> State:
    """Batch norm's counters of the batches seen, at 0."""
    return {key: torch.zeros((), dtype=torch.long) for key in own if key.endswith(".num_batches_tracked")}


def _first(keys: tuple[str, ...]) -> dict[str, object]:
    return {"count": len(keys), "first": one_line(keys[0], 100)}


def _sides(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "1"


def _is_finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.float()).all())
