"""Pictures that a visitor gives: decoded with care, and kept by their content. Without torch.

A file from outside is only trusted after its header has been read: format, sides and area are checked before a pixel is
decoded, which a worker process does. What is kept is the middle square of each picture, at most 320 pixels wide, so
that a set stays small; its name is the SHA-256 of those pixels, which a question carries (`GradientQuestion.images`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from resnet_viz.compute.cache_folder import CacheFolder
from resnet_viz.compute.one_line import one_line
from resnet_viz.text import _

Pixels = NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MAX_PICTURES = 64
MAX_FILE_BYTES = 20 * 2**20
MAX_SET_BYTES = 100 * 2**20  # of all files together, which the server holds until they are read
MAX_SIDE = 10_000
MAX_AREA = 40_000_000  # pixels; a 40-megapixel PNG takes 120 MB while it is decoded
KEPT_SIDE = 320  # the largest common input of classification networks is 299
CACHE_BYTES = 200 * 2**20


def check_set(sizes: Sequence[int]) -> None:
    """Raise ValueError with one sentence when files of these sizes in bytes are no set: none, too many, or too much."""
    if not sizes:
        raise ValueError(_("no pictures were given"))
    if len(sizes) > MAX_PICTURES:
        raise ValueError(
            _("{count} pictures are too many: at most {limit} are read", count=len(sizes), limit=MAX_PICTURES)
        )
    if sum(sizes) > MAX_SET_BYTES:
        raise ValueError(
            _("the pictures have {size} MB together: at most {limit} MB are read", size=_megabytes(sum(sizes)),
              limit=MAX_SET_BYTES // 2**20)
        )  # fmt: skip


def decode_file(file: tuple[str, bytes]) -> Pixels:
    """`decode` of a name and a content, as one question to a worker."""
    return decode(*file)


def decode(name: str, data: bytes) -> Pixels:
    """The middle square of a picture file, (side, side, 3) of RGB bytes, side at most KEPT_SIDE.

    Transparent parts become white; of an animation the first frame is taken; the camera's rotation is applied. Raises
    ValueError with one sentence that names the file.
    """
    name = _short(name)
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(
            _("{name} has {size} MB: at most {limit} MB are read", name=name, size=_megabytes(len(data)),
              limit=MAX_FILE_BYTES // 2**20)
        )  # fmt: skip
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(name, *image.size)
            return _square(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(_too_large(name)) from error
    except UnidentifiedImageError as error:
        raise ValueError(
            _("{name} is not a picture: {formats} are read", name=name, formats=", ".join(FORMATS))
        ) from error
    except _TooLarge as error:
        raise ValueError(str(error)) from None
    except Exception as error:  # a damaged file may raise anything from inside a decoder
        raise ValueError(_("{name} is damaged or cut off", name=name)) from error


class PictureStore:
    """Picture sets in a folder, each under the SHA-256 of its pixels; the least recently used go when it is full."""

    def __init__(self, folder: Path | None = None, limit: int = CACHE_BYTES) -> None:
        usual = Path(platformdirs.user_cache_dir("resnet-viz")) / "pictures"
        self._cache = CacheFolder(folder or usual, ".npz", limit)

    @property
    def folder(self) -> Path:
        return self._cache.folder

    def keep(self, pictures: Sequence[Pixels]) -> str:
        """The digest under which these pictures are now kept. ValueError with one sentence when they cannot be."""
        digest = digest_of(pictures)
        try:
            with self._cache.part() as part:
                with part.open("wb") as file:
                    np.savez(file, **{f"{index:04d}": picture for index, picture in enumerate(pictures)})  # type: ignore[arg-type]
                self._cache.keep(part, digest)
        except OSError as error:
            raise ValueError(_("the pictures cannot be kept: {reason}", reason=error.strerror or error)) from error
        return digest

    def has(self, digest: str) -> bool:
        """Whether the set is here. Any text may be asked."""
        return self._cache.has(digest)

    def load(self, digest: str) -> list[Pixels]:
        """The pictures of a set, each (side, side, 3). ValueError when it is not here (any more) or was changed."""
        if not self.has(digest):
            raise ValueError(_("the uploaded pictures are not on this machine any more: upload them again"))
        try:
            with np.load(self._cache.path(digest), allow_pickle=False) as file:
                pictures = [file[key] for key in sorted(file.files)]
        except Exception as error:  # a damaged archive
            raise ValueError(_("the kept pictures are damaged: upload them again")) from error
        if digest_of(pictures) != digest:
            raise ValueError(_("the kept pictures are damaged: upload them again"))
        self._cache.touch(digest)
        return pictures


def digest_of(pictures: Sequence[Pixels]) -> str:
    """SHA-256 of the sides and pixels of a set, as 64 hexadecimal digits."""
    content = hashlib.sha256()
    for picture in pictures:
        content.update(picture.shape[0].to_bytes(4, "big"))
        content.update(np.ascontiguousarray(picture).tobytes())
    return content.hexdigest()


class _TooLarge(ValueError):
    pass


def _check_size(name: str, width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE:
        raise _TooLarge(
            _("{name} is {width}×{height} pixels: at most {limit} on a side are read", name=name, width=width,
              height=height, limit=MAX_SIDE)
        )  # fmt: skip
    if width * height > MAX_AREA:
        raise _TooLarge(_too_large(name))


def _too_large(name: str) -> str:
    return _("{name} unpacks to more than {limit} million pixels, the most that is read", name=name,
             limit=MAX_AREA // 10**6)  # fmt: skip


def _square(image: Image.Image) -> Pixels:
    """The middle square of an open picture; decodes it."""
    side = min(image.size)
    if image.format == "JPEG":  # decode a large photograph at a half, quarter or eighth
        image.draft("RGB", (image.width * KEPT_SIDE // side, image.height * KEPT_SIDE // side))
    turned = ImageOps.exif_transpose(image)
    side = min(turned.size)
    left, top = (turned.width - side) // 2, (turned.height - side) // 2
    square = _without_alpha(_eight_bit(turned.crop((left, top, left + side, top + side))))
    if side > KEPT_SIDE:
        square = square.resize((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    return np.asarray(square, dtype=np.uint8)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Sixteen-bit grey as eight-bit grey: Pillow's own conversion would clip instead of scale."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image).astype(np.uint32).clip(0, 65535) >> 8).astype(np.uint8))


def _without_alpha(image: Image.Image) -> Image.Image:
    """RGB on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _megabytes(size: int) -> int:
    """Rounded up, so that what is above a limit does not read as the limit."""
    return -(-size // 2**20)


def _short(name: str) -> str:
    return one_line(Path(name).name, 60) or "?"
