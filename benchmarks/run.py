"""The performance table: every part measured in a process of its own, so that none sees another's memory or caches.

`python -m resnet_viz bench` prints it; `python -m benchmarks.run drawing` prints the rows of one part as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, failed

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("graph", "drawing", "gradients", "path_lengths", "lesions", "pages")
HEADINGS = ("what", "measured", "bar", "held")


def main(as_json: bool = False) -> None:
    """Measure everything and print it: a table, or one JSON document with `machine` and `rows`."""
    described = machine()
    rows = measure(PARTS)
    if as_json:
        print(json.dumps({"machine": described, "rows": rows}, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print(f"{machine_line(described)}\n\n{table(rows)}\n\n{verdict(rows)}")


def measure(parts: Sequence[str]) -> list[Row]:
    """The rows of these parts, in order. A part that fails becomes a row that says why."""
    rows: list[Row] = []
    for part in parts:
        print(f"measuring: {part}", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.run", part],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if done.returncode == 0:
            rows += json.loads(done.stdout.splitlines()[-1])
        else:
            said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            rows.append(failed(part, said[-1]))
    return rows


def machine() -> dict[str, Any]:
    """What the figures depend on, and how busy it was (load average of the last minute) when measuring began."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "torch": _version("torch"),
        "streamlit": _version("streamlit"),
    }


def machine_line(described: dict[str, Any]) -> str:
    return (
        "{cpu}, {cores} cores, load {load} at the start · Python {python} · torch {torch} · Streamlit {streamlit}"
    ).format_map(described)


def table(rows: Sequence[Row]) -> str:
    """A Markdown table whose columns are aligned, so that it also reads well in a terminal."""
    cells = [HEADINGS, *((r["name"].replace("|", "/"), _value(r), _bar(r), _held(r)) for r in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(row, widths) for row in cells]
    rule = "|" + "|".join("-" * (width + 1) + (":" if n in (1, 2) else "-") for n, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def verdict(rows: Sequence[Row]) -> str:
    """How many bars were held."""
    held = [row["ok"] for row in rows if row["ok"] is not None]
    return f"{sum(held)} of {len(held)} bars held."


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, value, bar, held = (
        cell.rjust(width) if n in (1, 2) else cell.ljust(width)
        for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {name} | {value} | {bar} | {held} |"


def _value(row: Row) -> str:
    if row["value"] is None:
        return ""
    return f"{_number(row['value'], row['bar'])} {row['unit']}".rstrip()


def _number(value: float, bar: float | None) -> str:
    """About three digits, and more where fewer would put it on the other side of its bar."""
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    while bar is not None and digits < 3 and (round(value, digits) <= bar) != (value <= bar):
        digits += 1
    return f"{value:.0f}" if value == int(value) else f"{value:.{digits}f}"


def _bar(row: Row) -> str:
    return "" if row["bar"] is None else f"{'≥' if row.get('at_least') else '≤'} {row['bar']:g}"


def _held(row: Row) -> str:
    return {True: "yes", False: "NO", None: ""}[row["ok"]]


def _cpu() -> str:
    """The processor's name: Linux has it in a file, elsewhere Python knows what it knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


if __name__ == "__main__":
    print(json.dumps(importlib.import_module(f"benchmarks.{sys.argv[1]}").run()))
