"""The performance table: what it says of a held bar, a missed one, and a part that could not be measured."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from benchmarks import run
from benchmarks.rows import Row, failed, row
from resnet_viz.cli import cli

ROWS = [
    row("held", 4.08, "ms", 5),
    row("missed", 455.03, "kB", 450),
    row("fast enough", 58, "frames/s", 40, at_least=True),
    row("too slow", 12.5, "frames/s", 40, at_least=True),
    row("without a bar", 0.1234, "s"),
    failed("pages", "no Chromium | none at all"),
]


def test_a_bar_is_an_upper_limit_unless_it_is_said_to_be_a_lower_one() -> None:
    assert [measured["ok"] for measured in ROWS] == [True, False, True, False, None, False]
    assert row("at the bar", 5, "ms", 5)["ok"]
    assert row("at the bar", 40, "frames/s", 40, at_least=True)["ok"]


def test_the_table_is_markdown_whose_columns_stand_below_each_other() -> None:
    lines = run.table(ROWS).splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert {tuple(n for n, c in enumerate(line) if c == "|") for line in lines} == {
        tuple(n for n, c in enumerate(lines[0]) if c == "|")
    }
    assert lines[1].strip("|").replace("-", "").replace("|", "") == "::"  # the two columns of numbers stand right


def test_a_line_says_what_was_measured_against_which_bar() -> None:
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in run.table(ROWS).splitlines()[2:]]
    assert cells == [
        ["held", "4.08 ms", "≤ 5", "yes"],
        ["missed", "455 kB", "≤ 450", "NO"],
        ["fast enough", "58 frames/s", "≥ 40", "yes"],
        ["too slow", "12.5 frames/s", "≥ 40", "NO"],
        ["without a bar", "0.123 s", "", ""],
        ["pages: no Chromium / none at all", "", "", "NO"],
    ]


def test_a_value_close_to_its_bar_is_not_rounded_onto_the_other_side() -> None:
    assert "450.03 kB" in run.table([row("just over", 450.03, "kB", 450)])
    assert "2.504 times" in run.table([row("just over", 2.504, "times", 2.5)])


def test_the_verdict_counts_what_has_a_bar_or_failed() -> None:
    assert run.verdict(ROWS) == "2 of 5 bars held."


def test_a_part_that_fails_is_a_row_with_its_reason_and_the_others_are_measured() -> None:
    rows = run.measure(["no_such_part"])
    assert len(rows) == 1
    assert not rows[0]["ok"]
    assert "no_such_part" in rows[0]["name"]
    assert "No module named" in rows[0]["name"]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    monkeypatch.setattr(run, "measure", lambda parts: ROWS)
    return ROWS


def test_json_is_one_document_with_the_machine_and_every_row(measured: list[Row]) -> None:
    done = CliRunner().invoke(cli, ["bench", "--json"])
    document = json.loads(done.stdout)
    assert document["rows"] == measured
    assert set(document["machine"]) == {"cpu", "cores", "load", "python", "torch", "streamlit"}
    assert document["machine"]["cores"] >= 1


def test_the_printed_table_comes_with_the_machine_it_holds_for(measured: list[Row]) -> None:
    said = CliRunner().invoke(cli, ["bench"]).stdout
    machine = run.machine()
    for part in (machine["cpu"], f"{machine['cores']} cores", machine["python"], machine["torch"]):
        assert part in said.splitlines()[0]
    assert run.table(measured) in said
