"""One figure with its bar."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Row(TypedDict):
    """A measured figure. `ok` is None where there is no bar; the bar is an upper limit unless `at_least` is true."""

    name: str
    value: float | None  # None: it could not be measured, and `name` says why
    unit: str
    bar: float | None
    ok: bool | None
    at_least: NotRequired[bool]


def row(name: str, value: float, unit: str, bar: float | None = None, *, at_least: bool = False) -> Row:
    """The figure held against its bar."""
    ok = None if bar is None else value >= bar if at_least else value <= bar
    made: Row = {"name": name, "value": round(value, 3), "unit": unit, "bar": bar, "ok": ok}
    return made | {"at_least": True} if at_least else made


def failed(name: str, reason: str) -> Row:
    """In place of figures that could not be measured."""
    return {"name": f"{name}: {reason}", "value": None, "unit": "", "bar": None, "ok": False}
