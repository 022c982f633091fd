"""Events in words: one line for people, the same in a terminal and in a log."""

from __future__ import annotations

import re
from collections.abc import Iterable

from batchff.console.words.redact import redact
from batchff.console.words.text import (
    Level,
    failure_words,
    files,
    left_out_text,
    printable,
    size,
    task_name,
)
from batchff.events import Advised, Event, Notice, Warned
from batchff.events.cleanup import Kept, Removed
from batchff.events.doctor import Checked
from batchff.events.download import DownloadEnded, FileDownloaded
from batchff.events.ffmpeg import FfmpegFetching, FfmpegSending, FfmpegSent
from batchff.events.inspect import FileInspected, InspectEnded
from batchff.events.jobs import (
    CountsChanged,
    DoneBefore,
    FailedAlike,
    FailuresReleased,
    FileFitted,
    FileNotEncoded,
    FilesLack,
    FileTold,
    FilmPlanned,
    JobCreated,
    TaskFailed,
    TasksAdded,
    TaskSucceeded,
    TasksUnreachable,
)
from batchff.events.logs import LogLine, LogStarted
from batchff.events.pools import NodeChanged, NodeFailed, NodesCounted, PoolReady
from batchff.events.upload import FilesCarried, FileUploaded, Planned, UploadEnded
from batchff.model.jobs import FailedTask, SameFailure
from batchff.wording import counted, some_of

_NAMES_SHOWN = 5
_CONTROL_CHARACTERS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0a-\x1f\x7f-\x9f]")
"""Control characters and colours, but no tab."""


Line = tuple[Level, str]


def describe(event: Event) -> Line | None:
    """Return an event's line and how much it matters; None for what only a display shows."""
    match event:
        case Advised(message):
            return Level.DETAIL, printable(message)
        case Notice(message):
            return Level.NORMAL, printable(message)
        case Warned(message):
            return Level.IMPORTANT, f"warning: {printable(message)}"
        case Removed():
            return Level.NORMAL, printable(f"removed: {event.what} {event.name}")
        case Kept():
            return Level.IMPORTANT, printable(f"kept: {event.what} {event.name}: {event.reason}")
        case _:
            return _of_inspection(event) or _of_transfer(event) or _of_pool(event) or _of_job(event)


def _of_inspection(event: Event) -> Line | None:
    match event:
        case FileInspected(problem=""):
            return Level.DETAIL, printable(f"inspected: {event.file}")
        case FileInspected():
            return Level.DETAIL, printable(f"inspected: {event.file}: {event.problem}")
        case InspectEnded(problems=0):
            return Level.NORMAL, f"{files(event.files)} inspected"
        case InspectEnded():
            wrong = f"something is wrong with {event.problems:,}"
            return Level.NORMAL, f"{files(event.files)} inspected, {wrong}"
        case _:
            return None


def _of_transfer(event: Event) -> Line | None:
    match event:
        case Planned():
            rest = left_out_text(event.left_out)
            return Level.NORMAL, f"{files(event.files)}, {size(event.bytes)}{rest}"
        case FileUploaded():
            done = "unchanged" if event.skipped else "uploaded"
            return Level.DETAIL, f"{done}: {printable(event.file)}"
        case FilesCarried():
            return Level.NORMAL, f"{files(event.files)} carried along"
        case UploadEnded():
            return Level.NORMAL, _moved("upload", "file", event.files, event.unchanged)
        case FileDownloaded():
            done = "unchanged" if event.skipped else "downloaded"
            return Level.DETAIL, f"{done}: {printable(event.path)}"
        case DownloadEnded():
            moved = _moved("download", "output", event.files, event.unchanged)
            kept = f"; {counted(event.kept, 'source')} kept" if event.kept else ""
            return Level.NORMAL, f"{moved}{kept}"
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
        case TaskSucceeded(file_encoded=False):
            return None
        case TaskSucceeded():
            done = "encoded" if event.batchff else "succeeded"
            return Level.DETAIL, f"{done}: {printable(event.file)}"
        case (
            FileNotEncoded()
            | FileFitted()
            | FilmPlanned()
            | FilesLack()
            | FileTold()
            | DoneBefore()
        ):
            return _of_fitting(event)
        case TaskFailed(failure, is_like_others=True):
            return Level.DETAIL, _failure(failure)
        case TaskFailed(failure):
            return Level.IMPORTANT, _failure(failure) + _log(failure.log)
        case FailuresReleased(failures):
            lines = [_failure(failure) + _log(failure.log) for failure in failures]
            return Level.IMPORTANT, "\n".join(lines)
        case FailedAlike(job, same):
            return Level.IMPORTANT, printable(_alike(job, same))
        case TasksUnreachable():
            return Level.IMPORTANT, _unreachable(event)
        case _:
            return None


def _of_fitting(
    event: FileNotEncoded | FileFitted | FilmPlanned | FilesLack | FileTold | DoneBefore,
) -> Line | None:
    match event:
        case DoneBefore(done=0, outputs=made):
            return Level.NORMAL, f"{counted(made, 'output')} {_was(made)} made before"
        case DoneBefore(count, done):
            return Level.NORMAL, f"{done:,} of {files(count)} {_was(done)} done before"
        case FileNotEncoded(file, reason):
            return Level.IMPORTANT, printable(f"failed: {file}: {reason}")
        case FilesLack(what, count, names):
            said = some_of(names, _NAMES_SHOWN, count)
            return Level.NORMAL, printable(f"{what}: {said}")
        case FilmPlanned(file, chunks, reason):
            how = f"in {chunks} chunks" if chunks else f"whole: {reason}"
            return Level.NORMAL, printable(f"{file} is encoded {how}")
        case FileTold(file, words, is_salvaged):
            kind = "salvaged" if is_salvaged else "warning"
            return Level.IMPORTANT, printable(f"{kind}: {file}: {'; '.join(words)}")
        case FileFitted(file, choices=choices) if choices:
            return Level.DETAIL, printable(f"{file}: {'; '.join(choices)}")
        case _:
            return None


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def briefly(event: Event) -> Line | None:
    """Return an event's line as `describe` does, but of each failure one line alone."""
    match event:
        case TaskFailed(failure, is_like_others=False):
            return Level.IMPORTANT, _brief_failure(failure)
        case FailuresReleased(failures):
            return Level.IMPORTANT, "\n".join(map(_brief_failure, failures))
        case _:
            return describe(event)


def _brief_failure(failure: FailedTask) -> str:
    return f"failed: {task_name(failure.file, failure.preset)}: {failure_words(failure)}"


def _failure(failure: FailedTask) -> str:
    return f"failed: {task_name(failure.file, failure.preset)}: {printable(failure.reason)}"


def _alike(job: str, same: SameFailure) -> str:
    preset = f"preset {same.preset}: " if same.preset else ""
    looked_at = "" if same.looked_at == same.tasks else f" (by the words of {same.looked_at})"
    failed = f"{preset}{files(same.tasks)} failed as {same.file} did{looked_at}"
    if same.stopped:
        return f"stopped: job {job}: {failed}, and the others would too"
    return f"failed alike: {failed}, and none was encoded"


def _log(lines: Iterable[str]) -> str:
    return "".join(f"\n    {printable(line)}" for line in lines)


def requested(event: Event, *, on_terminal: bool) -> str | None:
    """Return the line of an event that is the command's output, for stdout; None for others.

    On a terminal it can't move the cursor; elsewhere it's unchanged but for secrets.
    """
    match event:
        case LogStarted():
            return f"==> {task_name(event.file, event.preset)}: {printable(event.reason)}"
        case LogLine(line=line):
            return redact(_CONTROL_CHARACTERS.sub("", line) if on_terminal else line)
        case Checked():
            return _checked(event)
        case _:
            return None


def _checked(event: Checked) -> str:
    line = printable(f"{event.status:<8} {event.name:<18} {event.message}")
    return f"{line}\n{'':<28}→ {printable(event.advice)}" if event.advice else line


def _moved(verb: str, noun: str, count: int, unchanged: int) -> str:
    """Say how many files or outputs were moved, and how many needn't be."""
    moved = count - unchanged
    if not unchanged:
        return f"{counted(moved, noun)} {verb}ed"
    if not moved:
        return f"nothing to {verb}: {counted(unchanged, noun)} unchanged"
    return f"{counted(moved, noun)} {verb}ed, {unchanged} unchanged"


def _unreachable(event: TasksUnreachable) -> str:
    names = some_of([printable(file) for file in event.files], _NAMES_SHOWN, event.tasks)
    wait = "task waits" if event.tasks == 1 else "tasks wait"
    return f"unreachable: {event.tasks} {wait} for one that failed: {names}"


def _counts(event: CountsChanged) -> str:
    """Say how many files are done and how many tasks aren't; each unit is named once."""
    if event.batchff:
        ended = [(event.files_encoded, "file", "encoded"), (event.files_failed, "file", "failed")]
    else:
        ended = [(event.succeeded, "task", "succeeded"), (event.failed, "task", "failed")]
    parts = [
        *ended,
        (event.running, "task", "running"),
        (event.active, "task", "waiting"),
    ]
    said, last = [], ""
    for count, unit, state in parts:
        if count:
            said.append(f"{count} {state}" if unit == last else f"{counted(count, unit)} {state}")
            last = unit
    return ", ".join(said) or "no tasks yet"
