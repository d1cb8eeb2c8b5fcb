"""Which texts the code shows, and which of them the catalogs hold; `make messages` brings the two together.

Texts that are new are added to assets/locale/*.po with an empty translation, texts that the code no longer shows are
taken out; translations are never touched. A test fails while a translation is missing or unused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from resnet_viz import assets
from resnet_viz.text import LANGUAGES

_MARKERS = {"_", "N_"}
_ROOT = assets.ROOT.parent


def shown() -> dict[str, list[str]]:
    """Every text marked with `_` or `N_` in the code, with the files that show it."""
    found: dict[str, list[str]] = {}
    for path in sorted([*_ROOT.glob("*.py"), *_ROOT.glob("pages/*.py"), *_ROOT.glob("resnet_viz/**/*.py")]):
        for text in _marked(path):
            found.setdefault(text, []).append(path.relative_to(_ROOT).as_posix())
    return found


def _marked(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKERS and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def catalog(language: str) -> Catalog:
    """The catalog of a language as it lies in assets/; empty where there is none yet."""
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> None:
    """Write the catalog of a language with exactly the texts that the code shows."""
    old, new = catalog(language), Catalog(locale=language, project="ResNet Viz", fuzzy=False)
    for text, files in sorted(shown().items(), key=lambda item: (item[1][0], item[0])):
        message = old.get(text)
        new.add(text, message.string if message else "", locations=[(file, 0) for file in sorted(set(files))])
    _path(language).parent.mkdir(exist_ok=True)
    with _path(language).open("wb") as file:
        write_po(file, new, width=120, omit_header=True, include_lineno=False, ignore_obsolete=True)


def _path(language: str) -> Path:
    return assets.path(f"locale/{language}.po")


if __name__ == "__main__":
    for language in LANGUAGES:
        if language != "en":
            update(language)
