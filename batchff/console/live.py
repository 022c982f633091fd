"""A live display on a terminal: a bar for each stage, the files being encoded, lines above."""

from __future__ import annotations

import sys
import threading
from typing import Any

from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from batchff.console.lines import describe, requested
from batchff.console.reporter import CommandResult
from batchff.console.text import Level, error_line, printable, size
from batchff.errors import BatchffError
from batchff.events import Event
from batchff.events.download import BytesDownloaded, DownloadStarted, FileDownloaded
from batchff.events.ffmpeg import FfmpegBytes, FfmpegSending, FfmpegSent
from batchff.events.inspect import FileInspected, InspectEnded, InspectStarted
from batchff.events.jobs import CountsChanged, TaskFailed, TaskProgressed, TasksAdded, TaskSucceeded
from batchff.events.upload import BytesUploaded, FileUploaded, Planned, UploadStarted

_WIDEST_NAME = 32
# The display shows these; as lines they would only repeat it.
_IN_THE_BARS = (CountsChanged, TasksAdded, Planned)


class LiveConsole:
    """Shows events as they come on a terminal's stderr."""

    follows_progress = True

    def __init__(self, least: Level, terminal: Terminal | None = None) -> None:
        self._least = least
        self._terminal = terminal or Terminal(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            _Detail(),
            console=self._terminal,
            transient=True,
        )
        self._lock = threading.Lock()
        self._bars: dict[str, TaskID] = {}
        self._outputs_in_bytes = True
        self._running: dict[str, TaskID] = {}

    def report(self, event: Event) -> None:
        """Move the bars, and print the event's line above them if it has one."""
        with self._lock:
            line = requested(event, on_terminal=sys.stdout.isatty())
            if line is not None:
                print(line, flush=True)
                return
            self._move(event)
            described = describe(event)
            if described is None or described[0] < self._least:
                return
            if isinstance(event, _IN_THE_BARS) and self._bars:
                return
            style = "red" if described[0] is Level.IMPORTANT else None
            self._print(described[1], style)

    def finish(self, result: CommandResult) -> None:
        """Remove the bars; print the result's text on stdout."""
        self.close()
        if result.text:
            print(result.text, flush=True)

    def fail(self, error: BatchffError) -> None:
        """Remove the bars; print the error."""
        self.close()
        self._print(error_line(error.message, error.hint), "red")

    def close(self) -> None:
        """Remove the bars, and show the cursor again."""
        self._progress.stop()

    def _print(self, line: str, style: str | None) -> None:
        self._terminal.print(line, style=style, markup=False, emoji=False, soft_wrap=True)

    def _move(self, event: Event) -> None:
        """Update the bars."""
        match event:
            case CountsChanged():
                self._count(event)
            case TaskProgressed():
                self._show_running(event)
            case TaskSucceeded(task=task):
                self._hide_running(task)
            case TaskFailed(failure=failure):
                self._hide_running(failure.task)
            case InspectStarted():
                self._bar("inspect", event.files, unit="files")
            case FileInspected():
                self._progress.advance(self._bars["inspect"], 1)
            case InspectEnded() if "inspect" in self._bars:
                self._progress.remove_task(self._bars.pop("inspect"))
            case _:
                self._move_transfers(event)

    def _move_transfers(self, event: Event) -> None:
        match event:
            case UploadStarted():
                self._bar("upload", event.bytes)
            case DownloadStarted(bytes=None):
                self._outputs_in_bytes = False
                self._bar("download", event.files, unit="outputs")
            case DownloadStarted(bytes=int(total)):
                self._bar("download", total)
            case FfmpegBytes():
                self._progress.advance(self._bar("ffmpeg", event.total), event.bytes)
            case FfmpegSending() | FfmpegSent() if "ffmpeg" in self._bars:
                # It was fetched, or sent.
                self._progress.remove_task(self._bars.pop("ffmpeg"))
            case BytesUploaded():
                self._progress.advance(self._bars["upload"], event.bytes)
            case BytesDownloaded() if self._outputs_in_bytes:
                self._progress.advance(self._bars["download"], event.bytes)
            case FileUploaded(skipped=True):
                self._progress.advance(self._bars["upload"], event.bytes)
            case FileDownloaded() if not self._outputs_in_bytes:
                self._progress.advance(self._bars["download"], 1)
            case FileDownloaded(skipped=True):
                self._progress.advance(self._bars["download"], event.bytes)
            case _:
                pass

    def _count(self, event: CountsChanged) -> None:
        """Move the bar by tasks; its text counts files, which may have several tasks each."""
        ended = event.succeeded + event.failed
        total = ended + event.running + event.active
        said: dict[str, Any] = {"failed": event.failed}
        if event.batchff:
            done = event.files_encoded + event.files_failed
            said = {
                "failed": event.files_failed,
                "done": done,
                "planned": max(event.files, done),
            }
        name, unit = ("encode", "files") if event.batchff else ("run", "tasks")
        bar = self._bar(name, total, unit=unit, **said)
        self._progress.update(bar, completed=ended, total=total, **said)

    def _bar(self, name: str, total: int, *, unit: str = "", **said: Any) -> TaskID:
        """Return a stage's bar; it counts bytes where it has no unit. `said` is for a new one."""
        if name not in self._bars:
            self._progress.start()
            self._bars[name] = self._progress.add_task(name, total=total, unit=unit, **said)
        return self._bars[name]

    def _show_running(self, event: TaskProgressed) -> None:
        if event.task not in self._running:
            name = printable(event.file)
            shown = name if len(name) <= _WIDEST_NAME else f"…{name[1 - _WIDEST_NAME :]}"
            self._running[event.task] = self._progress.add_task(f"  {shown}", total=1.0)
        self._progress.update(
            self._running[event.task], completed=event.fraction or 0.0, speed=event.speed
        )

    def _hide_running(self, task: str) -> None:
        row = self._running.pop(task, None)
        if row is not None:
            self._progress.remove_task(row)


class _Detail(ProgressColumn):
    """The text right of a bar: bytes and rate, counts, or an encoder's speed."""

    def render(self, task: Task) -> Text:
        if "unit" not in task.fields:
            speed = task.fields.get("speed")
            return Text(f"{task.percentage:3.0f}%" + (f" {speed:.1f}x" if speed else ""))
        unit = task.fields["unit"]
        if not unit:
            rate = f" {size(int(task.speed))}/s" if task.speed else ""
            return Text(f"{size(int(task.completed))} of {size(int(task.total or 0))}{rate}")
        done = task.fields.get("done", int(task.completed))
        planned = task.fields.get("planned", int(task.total or 0))
        failed = task.fields.get("failed", 0)
        return Text(f"{done} of {planned} {unit}" + (f", {failed} failed" if failed else ""))
