"""The pictures and labels of a question, as numpy arrays. Without torch.

Digits: scikit-learn's 1,797 handwritten digits, 8×8 with values 0 to 16 (from the UCI repository). They are resized
bilinearly to the size asked for (at 8×8 they are as they come), repeated to the network's channels, and normalised with
the mean and the standard deviation of all of them. Their labels are the digits.

Uploaded pictures: resized bilinearly (averaging where they shrink), normalised with the mean and standard deviation of
ImageNet's channels. Pink noise: normal noise with amplitude 1/frequency, the spectrum of natural pictures, mean 0 and
standard deviation 1. Neither has labels: they are drawn with the seed, each class with the same chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_viz.probes.pictures import PictureStore
from resnet_viz.probes.questions import DIGITS, NOISE, GradientQuestion

Floats32 = NDArray[np.float32]
Integers = NDArray[np.int64]

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_PICTURES, _LABELS = 1, 2  # independent random streams of one seed


@dataclass(frozen=True, eq=False)
class Batch:
    """`images` (N, C, S, S) float32 and `labels` (N,) int64."""

    images: Floats32
    labels: Integers


def batch(question: GradientQuestion) -> Batch:
    """The batch that a question is about: the same for every network with the same channels, classes and seed.

    Raises ValueError with one sentence when uploaded pictures are not there any more.
    """
    channels, classes = question.network.in_channels, question.network.num_classes
    draw = np.random.default_rng([question.seed, _PICTURES])
    if question.images == DIGITS:
        pixels, digits = _digits()
        chosen = _choose(len(pixels), question.batch_size, draw)
        images = _repeat(_resize(pixels[chosen], question.image_size), channels)
        if classes >= 10:
            return Batch(images, digits[chosen])
    elif question.images == NOISE:
        images = pink_noise((question.batch_size, channels, question.image_size, question.image_size), draw)
    else:
        images = _repeat(_uploaded(question, draw), channels)
    labels = np.random.default_rng([question.seed, _LABELS]).integers(0, classes, question.batch_size)
    return Batch(images, labels.astype(np.int64))


def pink_noise(shape: tuple[int, int, int, int], draw: np.random.Generator) -> Floats32:
    """(N, C, S, S) of normal noise whose amplitude falls as 1/frequency; mean 0, standard deviation 1."""
    side = shape[-1]
    frequency = np.fft.fftfreq(side)
    distance = np.hypot(frequency[:, None], frequency[None, :])
    distance[0, 0] = 1 / side  # the mean of a picture is as strong as its slowest wave
    noise = np.fft.ifft2(np.fft.fft2(draw.standard_normal(shape)) / distance).real
    return ((noise - noise.mean()) / noise.std()).astype(np.float32)


@cache
def _digits() -> tuple[Floats32, Integers]:
    """All digits, (1797, 1, 8, 8), normalised, and which they are."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = found.images.astype(np.float32)[:, None]
    return ((pixels - pixels.mean()) / pixels.std()).astype(np.float32), found.target.astype(np.int64)


def _uploaded(question: GradientQuestion, draw: np.random.Generator) -> Floats32:
    pictures = PictureStore().load(question.upload_digest or "")
    chosen = _choose(len(pictures), question.batch_size, draw)
    sized = [_resize(np.moveaxis(picture, 2, 0)[None], question.image_size)[0] for picture in pictures]
    mean, std = (np.asarray(values, np.float32)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    return ((np.stack([sized[index] for index in chosen]) / 255 - mean) / std).astype(np.float32)


def _choose(available: int, wanted: int, draw: np.random.Generator) -> Integers:
    """`wanted` indices in random order, none used once more than another before all are."""
    rounds = [draw.permutation(available) for _ in range(-(-wanted // available))]
    return np.concatenate(rounds)[:wanted]


def _repeat(images: Floats32, channels: int) -> Floats32:
    """The pictures with this many channels: grey is repeated; of colour one channel is the mean, more go around."""
    have = images.shape[1]
    if channels == have:
        return images
    if channels == 1:
        return images.mean(1, keepdims=True)
    return images[:, np.arange(channels) % have]


def _resize(images: NDArray[np.generic], side: int) -> Floats32:
    """(N, C, H, W) -> (N, C, side, side), bilinear; where it shrinks, all pixels count."""
    count, channels, height, width = images.shape
    if height == width == side:
        return images.astype(np.float32)
    planes = images.reshape(-1, height, width).astype(np.float32)
    sized = [np.asarray(Image.fromarray(plane).resize((side, side), Image.Resampling.BILINEAR)) for plane in planes]
    return np.stack(sized).reshape(count, channels, side, side)
