"""The pictures and labels of a question, as numpy arrays. Without torch.

Digits: those of `training.data`, resized bilinearly to the size asked for (at 8×8 they are as they come) and repeated
to the network's channels. A network with the weights it was drawn with sees any of them; one with other weights sees
those that no training here has shown it. Their labels are the digits.

Uploaded pictures: resized bilinearly (averaging where they shrink), normalised with the mean and standard deviation of
ImageNet's channels. Pink noise: normal noise with amplitude 1/frequency, the spectrum of natural pictures, mean 0 and
standard deviation 1. Neither has labels: they are drawn with the seed, each class with the same chance.
"""

from __future__ import annotations

import numpy as np

from resnet_viz.probes.pictures import PictureStore
from resnet_viz.probes.questions import DIGITS, INITIAL, NOISE, NetworkQuestion
from resnet_viz.training.data import (
    NUM_DIGITS,
    Floats32,
    Integers,
    Pictures,
    all_digits,
    digits,
    resized,
    with_channels,
)

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_PICTURES, _LABELS = 1, 2  # independent random streams of one seed


def batch(question: NetworkQuestion) -> Pictures:
    """The batch that a question is about: the same for every network with the same channels, classes and seed.

    Raises ValueError with one sentence when uploaded pictures are not there any more.
    """
    channels, classes = question.network.in_channels, question.network.num_classes
    draw = np.random.default_rng([question.seed, _PICTURES])
    if question.images == DIGITS:
        available = all_digits() if question.weights == INITIAL else digits().held_out
        chosen = available.part(_choose(len(available), question.batch_size, draw))
        images = chosen.fitted(channels, question.image_size).images
        if classes >= NUM_DIGITS:
            return Pictures(images, chosen.labels)
    elif question.images == NOISE:
        images = pink_noise((question.batch_size, channels, question.image_size, question.image_size), draw)
    else:
        images = with_channels(_uploaded(question, draw), channels)
    labels = np.random.default_rng([question.seed, _LABELS]).integers(0, classes, question.batch_size)
    return Pictures(images, labels.astype(np.int64))


def pink_noise(shape: tuple[int, int, int, int], draw: np.random.Generator) -> Floats32:
    """(N, C, S, S) of normal noise whose amplitude falls as 1/frequency; mean 0, standard deviation 1."""
    side = shape[-1]
    frequency = np.fft.fftfreq(side)
    distance = np.hypot(frequency[:, None], frequency[None, :])
    distance[0, 0] = 1 / side  # the mean of a picture is as strong as its slowest wave
    noise = np.fft.ifft2(np.fft.fft2(draw.standard_normal(shape)) / distance).real
    return ((noise - noise.mean()) / noise.std()).astype(np.float32)


def _uploaded(question: NetworkQuestion, draw: np.random.Generator) -> Floats32:
    pictures = PictureStore().load(question.upload_digest or "")
    chosen = _choose(len(pictures), question.batch_size, draw)
    sized = [resized(np.moveaxis(picture, 2, 0)[None], question.image_size)[0] for picture in pictures]
    mean, std = (np.asarray(values, np.float32)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    return ((np.stack([sized[index] for index in chosen]) / 255 - mean) / std).astype(np.float32)


def _choose(available: int, wanted: int, draw: np.random.Generator) -> Integers:
    """`wanted` indices in random order, none used once more than another before all are."""
    rounds = [draw.permutation(available) for _ in range(-(-wanted // available))]
    return np.concatenate(rounds)[:wanted]
