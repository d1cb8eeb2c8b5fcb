"""The one table of colours and font stacks: "blue carries, orange learns".

Shortcuts are blue and nothing else is, except the primary control; residual branches are orange, deeper by stage; plain
networks, stems and heads are slate; gates are green. Diagrams, figures and the page take their colours from here.
"""

from __future__ import annotations

from typing import Literal

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

# role: (light, dark). Hues are those of Okabe and Ito (2008), which survive the common colour vision deficiencies.
COLOURS: dict[str, tuple[str, str]] = {
    "background": ("#FFFFFF", "#0F151C"),
    "panel": ("#F6F7F9", "#161E28"),
    "border": ("#D5DAE1", "#2C3846"),
    "ink": ("#16202C", "#E8EDF3"),  # text, sums
    "muted": ("#5B6775", "#9AA7B5"),  # secondary text, the main line
    "faint": ("#98A2AE", "#66727F"),  # decoration only: too pale for text
    "shortcut": ("#0072B2", "#56B4E9"),
    "shortcut-fill": ("#E3F0F8", "#14314A"),
    "residual": ("#C2500A", "#F0894A"),
    "residual-fill": ("#FDEEE3", "#3B2416"),
    "residual-1": ("#FEF3EA", "#2A1E16"),  # fills of residual blocks, first to last stage
    "residual-2": ("#FCE2CD", "#3D2716"),
    "residual-3": ("#F8CBA6", "#553217"),
    "residual-4": ("#F2AF7C", "#704019"),
    "plain": ("#647080", "#93A0AE"),
    "plain-fill": ("#EEF0F3", "#222C37"),
    "plain-1": ("#F4F5F7", "#1B232D"),  # fills of blocks without a shortcut, first to last stage
    "plain-2": ("#E8EBEF", "#222C37"),
    "plain-3": ("#DBE0E6", "#2B3744"),
    "plain-4": ("#CBD2DA", "#364454"),
    "gate": ("#00805E", "#3CC49B"),
    "gate-fill": ("#E2F4EE", "#10362C"),
    "activation": ("#B99A1E", "#C9B04A"),
    "activation-fill": ("#FFF8DC", "#34301A"),
    "norm-fill": ("#FFFFFF", "#1B2530"),
    "strip": ("#F8F9FB", "#18212B"),  # reshapes, dropout: there, but nobody needs to read them
    "removed": ("#808B98", "#76828F"),  # cut shortcuts, dropped branches
}

# What the page and the files name. Streamlit serves the first as "Source Sans" and "Source Code Pro".
SANS = '"Source Sans 3","Source Sans Pro","Source Sans","Noto Sans CJK SC",sans-serif'
MONO = '"Source Code Pro","Noto Sans CJK SC",monospace'


def colour(role: str, theme: Theme = "light") -> str:
    """#RRGGBB of a role; KeyError if the table has no such role."""
    return COLOURS[role][theme == "dark"]


def css_variables(theme: Theme = "light") -> str:
    """Declarations `--rv-ROLE:#RRGGBB;` of the whole table, for the drawing's variables in a page."""
    return "".join(f"--rv-{role}:{colour(role, theme)};" for role in COLOURS)


def relative_luminance(hex_colour: str) -> float:
    """Relative luminance in 0..1 of an #RRGGBB colour (WCAG 2.2)."""
    channels = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two #RRGGBB colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((relative_luminance(one), relative_luminance(other)))
    return (light + 0.05) / (dark + 0.05)
