"""Scene to PNG, without a browser: resvg draws the SVG with fonts of installed packages, the same bytes everywhere."""

from __future__ import annotations

from resnet_viz.diagrams.fonts_unpack import MONO_FAMILY, SANS_FAMILY, font_files
from resnet_viz.diagrams.scene import Scene, Text
from resnet_viz.text import _
from resnet_viz.theme import Theme

MAX_MEGAPIXELS = 200


def png(scene: Scene, scale: float = 2, theme: Theme = "light") -> bytes:
    """The scene as a PNG file with `scale` dots a pixel.

    ValueError if the picture would be too large, or if a font for its texts is not installed.
    """
    import resvg_py

    width, height = round(scene.width * scale), round(scene.height * scale)
    if not scale > 0 or width * height > MAX_MEGAPIXELS * 1e6:
        raise ValueError(
            _(
                "A picture of {width} × {height} pixels is too large: {limit} million pixels are allowed.",
                width=width,
                height=height,
                limit=MAX_MEGAPIXELS,
            )
        )
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=scene.to_svg(theme),
            zoom=scale,
            skip_system_fonts=True,
            font_files=font_files("".join(item.text for item in scene if isinstance(item, Text))),
            font_family=SANS_FAMILY,
            sans_serif_family=SANS_FAMILY,
            monospace_family=MONO_FAMILY,
        )
    )
