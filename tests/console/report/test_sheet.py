from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from batchff.console.report.sheet import COLUMNS, sheet
from tests.histories import FORMULA, TRAP, encoded, failed, report


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_is_a_row_for_each_file() -> None:
    found = rows(sheet(report()))
    assert len(found) == 7
    assert found[0] == {
        "file": "a.mov",
        "state": "encoded",
        "seconds": "40.0",
        "bytes_in": "1000",
        "bytes_out": "500",
        "outputs": "1",
        "task_seconds": "10",
        "speed": "4.0",
        "started": "2026-11-22 12:01:00",
        "ended": "2026-11-22 12:01:10",
        "nodes": "n1",
        "attempts": "1",
        "reason": "",
        "what_to_do": "",
        "remarks": "",
    }
    assert found[1]["file"] == TRAP
    assert (found[3]["state"], found[3]["reason"]) == ("failed", "ffmpeg failed on this input")
    assert (found[6]["state"], found[6]["nodes"]) == ("not encoded", "")
    assert tuple(found[0]) == COLUMNS


def test_attempts_are_those_of_the_task_that_took_most() -> None:
    file = encoded("a.mov")
    two = replace(file, tasks=(*file.tasks, *file.tasks))
    again = replace(file, tasks=(*file.tasks, replace(file.tasks[0], attempts=3)))
    assert [row["attempts"] for row in rows(sheet(report((two, again))))] == ["1", "3"]


@pytest.mark.parametrize("name", [FORMULA, "+1.mp4", "-x.mp4", "@a.mp4", " =a.mp4", "\t=a.mp4"])
def test_no_cell_is_a_formula(name: str) -> None:
    (row,) = rows(sheet(report((encoded(name),))))
    assert row["file"].startswith(("'", "\\t"))


def test_what_ffmpeg_said_is_no_formula_either() -> None:
    (row,) = rows(sheet(report((failed("a.mp4", "=cmd|' /C calc'!A0"),))))
    assert row["reason"] == "'=cmd|' /C calc'!A0"
