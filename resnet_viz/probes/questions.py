"""What can be asked of a network: frozen values, validated when they are made, small enough for a link and a cache key.

A question and its seed determine the answer on one machine: nothing else reaches the measurement. Uploaded pictures are
named by the SHA-256 of their pixels; the pixels lie in a content-addressed store (`probes.pictures`), so that a
question stays small and still says exactly what was measured. Without torch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _

if TYPE_CHECKING:
    from resnet_viz.graph.network_graph import NetworkGraph, Op
    from resnet_viz.zoo import NetworkSpec

BatchNormMode = Literal["train", "frozen"]

DIGITS, NOISE = "digits", "noise"
INITIAL, TRAINED = "initial", "trained"
LesionStudy = Literal["single", "random", "order"]
LESION_STUDIES: tuple[LesionStudy, ...] = ("single", "random", "order")
MAX_DRAWS = 200
BATCH_NORM_MODES: tuple[BatchNormMode, ...] = ("train", "frozen")
MAX_BATCH, MIN_SIDE, MAX_SIDE, MAX_SEED = 512, 8, 1024, 2**31 - 1

_UPLOAD, _CHECKPOINT = re.compile(r"upload:[0-9a-f]{64}"), re.compile(r"checkpoint:[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class ArchitectureQuestion:
    """What is this network? Answered by `probes.architecture.measure` with a NetworkGraph."""

    network: NetworkSpec

    @property
    def label(self) -> str:
        return self.network.label


@dataclass(frozen=True, kw_only=True)
class NetworkQuestion:
    """What every question says that runs a network: which, with what weights and changes, on which pictures.

    `images` is "digits" (scikit-learn's, bundled), "noise" (pink noise: natural pictures' spectrum and nothing else) or
    "upload:" with the SHA-256 of a stored picture set (`probes.pictures.PictureStore.keep`). `image_size` is the side
    in pixels; a network that is tied to a size is built for this one. `seed` draws the weights, the pictures and the
    labels that the pictures do not bring.

    `weights` is "initial", "trained" (on the digits, by `training.trained`, with this seed) or "checkpoint:" with the
    SHA-256 of a stored file (`probes.checkpoints`).

    `batch_norm_mode`: in "train" the batch statistics are part of the network and the gradient flows through them, as
    in a training step; in "frozen" the same statistics are constants, so that pictures do not see each other's
    gradients; weights that were trained bring statistics of their own, and those are taken then.
    """

    network: NetworkSpec
    surgery: Surgery = field(default_factory=Surgery)
    weights: str = INITIAL
    images: str = DIGITS
    image_size: int = 32
    batch_size: int = 32
    batch_norm_mode: BatchNormMode = "train"
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.surgery, Surgery):
            raise TypeError(f"surgery is a Surgery, not {type(self.surgery).__name__}")
        _check_whole(_("image size"), self.image_size, MIN_SIDE, MAX_SIDE)
        _check_whole(_("batch size"), self.batch_size, 1, MAX_BATCH)
        _check_whole(_("seed"), self.seed, 0, MAX_SEED)
        if self.batch_norm_mode not in BATCH_NORM_MODES:
            raise ValueError(_("batch norm mode is {value!r}: train or frozen is wanted", value=self.batch_norm_mode))
        if self.images not in (DIGITS, NOISE) and not _UPLOAD.fullmatch(str(self.images)):
            raise ValueError(
                _("images are {value!r}: digits, noise, or an uploaded set is wanted", value=str(self.images)[:40])
            )
        if self.weights not in (INITIAL, TRAINED) and not _CHECKPOINT.fullmatch(str(self.weights)):
            raise ValueError(
                _(
                    "weights are {value!r}: initial, trained, or a stored checkpoint is wanted",
                    value=str(self.weights)[:40],
                )
            )
        if self.network.is_tied_to_image_size:
            object.__setattr__(self, "network", self.network.replace(image_size=self.image_size))

    @classmethod
    def defaults(cls, network: NetworkSpec, graph: NetworkGraph | None = None, **changes: Any) -> Self:
        """The question one would ask first: about a second of work on one core.

        The CIFAR family: 32 digits, at 32×32 up to depth 56 and at 8×8 above (a tenth of the work: ResNet-1202 would
        take most of a minute otherwise). Networks for larger pictures: 8 digits at 64×64. A network that needs its
        usual size (position embeddings, windows; seen in `graph` where it is given): 2 digits at that of the graph. A
        network that can be built for any size but is tied to it: 32 digits at its own.
        """
        usual: dict[str, int]
        if network.is_tied_to_image_size:
            usual = {"image_size": network.image_size, "batch_size": 32}
        elif 0 < network.image_size <= 32:
            deep = (network.depth or 0) > 56
            usual = {"image_size": 8 if deep else 32, "batch_size": 32}
        elif graph is not None and needs_usual_size(graph):
            usual = {"image_size": graph.image_size, "batch_size": 2}
        else:
            usual = {"image_size": 64, "batch_size": 8}
        return cls(**{"network": network, **usual, **changes})

    @property
    def freezes_the_batch(self) -> bool:
        """Whether the statistics of this batch are made constants: the network has none of its own."""
        return self.batch_norm_mode == "frozen" and self.weights == INITIAL

    @property
    def upload_digest(self) -> str | None:
        """SHA-256 of the uploaded picture set, None where the pictures are ours."""
        return self.images.removeprefix("upload:") if self.images.startswith("upload:") else None

    def with_seed(self, seed: int) -> Self:
        return replace(self, seed=seed)


@dataclass(frozen=True, kw_only=True)
class GradientQuestion(NetworkQuestion):
    """How large is the loss gradient at every block? Answered by `probes.gradients.measure`, a GradientAnswer."""


@dataclass(frozen=True, kw_only=True)
class EffectQuestion(NetworkQuestion):
    """What does a network give, and what reaches its parameters? Answered by `probes.effect.measure`, an EffectAnswer.

    Asked of the intact and of the operated network, the two answers say what the surgery did.
    """


@dataclass(frozen=True, kw_only=True)
class LesionQuestion(NetworkQuestion):
    """What does it cost to delete blocks, or to swap them, without training again?

    Answered by `probes.lesions.measure`, a LesionAnswer. `study`: "single" deletes each block alone, "random" deletes
    1, 2, … blocks drawn `draws` times, "order" swaps 1, 2, … pairs of blocks of the same shape, `draws` times.
    A block is deleted by dropping its residual branch while its shortcut stays (Veit et al. 2016, arXiv:1605.06431).
    """

    study: LesionStudy = "single"
    draws: int = 5

    @classmethod
    def defaults(cls, network: NetworkSpec, graph: NetworkGraph | None = None, **changes: Any) -> Self:
        """As of any network, but 256 pictures where they are small: of 32 each would be 3 points of the error."""
        usual = super().defaults(network, graph)
        many = {"batch_size": 256} if usual.image_size <= 32 else {}
        return super().defaults(network, graph, **{**many, **changes})

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_whole(_("draws"), self.draws, 1, MAX_DRAWS)
        if self.study not in LESION_STUDIES:
            raise ValueError(_("study is {value!r}: single, random or order is wanted", value=str(self.study)[:40]))


@dataclass(frozen=True, kw_only=True)
class PathQuestion(NetworkQuestion):
    """How much of the gradient comes over paths of each length? Answered by `probes.paths.measure`, a PathAnswer.

    `samples` draws of paths a length are taken besides as Veit et al. 2016 do, for comparison; 0 takes none. The
    statistics of batch norm are frozen unless one says otherwise: the theory is about the gradient of each picture.
    """

    batch_norm_mode: BatchNormMode = "frozen"
    samples: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_whole(_("samples"), self.samples, 0, MAX_DRAWS)


def check_scores(network: NetworkSpec, graph: NetworkGraph) -> None:
    """Raise ValueError with one sentence for a network whose output is a map, boxes, or anything but scores."""
    shapes = [graph.ops[index].shape for index in graph.outputs]
    if len(shapes) != 1 or len(shapes[0] or ()) != 2:
        raise ValueError(
            _(
                "{network} gives no scores of classes, so there is no loss whose gradient could be measured",
                network=network.label,
            )
        )


def has_batch_norm(graph: NetworkGraph) -> bool:
    """Whether the mode of batch norm makes a difference to a network."""
    return any(op.attributes.get("norm") == "batch" for op in graph.ops)


def needs_usual_size(graph: NetworkGraph) -> bool:
    """Whether a network will hardly run on pictures smaller than it was made for.

    It attends, adds a table of learned positions, has a linear map over the positions of a feature map, or convolutions
    without padding that leave nothing of a small picture. Not everything shows: a network that is not recognised says
    itself that it does not run (`probes.gradients`).
    """
    live = [op for op in graph.ops if op.is_live]
    tables = {op.index for op in graph.ops if op.kind == "parameter" and sum(side > 1 for side in op.shape or ()) > 1}
    maps = {op.shape[2] * op.shape[3] for op in live if op.shape and len(op.shape) == 4 and op.shape[2] > 1}
    return (
        any("num_heads" in op.attributes or "window_size" in op.attributes for op in live)
        or any(op.function == "add" and not tables.isdisjoint(op.inputs) for op in live)
        or any(len(op.shape or ()) == 3 and op.attributes.get("in_features") in maps for op in live)
        or sum(map(_is_unpadded, live)) > 1
    )


def _is_unpadded(op: Op) -> bool:
    """Whether the operation is a convolution that eats the border of the picture (and no patch embedding)."""
    kernel, stride, padding = (op.attributes.get(key) for key in ("kernel_size", "stride", "padding"))
    if op.kind != "weighted" or not isinstance(kernel, (list, tuple)):
        return False
    whole = padding == "valid" or (isinstance(padding, (list, tuple)) and not any(padding))
    return whole and min(kernel) > max(stride or (1,))


def _check_whole(label: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(
            _("{label} is {value!r}: a whole number from {low} to {high} is wanted", label=label, value=value, low=low,
              high=high)
        )  # fmt: skip
