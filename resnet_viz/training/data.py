"""The pictures that networks are trained on, and those that they never see. numpy arrays, without torch.

Digits: scikit-learn's 1,797 handwritten digits, 8×8 with values 0 to 16 (from the UCI repository), normalised with the
mean and the standard deviation of all of them. Fifty of each digit are held out: always the same ones, drawn once. (The
writers of both parts are the same, so that an error on the held-out ones is that of new digits, not of new hands.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats32 = NDArray[np.float32]
Integers = NDArray[np.int64]

NUM_DIGITS = 10
HELD_OUT_OF_EACH = 50
_HELD_OUT = 1797  # seed of the split


@dataclass(frozen=True, eq=False)
class Pictures:
    """`images` (N, C, S, S) float32 and `labels` (N,) int64."""

    images: Floats32
    labels: Integers

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, chosen: Integers) -> Pictures:
        """The pictures with these indices, in this order."""
        return Pictures(self.images[chosen], self.labels[chosen])

    def fitted(self, channels: int, side: int) -> Pictures:
        """The same for a network that wants so many channels and pixels."""
        return Pictures(with_channels(resized(self.images, side), channels), self.labels)


@dataclass(frozen=True, eq=False)
class Split:
    """Pictures to train on, and pictures to measure the error on."""

    training: Pictures
    held_out: Pictures


@cache
def all_digits() -> Pictures:
    """All digits, (1797, 1, 8, 8), normalised, and which they are."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = found.images.astype(np.float32)[:, None]
    images = ((pixels - pixels.mean()) / pixels.std()).astype(np.float32)
    return Pictures(images, found.target.astype(np.int64))


@cache
def digits() -> Split:
    """1,297 digits to train on and 500 held out, 50 of each: the same for every network and seed."""
    everything = all_digits()
    draw = np.random.default_rng(_HELD_OUT)
    of_each = [draw.permutation(np.flatnonzero(everything.labels == digit)) for digit in range(NUM_DIGITS)]
    held_out = np.sort(np.concatenate([places[:HELD_OUT_OF_EACH] for places in of_each]))
    training = np.setdiff1d(np.arange(len(everything)), held_out)
    return Split(everything.part(training), everything.part(held_out))


def with_channels(images: Floats32, channels: int) -> Floats32:
    """The pictures with this many channels: grey is repeated; of colour one channel is the mean, more go around."""
    have = images.shape[1]
    if channels == have:
        return images
    if channels == 1:
        return images.mean(1, keepdims=True)
    return images[:, np.arange(channels) % have]


def resized(images: NDArray[np.generic], side: int) -> Floats32:
    """(N, C, H, W) -> (N, C, side, side), bilinear; where it shrinks, all pixels count."""
    count, channels, height, width = images.shape
    if height == width == side:
        return images.astype(np.float32)
    planes = images.reshape(-1, height, width).astype(np.float32)
    sized = [np.asarray(Image.fromarray(plane).resize((side, side), Image.Resampling.BILINEAR)) for plane in planes]
    return np.stack(sized).reshape(count, channels, side, side)
