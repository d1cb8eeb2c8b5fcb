"""What the networks look at: the bundled digits, noise, and uploaded pictures."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_viz import zoo
from resnet_viz.probes import data
from resnet_viz.probes.pictures import PictureStore, decode
from resnet_viz.probes.questions import GradientQuestion
from resnet_viz.training.data import all_digits, digits, resized


def question(name: str = "resnet20", **changes: object) -> GradientQuestion:
    return GradientQuestion.defaults(zoo.spec(name), image_size=8, **changes)


def test_digits_are_scikit_learns_with_their_labels() -> None:
    from sklearn.datasets import load_digits

    found = load_digits()
    batch = data.batch(question(batch_size=64))
    restored = batch.images[:, 0] * found.images.std() + found.images.mean()
    for image, label in zip(restored, batch.labels, strict=True):
        places = np.flatnonzero(np.abs(found.images - image).max((1, 2)) < 1e-3)
        assert label in found.target[places]


@pytest.mark.parametrize("images", ["digits", "noise"])
def test_the_batch_has_the_shape_of_the_question(images: str) -> None:
    asked = GradientQuestion.defaults(zoo.spec("resnet20", in_channels=1), images=images, image_size=20, batch_size=7)
    batch = data.batch(asked)
    assert batch.images.shape == (7, 1, 20, 20) and batch.images.dtype == np.float32
    assert batch.labels.shape == (7,) and set(batch.labels) <= set(range(10))


def test_a_seed_chooses_and_another_seed_chooses_otherwise() -> None:
    one, same, other = (data.batch(question(seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.images, same.images) and np.array_equal(one.labels, same.labels)
    assert not np.array_equal(one.images, other.images)


def test_a_network_and_its_plain_twin_see_the_same() -> None:
    residual, plain = data.batch(question("resnet20")), data.batch(question("plain20"))
    assert np.array_equal(residual.images, plain.images) and np.array_equal(residual.labels, plain.labels)


def test_no_digit_is_seen_twice_and_they_are_normalised() -> None:
    images = data.batch(question(batch_size=512)).images
    assert len(np.unique(images.reshape(512, -1), axis=0)) >= 510  # two of the 1797 may be equal
    assert abs(images.mean()) < 0.05 and abs(images.std() - 1) < 0.05
    assert (images[:, 0] == images[:, 2]).all()  # grey, three times


def test_a_network_that_was_trained_sees_what_it_was_not_trained_on() -> None:
    seen = {image.tobytes() for image in digits().training.images}
    asked = question(weights="trained", batch_size=500)
    batch = data.batch(asked)
    pixels = {image[:1].tobytes() for image in batch.images}
    assert len(pixels) == 500 and not pixels & seen
    assert not pixels - {image.tobytes() for image in all_digits().images}
    assert (np.bincount(batch.labels) == 50).all()


def test_resizing_keeps_what_is_there() -> None:
    wave = np.sin(np.linspace(0, np.pi, 64))[None, None, :] * np.ones((1, 1, 64, 1))
    small = resized(wave, 16)[0, 0, 5]
    assert np.abs(small - wave[0, 0, 0].reshape(16, 4).mean(1)).max() < 0.05
    assert np.array_equal(resized(wave, 64), wave.astype(np.float32))


def test_noise_is_pink() -> None:
    """Power falls as 1/frequency²: the oracle is the radially averaged spectrum."""
    noise = data.pink_noise((32, 3, 64, 64), np.random.default_rng(0))
    power = (np.abs(np.fft.fft2(noise)) ** 2).mean((0, 1))
    low, high = power[0, 4], power[0, 16]
    assert 12 < low / high < 21  # (16 / 4)² = 16
    assert abs(noise.mean()) < 1e-4 and abs(noise.std() - 1) < 1e-4


@pytest.mark.parametrize(("classes", "highest"), [(1000, 999), (3, 2)])
def test_labels_are_classes_of_the_network(classes: int, highest: int) -> None:
    for images in ("digits", "noise"):
        asked = GradientQuestion.defaults(zoo.spec("resnet20", num_classes=classes), images=images, image_size=8)
        assert data.batch(asked).labels.min() >= 0 and data.batch(asked).labels.max() <= highest


def test_uploaded_pictures_are_seen_each_as_often(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    digest = PictureStore().keep([decode(str(colour), png(colour)) for colour in colours])
    batch = data.batch(question(images=f"upload:{digest}", batch_size=9))
    pixels = batch.images * np.array(data.IMAGENET_STD)[:, None, None] + np.array(data.IMAGENET_MEAN)[:, None, None]
    seen = [tuple(int(v) for v in np.round(255 * picture[:, 4, 4])) for picture in pixels]
    assert sorted(seen) == sorted(3 * colours)


def test_pictures_that_are_gone_are_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ValueError, match="upload them again"):
        data.batch(question(images="upload:" + "0" * 64))


def png(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(file, "PNG")
    return file.getvalue()
