"""The words a user reads, in the language of the moment: gettext catalogs, read from .po files at start, no build step.

`_("text")` gives the translation of an English text; `N_("text")` only marks it, for tables that are translated when
they are shown. The language belongs to the running thread (`use`), English until somebody sets it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

LANGUAGES = ("en", "zh")

_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalog(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    from resnet_viz import assets

    path = assets.path(f"locale/{language}.po")
    if language == "en" or not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id and m.string}


def language() -> str:
    """The language of this thread, one of LANGUAGES."""
    return _language.get()


def use(language: str) -> None:
    """Speak this language in this thread from now on; an unknown one is English."""
    _language.set(language if language in LANGUAGES else "en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language inside a with statement."""
    token = _language.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _language.reset(token)


def _(message: str, /, **values: object) -> str:
    """`message` in the language of the moment, its {placeholders} filled from `values`."""
    text = _catalog(_language.get()).get(message, message)
    return text.format(**values) if values else text


def N_(message: str) -> str:
    """`message` itself, marked for the catalogs."""
    return message
