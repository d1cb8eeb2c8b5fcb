"""What an exception or a file says, as one line of bounded length."""

from __future__ import annotations


def one_line(words: object, longest: int = 400) -> str:
    """The first line of `words` that is not blank, at most `longest` characters with an ellipsis where it is cut."""
    line = next((line.strip() for line in str(words).splitlines() if line.strip()), "")
    return line if len(line) <= longest else line[: longest - 1] + "…"
