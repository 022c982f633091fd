"""One JSON object a line on stdout, and nothing else there: for scripts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO, get_type_hints

from batchff.console.reporter import CommandResult
from batchff.console.words.redact import redact
from batchff.errors import BatchffError
from batchff.results.mapping import as_mapping

if TYPE_CHECKING:
    from batchff.events import Event
    from batchff.results import Result

VERSION = 1
"""Increased when an event's meaning changes, not for new events or keys."""


class JsonConsole:
    """Writes every event as a line, and the result or the error as the last one."""

    def __init__(
        self,
        stream: TextIO,
        *,
        follows_progress: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.follows_progress = follows_progress
        self._stream = stream
        self._now = now
        self._lock = threading.Lock()

    def report(self, event: Event) -> None:
        """Write the event's line, if scripts have use for it."""
        if is_only_for_displays(type(event)):
            return
        self._write(event.kind, _redacted(_fields(event)))

    def finish(self, result: CommandResult) -> None:
        """Write the result as the last line."""
        said = {"command": result.data.command, "data": as_mapping(result.data)}
        self._write("result", said if result.data.reveals_secrets else _redacted(said))

    def fail(self, error: BatchffError) -> None:
        """Write the error as the last line."""
        said = {"code": int(error.exit_code), "message": error.message, "hint": error.hint}
        self._write("error", _redacted(said))

    def close(self) -> None:
        """Nothing to undo: only lines were printed."""

    def _write(self, kind: str, said: Mapping[str, Any]) -> None:
        line = json.dumps(
            {"v": VERSION, "event": kind, "time": self._now(), **said}, default=_time_text
        )
        with self._lock:
            print(line, file=self._stream, flush=True)


def is_only_for_displays(of: type[Event]) -> bool:
    """Return whether an event has no line of its own: scripts have no use for it."""
    # Events are slow to import, and many commands report none.
    from batchff.events.download import BytesDownloaded
    from batchff.events.ffmpeg import FfmpegBytes
    from batchff.events.jobs import (
        FailuresReleased,
        TaskEnded,
        TaskRequeued,
        TaskStarted,
        WorkPlanned,
    )
    from batchff.events.pools import NodeLeft, NodeTerms
    from batchff.events.upload import BytesUploaded

    quiet = BytesUploaded | BytesDownloaded | FailuresReleased | FfmpegBytes | NodeLeft | NodeTerms
    return issubclass(of, quiet | WorkPlanned | TaskStarted | TaskEnded | TaskRequeued)


def shown_fields(of: type[Event]) -> Iterator[tuple[str, Any]]:
    """Yield the keys of an event's line, but for those that every line has, with their types."""
    from batchff.events.jobs import TaskFailed

    held = inlined_by(of)
    for each in (of, held) if of is not TaskFailed else (held,):
        hints = get_type_hints(each) if each else {}
        for field in fields(each) if each else ():
            if hints[field.name] is not held:
                yield field.name, hints[field.name]


def inlined_by(of: type[Event]) -> type | None:
    """Return the class whose fields an event's line shows as its own; None for most events."""
    from batchff.events.jobs import FailedAlike, TaskFailed
    from batchff.model.jobs import FailedTask, SameFailure

    return FailedTask if of is TaskFailed else SameFailure if of is FailedAlike else None


def _fields(event: Event) -> dict[str, Any]:
    """Return the keys of an event's line: `shown_fields` says which these are."""
    from batchff.events.jobs import FailedAlike, TaskFailed

    # Every line on a task has its id and file at the same place.
    known = asdict(event.failure if isinstance(event, TaskFailed) else event)
    return known | known.pop("same") if isinstance(event, FailedAlike) else known


def data_text(result: Result) -> str:
    """Return a result's data as its line has it, without secrets, as JSON on many lines."""
    return json.dumps(_redacted(as_mapping(result)), default=_time_text, indent=1)


def _time_text(value: object) -> str:
    """Return a time in UTC, to the millisecond like all times in lines."""
    if not isinstance(value, datetime):
        raise TypeError(f"JSON has no {type(value).__name__}")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        # A name that isn't valid text can't be JSON either; its bytes stay readable.
        return redact(value.encode("utf-8", "backslashreplace").decode())
    if isinstance(value, Mapping):
        return {key: _redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(inner) for inner in value]
    return value
