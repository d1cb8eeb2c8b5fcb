"""Uploads: what is kept of a picture, and one sentence for everything that cannot be read."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_viz.probes import pictures
from resnet_viz.probes.pictures import KEPT_SIDE, PictureStore, Pixels, check_set, decode, digest_of


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def painted(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 60)) -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def empty_png(width: int, height: int) -> bytes:
    """A few bytes that claim a size: a decompression bomb, or a very wide picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def noisy_png() -> bytes:
    return encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "GIF", "JPEG"])
def test_a_picture_is_read_in_every_format_that_is_promised(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = decode("a", encoded(painted(40, 40), kind, **options))
    assert pixels.shape == (40, 40, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels.reshape(-1, 3).astype(int) - (200, 30, 60)).max() <= 4  # JPEG rounds


def test_the_middle_square_is_kept() -> None:
    image = painted(90, 30, (0, 0, 0))
    image.paste((255, 255, 255), (30, 0, 60, 30))
    assert (decode("wide", encoded(image)) == 255).all()


def test_a_large_photograph_becomes_a_small_one_of_the_same_colours() -> None:
    image = painted(3000, 2000)
    for kind in ("JPEG", "PNG"):
        pixels = decode("photo", encoded(image, kind))
        assert pixels.shape == (KEPT_SIDE, KEPT_SIDE, 3)
        assert np.abs(pixels.mean((0, 1)) - (200, 30, 60)).max() < 4


def test_the_rotation_of_the_camera_is_applied() -> None:
    image = painted(20, 20, (0, 0, 0))
    image.paste((255, 0, 0), (0, 0, 20, 10))  # red on top
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    pixels = decode("turned", encoded(image, "PNG", exif=exif))
    assert tuple(pixels[15, 10]) == (255, 0, 0) and tuple(pixels[5, 10]) == (0, 0, 0)


def test_transparent_parts_are_white_and_sixteen_bits_are_scaled() -> None:
    assert (decode("clear", encoded(Image.new("RGBA", (9, 9), (255, 0, 0, 0)))) == 255).all()
    grey = Image.fromarray(np.full((9, 9), 32768, dtype=np.uint16))
    assert (decode("deep", encoded(grey)) == 128).all()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7 this is a text", "cat.png is not a picture"),
        (b"", "cat.png is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cat.png is not a picture"),
        (noisy_png()[:2000], "cat.png is damaged or cut off"),
        (empty_png(10, 10), "cat.png is damaged or cut off"),
        (empty_png(30_000, 10), "cat.png is 30000×10 pixels: at most 10000"),
        (empty_png(9_000, 9_000), "cat.png unpacks to more than 40 million pixels"),
        (empty_png(2**31 - 1, 2**31 - 1), "cat.png unpacks to more than 40 million pixels"),
        (encoded(painted(9, 9), "TIFF"), "cat.png is not a picture"),
        (b"\x89PNG" + bytes(pictures.MAX_FILE_BYTES), "cat.png has 21 MB: at most 20 MB"),
    ],
    ids=["text", "empty", "svg", "truncated", "no pixels", "wide", "large", "bomb", "other format", "heavy"],
)
def test_what_cannot_be_read_is_one_sentence_with_the_name(data: bytes, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        decode("some/where/cat.png", data)
    assert str(caught.value).startswith(sentence) and "\n" not in str(caught.value)


def test_a_picture_that_unpacks_too_far_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "crop", lambda *_: pytest.fail("decoded"))
    with pytest.raises(ValueError, match="million"):
        decode("a", empty_png(9_000, 9_000))


def test_a_picture_just_above_the_limit_is_not_said_to_be_at_it() -> None:
    with pytest.raises(ValueError, match="a has 21 MB: at most 20 MB"):
        decode("a", bytes(pictures.MAX_FILE_BYTES + 1))
    with pytest.raises(ValueError, match="have 101 MB together: at most 100 MB"):
        check_set([pictures.MAX_FILE_BYTES] * 5 + [1])
    check_set([pictures.MAX_FILE_BYTES] * 5)


def test_too_many_or_no_pictures_are_one_sentence() -> None:
    with pytest.raises(ValueError, match="65 pictures are too many: at most 64"):
        check_set([1] * 65)
    with pytest.raises(ValueError, match="no pictures"):
        check_set([])


def test_a_set_is_found_under_the_digest_of_its_pixels(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    red, noise = decode("a.png", encoded(painted(10, 12))), decode("b.png", noisy_png())
    digest = store.keep([red, noise])
    assert store.has(digest) and digest == digest_of(store.load(digest))
    assert [picture.shape for picture in store.load(digest)] == [(10, 10, 3), (64, 64, 3)]
    assert store.keep([decode("other name.bmp", encoded(painted(10, 12), "BMP")), noise]) == digest
    assert len(list(tmp_path.iterdir())) == 1


def test_a_name_that_is_no_digest_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "secret.npz").write_bytes(b"")
    store = PictureStore(tmp_path / "pictures")
    for name in ("../secret", "", "a" * 63, "A" * 64, "/etc/passwd"):
        assert not store.has(name)
        with pytest.raises(ValueError, match="upload them again"):
            store.load(name)


def test_a_changed_set_is_not_used(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    digest = store.keep([decode("a", noisy_png())])
    other = store.keep([decode("a", encoded(painted(5, 5)))])
    os.replace(tmp_path / f"{other}.npz", tmp_path / f"{digest}.npz")
    with pytest.raises(ValueError, match="damaged"):
        store.load(digest)
    (tmp_path / f"{digest}.npz").write_bytes(b"PK broken")
    with pytest.raises(ValueError, match="damaged"):
        store.load(digest)


def test_the_sets_not_used_for_longest_go_when_the_folder_is_full(tmp_path: Path) -> None:
    def colour(value: int) -> list[Pixels]:
        return [decode("a", encoded(painted(50, 50, (value, 0, 0))))]

    store = PictureStore(tmp_path, limit=20_000)  # two sets of 7.5 kB and their frames
    old, used = store.keep(colour(1)), store.keep(colour(2))
    for age, digest in ((50, old), (40, used)):
        os.utime(tmp_path / f"{digest}.npz", (1e9 - age, 1e9 - age))
    store.load(old)
    newest = store.keep(colour(3))
    assert store.has(newest) and store.has(old) and not store.has(used)


def test_what_another_process_removes_meanwhile_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PictureStore(tmp_path, limit=0)
    ghost = tmp_path / f"{'0' * 64}.npz"
    found = Path.glob
    monkeypatch.setattr(Path, "exists", lambda _: True)  # it was there a moment ago
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: [ghost, *found(folder, pattern)])
    assert store.has(store.keep([decode("a", noisy_png())]))


def test_files_half_written_by_a_process_that_is_long_gone_are_removed(tmp_path: Path) -> None:
    old, young = tmp_path / "old.part", tmp_path / "young.part"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    PictureStore(tmp_path).keep([decode("a", noisy_png())])
    assert young.exists() and not old.exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be kept"):
        PictureStore(tmp_path / "file" / "pictures").keep([decode("a", noisy_png())])
