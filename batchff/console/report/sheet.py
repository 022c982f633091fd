"""A report as CSV for a spreadsheet: a row for each file."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from batchff.console.report.words import (
    attempts_of,
    node_names,
    nodes_of,
    remarks,
    seconds_of,
    speed_of,
)
from batchff.console.words.text import printable
from batchff.model.report import ReportedFile
from batchff.results.report import Report

COLUMNS = (
    "file",
    "state",
    "seconds",
    "bytes_in",
    "bytes_out",
    "outputs",
    "task_seconds",
    "speed",
    "started",
    "ended",
    "nodes",
    "attempts",
    "reason",
    "what_to_do",
    "remarks",
)
"""The names of the columns."""

# A spreadsheet takes what begins so for a formula, and some take it after a space.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def sheet(report: Report) -> str:
    """Return the rows; text that a spreadsheet would take for a formula begins with a quote."""
    history = report.history
    names = node_names(history.nodes)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for file in history.files:
        rows.writerow([_cell(value) for value in _row(file, nodes_of(file, names))])
    return text.getvalue()


def _row(file: ReportedFile, nodes: str) -> tuple[object, ...]:
    started = [task.started for task in file.tasks if task.started is not None]
    ended = [task.ended for task in file.tasks if task.ended is not None]
    return (
        file.file,
        file.state.value,
        file.seconds,
        file.bytes,
        file.bytes_out,
        len(file.outputs),
        seconds_of(file),
        speed_of(file),
        min(started, default=None),
        max(ended, default=None),
        nodes if file.tasks else "",
        attempts_of(file),
        file.reason,
        file.advice,
        "; ".join(remarks(file)),
    )


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        return round(value, 3)
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULAS) else text
