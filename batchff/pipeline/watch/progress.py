"""How far the running tasks are, read from ffmpeg's progress file on their nodes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.events.jobs import TaskProgressed
from batchff.ffmpeg.progress import parse_input_duration, parse_progress
from batchff.node.files import PROGRESS_FILE, STDERR_FILE

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

# Each costs two requests a look; a display has no room for more.
_TASKS_SHOWN = 8
# ffmpeg says the input's duration in its first lines; a report of progress is some 300 bytes.
_HEAD_BYTES = 16384
_REPORT_BYTES = 1024


class ProgressWatcher:
    """Looks at the first few running tasks of a job and reports their progress when it changed."""

    def __init__(self, job: str, batch: Batch, reporter: Reporter) -> None:
        self._job = job
        self._batch = batch
        self._reporter = reporter
        self._durations: dict[str, float] = {}
        self._reported: dict[str, TaskProgressed] = {}

    def look(self, running: Mapping[str, str]) -> None:
        """Look at tasks that run, given with the files that they encode."""
        for task, file in islice(running.items(), _TASKS_SHOWN):
            event = self._progress(task, file)
            if event is not None and self._reported.get(task) != event:
                self._reported[task] = event
                self._reporter.report(event)

    def _progress(self, task: str, name: str) -> TaskProgressed | None:
        path = f"wd/{PROGRESS_FILE}"
        end = self._batch.tasks.read_file(self._job, task, path, start=-_REPORT_BYTES)
        progress = parse_progress((end or b"").decode("utf-8", "replace"))
        if progress is None:
            return None
        duration = self._duration(task)
        fraction = progress.fraction(duration)
        if fraction is not None:
            fraction = round(fraction, 3)
        return TaskProgressed(task, name, fraction, progress.fps, progress.speed)

    def _duration(self, task: str) -> float | None:
        if task not in self._durations:
            head = self._batch.tasks.read_file(self._job, task, STDERR_FILE, length=_HEAD_BYTES)
            duration = parse_input_duration((head or b"").decode("utf-8", "replace"))
            if duration is None:
                return None
            self._durations[task] = duration
        return self._durations[task]
