"""Numbers as people write them."""

from __future__ import annotations

import math

_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value: float) -> str:
    """Three digits and a unit: "25.6 M", "4.09 G", "512"."""
    for size, unit in _UNITS:
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def power_of_two(value: int) -> str:
    """An exact count: "2¹⁶" for a power of two, "48", or "≈ 1.2 × 10⁸"."""
    if value > 8 and value & (value - 1) == 0:
        return "2" + superscript(value.bit_length() - 1)
    if value < 100_000:
        return f"{value:,}"
    exponent = len(str(value)) - 1
    return (
        f"≈ {value / 10**exponent:.1f} × 10{superscript(exponent)}"
        if exponent < 300
        else f"≈ 10{superscript(exponent)}"
    )


def three_digits(value: float) -> str:
    """As in "0.36", "33.8", "14,500", "1.45 × 10⁷"."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    exponent = math.floor(math.log10(abs(value)))
    if -3 <= exponent < 5:
        return f"{value:,.{max(0, 2 - exponent)}f}"
    return f"{value / 10**exponent:.2f} × 10{superscript(exponent)}"


def percent(share: float) -> str:
    """A share in percent, without the sign: "0.454", "95.0"."""
    return three_digits(100 * share)


def signed(value: float, digits: int = 1) -> str:
    """With a true minus sign, and none before a zero: "−0.3", "0.0"."""
    text = f"{value:.{digits}f}"
    return (text.removeprefix("-") if not text.strip("-0.") else text).replace("-", "−")


def superscript(value: int) -> str:
    return str(value).translate(_SUPERSCRIPT)


def pixels(value: float) -> str:
    """A length in pixels that may be infinite."""
    return "∞" if math.isinf(value) else f"{value:,.0f} px"
