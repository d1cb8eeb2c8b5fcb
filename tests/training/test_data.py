"""The pictures of a training: scikit-learn's digits, in two parts that share none."""

from __future__ import annotations

import numpy as np
import pytest

from resnet_viz.training import data


def test_the_parts_are_all_digits_and_share_none() -> None:
    split = data.digits()
    assert len(split.training) == 1297 and len(split.held_out) == 500
    both = np.concatenate([split.training.images, split.held_out.images])
    order = np.lexsort(both.reshape(1797, -1).T)
    everything = data.all_digits().images
    assert np.array_equal(both[order], everything[np.lexsort(everything.reshape(1797, -1).T)])


def test_the_held_out_digits_are_as_many_of_each() -> None:
    assert (np.bincount(data.digits().held_out.labels) == 50).all()


def test_every_label_is_that_of_its_picture() -> None:
    everything = data.all_digits()
    label_of = {image.tobytes(): label for image, label in zip(everything.images, everything.labels, strict=True)}
    for part in (data.digits().training, data.digits().held_out):
        assert all(label_of[i.tobytes()] == label for i, label in zip(part.images, part.labels, strict=True))


@pytest.mark.parametrize(("channels", "side"), [(1, 8), (3, 8), (3, 32), (4, 11)])
def test_pictures_fit_a_network(channels: int, side: int) -> None:
    fitted = data.digits().held_out.part(np.arange(5)).fitted(channels, side)
    assert fitted.images.shape == (5, channels, side, side) and fitted.images.dtype == np.float32
    assert (fitted.images[:, 0] == fitted.images[:, -1]).all()
