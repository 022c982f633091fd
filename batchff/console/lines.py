"""Events in words: one line for people, the same in a terminal and in a log."""

from __future__ import annotations

import re
from collections.abc import Iterable

from batchff.console.redact import redact
from batchff.console.text import Level, files, left_out_text, printable, size
from batchff.events import Event, Notice, Warned
from batchff.events.cleanup import Kept, Removed
from batchff.events.doctor import Checked
from batchff.events.download import DownloadEnded, FileDownloaded
from batchff.events.ffmpeg import FfmpegFetching, FfmpegSending, FfmpegSent
from batchff.events.jobs import (
    CountsChanged,
    JobCreated,
    TaskFailed,
    TasksAdded,
    TaskSucceeded,
    TasksUnreachable,
)
from batchff.events.logs import LogLine, LogStarted
from batchff.events.pools import NodeChanged, NodeFailed, NodesCounted, PoolReady
from batchff.events.upload import FileUploaded, Planned, UploadEnded
from batchff.wording import counted, some_of

_NAMES_SHOWN = 5
_CONTROL_CHARACTERS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0a-\x1f\x7f-\x9f]")
"""Colours go with the character that begins them; a tab stays."""


Line = tuple[Level, str]


def describe(event: Event) -> Line | None:
    """Return an event's line and how much it matters; None for what only a display shows."""
    match event:
        case Notice(message):
            return Level.NORMAL, printable(message)
        case Warned(message):
            return Level.IMPORTANT, f"warning: {printable(message)}"
        case Removed():
            return Level.NORMAL, printable(f"removed: {event.what} {event.name}")
        case Kept():
            return Level.IMPORTANT, printable(f"kept: {event.what} {event.name}: {event.reason}")
        case _:
            return _of_transfer(event) or _of_pool(event) or _of_job(event)


def _of_transfer(event: Event) -> Line | None:
    match event:
        case Planned():
            rest = left_out_text(event.left_out)
            return Level.NORMAL, f"{files(event.files)}, {size(event.bytes)}{rest}"
        case FileUploaded():
            done = "unchanged" if event.skipped else "uploaded"
            return Level.DETAIL, f"{done}: {printable(event.file)}"
        case UploadEnded():
            return Level.NORMAL, _moved("upload", event.files, event.unchanged)
        case FileDownloaded():
            done = "unchanged" if event.skipped else "downloaded"
            return Level.DETAIL, f"{done}: {printable(event.path)}"
        case DownloadEnded():
            return Level.NORMAL, _moved("download", event.files, event.unchanged)
        case _:
            return _of_ffmpeg(event)


def _of_ffmpeg(event: Event) -> Line | None:
    match event:
        case FfmpegFetching():
            said = f"fetching ffmpeg {event.version} for the nodes from {event.index}, once"
            return Level.NORMAL, printable(f"{said}: {size(event.bytes)}")
        case FfmpegSending():
            where = f"to container {event.container}, once"
            return Level.NORMAL, printable(f"sending ffmpeg {event.version} for the nodes {where}")
        case FfmpegSent():
            return Level.NORMAL, printable(f"ffmpeg {event.version} sent: {size(event.bytes)}")
        case _:
            return None


def _of_pool(event: Event) -> Line | None:
    match event:
        case PoolReady():
            made = "made" if event.created else "found"
            return Level.NORMAL, printable(f"pool {event.pool} {made}")
        case NodeChanged():
            return Level.DETAIL, printable(f"node {event.node}: {event.state}")
        case NodesCounted(states=states):
            counts = ", ".join(f"{count} {state}" for state, count in states.items())
            return Level.NORMAL, printable(f"nodes: {counts or 'none'}")
        case NodeFailed():
            said = printable(f"failed: node {event.node}: {event.reason}")
            return Level.IMPORTANT, said + _log(event.log)
        case _:
            return None


def _of_job(event: Event) -> Line | None:
    match event:
        case JobCreated():
            made = "made" if event.created else "found"
            return Level.NORMAL, printable(f"job {event.job} {made}")
        case TasksAdded():
            return Level.NORMAL, f"{counted(event.tasks, 'task')} added"
        case CountsChanged():
            return Level.NORMAL, _counts(event)
        case TaskSucceeded():
            done = "encoded" if event.batchff else "succeeded"
            return Level.DETAIL, f"{done}: {printable(event.file)}"
        case TaskFailed(failure):
            said = f"failed: {printable(failure.file)}: {printable(failure.reason)}"
            return Level.IMPORTANT, said + _log(failure.log)
        case TasksUnreachable():
            return Level.IMPORTANT, _unreachable(event)
        case _:
            return None


def _log(lines: Iterable[str]) -> str:
    return "".join(f"\n    {printable(line)}" for line in lines)


def requested(event: Event, *, on_terminal: bool) -> str | None:
    """Return the line of an event that is the command's output, for stdout; None for others.

    On a terminal it can't move the cursor; elsewhere it's unchanged but for secrets.
    """
    match event:
        case LogStarted():
            return f"==> {printable(event.file)}: {printable(event.reason)}"
        case LogLine(line=line):
            return redact(_CONTROL_CHARACTERS.sub("", line) if on_terminal else line)
        case Checked():
            return _checked(event)
        case _:
            return None


def _checked(event: Checked) -> str:
    line = printable(f"{event.status:<8} {event.name:<18} {event.message}")
    return f"{line}\n{'':<28}→ {printable(event.advice)}" if event.advice else line


def _moved(verb: str, count: int, unchanged: int) -> str:
    """Say how many files a transfer has moved, and how many it needn't."""
    moved = count - unchanged
    if not unchanged:
        return f"{files(moved)} {verb}ed"
    if not moved:
        return f"nothing to {verb}: {files(unchanged)} unchanged"
    return f"{files(moved)} {verb}ed, {unchanged} unchanged"


def _unreachable(event: TasksUnreachable) -> str:
    names = some_of([printable(file) for file in event.files], _NAMES_SHOWN, event.tasks)
    wait = "task waits" if event.tasks == 1 else "tasks wait"
    return f"unreachable: {event.tasks} {wait} for one that failed: {names}"


def _counts(event: CountsChanged) -> str:
    parts = [
        (event.succeeded, "encoded" if event.batchff else "succeeded"),
        (event.failed, "failed"),
        (event.running, "running"),
        (event.active, "waiting"),
    ]
    return ", ".join(f"{count} {name}" for count, name in parts if count) or "no tasks yet"
