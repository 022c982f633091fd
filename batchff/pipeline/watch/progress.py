"""How far the running tasks are, read from ffmpeg's progress file on their nodes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.events.jobs import TaskProgressed, TaskStarted
from batchff.ffmpeg.progress import parse_input_duration, parse_progress
from batchff.model.jobs import TaskStatus
from batchff.node.files import PROGRESS_FILE, STDERR_FILE

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

# Each costs two requests.
_TASKS_A_LOOK = 8
# ffmpeg says the input's duration in its first lines; a report of progress is some 300 bytes.
_HEAD_BYTES = 16384
_REPORT_BYTES = 1024


class ProgressWatcher:
    """Looks at running tasks of a job, a few at a look, and reports progress that changed."""

    def __init__(self, job: str, batch: Batch, reporter: Reporter) -> None:
        self._job = job
        self._batch = batch
        self._reporter = reporter
        self._durations: dict[str, float] = {}
        self._reported: dict[str, TaskProgressed] = {}
        self._looked_at: dict[str, int] = {}
        self._attempts: dict[str, tuple[str, datetime | None]] = {}
        self._looks = 0

    def look(self, running: Mapping[str, TaskStatus]) -> None:
        """Look at tasks that run: at those first that were longest not looked at."""
        self._looks += 1
        self._note_attempts(running)
        self._looked_at = {task: self._looked_at.get(task, 0) for task in running}
        for task in sorted(running, key=self._looked_at.__getitem__)[:_TASKS_A_LOOK]:
            self._looked_at[task] = self._looks
            event = self._progress(running[task])
            if event is not None and self._reported.get(task) != event:
                self._reported[task] = event
                self._reporter.report(event)

    def _note_attempts(self, running: Mapping[str, TaskStatus]) -> None:
        """Report tasks that started again, however that was found; nothing counts of before."""
        for task, each in running.items():
            attempt = (each.node, each.started)
            before = self._attempts.setdefault(task, attempt)
            if attempt != before:
                self._attempts[task] = attempt
                self._reported.pop(task, None)
                self._reporter.report(TaskStarted(task, each.name, each.node, each.started))

    def _progress(self, running: TaskStatus) -> TaskProgressed | None:
        task = running.id
        path = f"wd/{PROGRESS_FILE}"
        end = self._batch.tasks.read_file(self._job, task, path, start=-_REPORT_BYTES)
        progress = parse_progress((end or b"").decode("utf-8", "replace"))
        if progress is None:
            return None
        duration = None if progress.is_checking else self._duration(task)
        fraction = progress.fraction(duration)
        speed, known = progress.speed, self._reported.get(task)
        if fraction is not None:
            fraction = round(fraction, 3)
        elif (
            known is not None and known.node == running.node
        ):  # ffmpeg 9 says N/A of a time that it knew before
            fraction, speed = known.fraction, speed or known.speed
        return TaskProgressed(
            task,
            running.name,
            fraction,
            progress.fps,
            speed,
            running.node,
            progress.is_checking,
        )

    def _duration(self, task: str) -> float | None:
        if task not in self._durations:
            head = self._batch.tasks.read_file(self._job, task, STDERR_FILE, length=_HEAD_BYTES)
            duration = parse_input_duration((head or b"").decode("utf-8", "replace"))
            if duration is None:
                return None
            self._durations[task] = duration
        return self._durations[task]
