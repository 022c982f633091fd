"""A report as Markdown: for a message, an issue, a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from batchff.console.report.words import (
    amount,
    clock,
    failed_title,
    figures,
    heading,
    how_rows,
    kind_of,
    money,
    node_names,
    nodes_of,
    others,
    others_title,
    overlap,
    remarks,
    rest_command,
    seconds_of,
    speed,
    speed_of,
    stage_name,
    stage_of,
    state_line,
    time_of_day,
)
from batchff.console.words.text import printable
from batchff.model.report import JobHistory, ReportedFile
from batchff.results.report import Report
from batchff.wording import counted

ROWS = 200
"""A table has no more rows than this: the rest is in the other formats."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~])")


def markdown(report: Report) -> str:
    """Return the report; names and words of others are escaped."""
    history = report.history
    return "\n".join(
        (
            f"# {_plain(heading(history))}",
            "",
            " ".join(
                [
                    *([f"Job {_code(history.job)}."] if history.job else []),
                    _plain(state_line(history)),
                ]
            ),
            "",
            *_table(("", "", ""), figures(history)),
            *_failed(history),
            *_encoded(history),
            *_nodes(history),
            *_stages(history),
            *_how(history),
            *_notes(history),
        )
    )


def _failed(history: JobHistory) -> Iterator[str]:
    files = history.failed_files
    if not files:
        return
    yield from ("", f"## {failed_title(files)}: {counted(len(files), 'file')}", "")
    rows = ((each.file, each.reason, each.advice) for each in files[:ROWS])
    yield from _table(("File", "Why", "What to do"), rows)
    yield from _more(history, len(files))
    for each in files[:ROWS]:
        if each.log:
            yield from ("", f"ffmpeg on {_plain(each.file)}:", "", *_fenced(each.log))


def _encoded(history: JobHistory) -> Iterator[str]:
    files = others(history)
    if not files:
        return
    names = node_names(history.nodes)
    yield from ("", f"## {others_title(files)}: {counted(len(files), 'file')}", "")
    head = ("File", "State", "Length", "In", "Out", "Time", "Speed", "Node", "Remarks")
    yield from _table(head, (_row(each, nodes_of(each, names)) for each in files[:ROWS]))
    yield from _more(history, len(files))


def _row(file: ReportedFile, nodes: str) -> tuple[str, ...]:
    return (
        file.file,
        file.state.value,
        clock(file.seconds),
        amount(file.bytes),
        amount(file.bytes_out),
        clock(seconds_of(file)),
        speed(speed_of(file)),
        nodes,
        "; ".join(remarks(file)),
    )


def _nodes(history: JobHistory) -> Iterator[str]:
    if not history.nodes:
        return
    names = node_names(history.nodes)
    yield from ("", f"## Nodes: {len(history.nodes)}", "")
    head = (
        "Node",
        "Id",
        "Kind",
        "From",
        "Boot",
        "Encode",
        "Idle",
        "Unknown",
        "Tasks",
        "Failed",
        "Cost",
    )
    rows = (
        (
            names[each.node],
            each.node,
            ", ".join(kind_of(each)) or "dedicated",
            time_of_day(each.spans[0].started if each.spans else each.until),
            clock(each.boot_seconds),
            clock(each.encode_seconds),
            clock(each.idle_seconds),
            clock(each.unknown_seconds),
            str(each.tasks),
            str(each.failed),
            money(each.cost, history.figures.currency),
        )
        for each in history.nodes[:ROWS]
    )
    yield from _table(head, rows)
    yield from _more(history, len(history.nodes), ".json")


def _stages(history: JobHistory) -> Iterator[str]:
    if not history.stages:
        return
    yield from ("", "## Stages", "")
    rows = (
        (
            stage_name(each, history),
            time_of_day(each.started),
            time_of_day(each.ended),
            clock(each.seconds),
            stage_of(each),
        )
        for each in history.stages
    )
    yield from _table(("Stage", "From", "To", "Took", "Of"), rows)
    if said := overlap(history):
        yield from ("", _plain(said))


def _how(history: JobHistory) -> Iterator[str]:
    how = history.how
    if not history.job:
        return
    yield from ("", "## How it was made", "")
    if how.command:
        yield from _fenced((how.command,))
        yield ""
    for each in how.arguments:
        variants = f" (one of {each.variants}, as files differ)" if each.variants > 1 else ""
        yield from (f"{_plain(each.preset)}{variants}:", "", *_fenced(each.lines), "")
    yield from _table(("", ""), how_rows(history))


def _notes(history: JobHistory) -> Iterator[str]:
    if history.notes:
        yield from ("", "## What isn't known", "", *(f"- {_plain(note)}" for note in history.notes))
    yield ""


def _more(history: JobHistory, count: int, suffix: str = ".csv") -> Iterator[str]:
    if count > ROWS:
        yield from ("", f"… and {count - ROWS:,} more: {_code(rest_command(history, suffix))}")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_plain, row))} |"


def _plain(text: str) -> str:
    """Return text that Markdown and HTML take as it is."""
    safe = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", safe)


def _code(text: str) -> str:
    return f"`{printable(text).replace('`', '')}`"


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines as code, within a fence that is longer than any in them."""
    safe = [printable(line) for line in lines]
    longest = max((len(run) for line in safe for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}text", *safe, fence)
