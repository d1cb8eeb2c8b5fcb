"""Names with fields in them: "wrn_{depth}_{widen_factor}" gives and reads "wrn_28_10", "WRN-28-10", "wrn 28 10"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from string import Formatter

_BETWEEN = r"[\s_-]*"


@cache
def named_fields(template: str) -> tuple[str, ...]:
    """The fields that a template names, in its order."""
    return tuple(field for _text, field, _format, _conversion in Formatter().parse(template) if field)


def read(template: str, values: Mapping[str, str], text: str) -> dict[str, str] | None:
    """The texts of the fields in `text`, None where it does not follow the template.

    `values` is a regular expression for the value of each field. Capitals do not matter, nor whether words are parted
    by "_", "-", a space or nothing; two numbers must be parted.
    """
    parts: list[str] = []
    for words, field, _format, _conversion in Formatter().parse(template):
        is_separator = bool(parts) and words == "_" and field is not None
        letters = _BETWEEN.join(map(re.escape, words.replace("_", "")))
        parts.append(r"[\s_-]+" if is_separator else (_BETWEEN if parts else "") + letters)
        if field:
            parts.append(f"{_BETWEEN}(?P<{field}>{values[field]})")
    found = re.fullmatch("".join(parts), text.strip(), re.IGNORECASE | re.ASCII)
    return None if found is None else found.groupdict()
