"""One JSON object a line on stdout, and nothing else there: for scripts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from batchff.console.redact import redact
from batchff.console.reporter import CommandResult
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
        # Events are slow to import, and many commands report none.
        from batchff.events.download import BytesDownloaded
        from batchff.events.ffmpeg import FfmpegBytes
        from batchff.events.jobs import FailedAlike, FailuresReleased, TaskFailed
        from batchff.events.upload import BytesUploaded

        quiet = BytesUploaded | BytesDownloaded | FailuresReleased | FfmpegBytes
        if isinstance(event, quiet):
            return  # only for displays
        # Every line on a task has its id and file at the same place.
        facts = event.failure if isinstance(event, TaskFailed) else event
        fields = asdict(facts)
        if isinstance(event, FailedAlike):
            fields |= fields.pop("same")
        self._write(event.kind, _redacted(fields))

    def finish(self, result: CommandResult) -> None:
        """Write the result as the last line."""
        fields = {"command": result.data.command, "data": as_mapping(result.data)}
        self._write("result", fields if result.data.reveals_secrets else _redacted(fields))

    def fail(self, error: BatchffError) -> None:
        """Write the error as the last line."""
        fields = {"code": int(error.exit_code), "message": error.message, "hint": error.hint}
        self._write("error", _redacted(fields))

    def close(self) -> None:
        """Nothing to undo: only lines were printed."""

    def _write(self, kind: str, fields: Mapping[str, Any]) -> None:
        line = json.dumps(
            {"v": VERSION, "event": kind, "time": self._now(), **fields}, default=_time_text
        )
        with self._lock:
            print(line, file=self._stream, flush=True)


def json_data(result: Result) -> Any:
    """Return a result as its line has it, without secrets, and with times as text."""
    return json.loads(json.dumps(_redacted(as_mapping(result)), default=_time_text))


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
