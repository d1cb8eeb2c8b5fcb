"""Font files for PNG, taken from installed packages: Streamlit's variable fonts, unpacked once into the user's cache.

Chinese comes from the package `mplfonts` where it is installed. `python -m resnet_viz.diagrams.fonts_unpack` writes the
table of widths (assets/font_widths.json) anew.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_viz import assets
from resnet_viz.diagrams.fonts import WEIGHTS, is_wide
from resnet_viz.text import _

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

SANS_FAMILY, MONO_FAMILY, CJK_FAMILY = "Source Sans 3", "Source Code Pro", "Noto Sans CJK SC"
_FORMAT = "1"  # raise when unpacking changes, so that old files in a cache are left alone
_WEIGHT_NAMES = {400: "Regular", 500: "Medium", 600: "SemiBold"}
_RANGES = ((0x20, 0x7F), (0xA0, 0x180), (0x391, 0x3CA), (0x2010, 0x2027), (0x2030, 0x2035))
_SIGNS = "ⁿ₀₁₂₃₄₅₆₇₈₉⁰⁴⁵⁶⁷⁸⁹←↑→↓↔∂∆∇∈∏∑−√∞∥‖∫≈≠≡≤≥·×÷"


def font_files(text: str) -> list[str]:
    """Paths of font files that hold the characters of `text`; ValueError says what to install if there are none."""
    files = [str(path) for path in _latin_files()]
    if any(is_wide(character) for character in text):
        files.append(str(_cjk_file()))
    return files


def missing_font(text: str) -> str | None:
    """The sentence with which a PNG of this text would be refused, None where it can be made. Unpacks nothing."""
    try:
        _variable_font("SourceSans")
        if any(is_wide(character) for character in text):
            _cjk_file()
    except ValueError as error:
        return str(error)
    return None


def _package_folder(package: str) -> Path | None:
    """Folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _variable_font(stem: str) -> Path:
    """Streamlit's variable font whose file name begins with `stem`; the rest of the name is a hash of its content."""
    folder = _package_folder("streamlit")
    found = sorted((folder / "static/static/media").glob(f"{stem}*.woff2")) if folder else []
    if not found:
        raise ValueError(_("PNG files need the fonts of streamlit, which is not installed; SVG files do not."))
    return found[0]


def _cjk_file() -> Path:
    folder = _package_folder("mplfonts")
    path = folder / "fonts" / "NotoSansCJKsc-Regular.otf" if folder else None
    if path is None or not path.exists():
        raise ValueError(
            _("A PNG with Chinese text needs a font that is not installed: run “pip install mplfonts”, or save as SVG.")
        )
    return path


@cache
def _latin_files() -> tuple[Path, ...]:
    """The static fonts, unpacked at the first call on this machine (about two seconds)."""
    sources = {"sans": _variable_font("SourceSansVF-Upright"), "mono": _variable_font("SourceCodeVF-Upright")}
    key = hashlib.sha256("|".join([_FORMAT, *(s.name for s in sources.values())]).encode()).hexdigest()[:12]
    folder = _cache_folder() / key
    wanted = [("sans", SANS_FAMILY, weight) for weight in WEIGHTS] + [("mono", MONO_FAMILY, 400)]
    paths = tuple(folder / f"{kind}-{weight}.ttf" for kind, _family, weight in wanted)
    if not all(path.exists() for path in paths):
        slim = {kind: _slim(source) for kind, source in sources.items()}
        for path, (kind, family, weight) in zip(paths, wanted, strict=True):
            _write(path, _instance(slim[kind], family, weight))
    return paths


def _cache_folder() -> Path:
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("resnet-viz")) / "fonts"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that cannot be written to
        return Path(tempfile.mkdtemp(prefix="resnet-viz-fonts-"))
    return folder


def _write(path: Path, content: bytes) -> None:
    """Write a file at once: another process sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(temporary, path)


def _slim(source: Path) -> bytes:
    """The variable font with every character but without hinting and layout features: unpacks ten times as fast.

    Without kerning a text is exactly as wide as the table of widths says.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(source)
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=[1, 2, 4, 6])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=list(font.getBestCmap()))
    subsetter.subset(font)
    return _bytes(font)


def _bytes(font: TTFont) -> bytes:
    font.flavor = None  # no woff2 compression
    font.recalcTimestamp = False  # the same bytes every time
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _static(slim: bytes, weight: int) -> TTFont:
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    return instantiateVariableFont(TTFont(io.BytesIO(slim)), {"wght": weight})


def _instance(slim: bytes, family: str, weight: int) -> bytes:
    """A static font of one weight that says its family and weight truly: programs find it by these names."""
    font = _static(slim, weight)
    style = _WEIGHT_NAMES[weight]
    for name_id, value in ((1, family), (2, style), (4, f"{family} {style}"), (16, family), (17, style)):
        font["name"].setName(value, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    return _bytes(font)


def widths() -> str:
    """The table of widths as JSON: thousandths of the size, by weight and character."""
    slim = _slim(_variable_font("SourceSansVF-Upright"))
    characters = [chr(code) for start, end in _RANGES for code in range(start, end)] + list(_SIGNS)
    table: dict[str, dict[str, int]] = {}
    for weight in WEIGHTS:
        font = _static(slim, weight)
        glyphs, advances = font.getBestCmap(), font["hmtx"]
        table[str(weight)] = {c: advances[glyphs[ord(c)]][0] for c in characters if ord(c) in glyphs}
    return json.dumps({"sans": table}, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    assets.path("font_widths.json").write_text(widths(), encoding="utf-8")
