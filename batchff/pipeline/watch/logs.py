"""Logs of tasks: read from the blobs they sent or, until then, from their nodes."""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InterruptedByUser, NotFoundError
from batchff.events import Notice, Warned
from batchff.events.logs import LogLine, LogStarted
from batchff.model.jobs import JobStatus, TaskRun, TaskStatus
from batchff.model.states import TaskState
from batchff.pipeline.job.failures import causes, failed_task
from batchff.pipeline.job.retries import first_job_of, later_retries
from batchff.pipeline.names import log_prefix
from batchff.pipeline.waiting import Interval

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_PIECE = 1024 * 1024
_SHORTEST_PAUSE = 0.25
_LONGEST_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Pieces:
    """A file from a byte on: the one asked for, or the first where the file has begun anew."""

    start: int
    each: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Failures:
    """How many tasks failed, and how many lines they wrote.

    `retried` counts the tasks that failed at first, and not in the last retry. `retries` are the
    jobs that were made to encode again what failed.
    """

    tasks: int
    lines: int
    retried: int
    retries: tuple[str, ...]


class TaskLogs:
    """The files that the tasks of one job wrote as they ran: `stderr.txt`, `stdout.txt`."""

    def __init__(self, job: JobStatus, batch: Batch, storage: Storage) -> None:
        self._job = job.id
        self._folder = first_job_of(job)
        self._container = (job.batchff and job.batchff.output_container) or None
        self._batch = batch
        self._storage = storage

    def end(self, task: str, name: str, length: int) -> bytes | None:
        """Return at most the last `length` bytes that a completed task wrote; None for no file."""
        said = None
        if self._container is not None:
            said = self._storage.read_end(self._container, self._blob(task, name), length)
        if said is None:
            said = self._batch.tasks.read_file(self._job, task, name, start=-length)
        return said

    def pieces(self, task: TaskStatus, name: str, start: int = 0) -> Pieces | None:
        """Return what a task wrote by now, from a byte on; None where there is no file (any more).

        Only what a completed task has sent is whole, so that comes first.
        """
        if task.state == TaskState.COMPLETED and self._container is not None:
            blob = self._blob(task.id, name)
            first = self._storage.read_piece(self._container, blob, start, _PIECE)
            if first is not None:
                return Pieces(start, self._of_blob(self._container, blob, first, start))
        size = self._batch.tasks.file_size(self._job, task.id, name)
        if size is None:
            return None
        if size < start:
            start = 0
        return Pieces(start, self._of_node(task.id, name, start, size))

    def _of_blob(self, container: str, blob: str, piece: bytes, start: int) -> Iterator[bytes]:
        while piece:
            yield piece
            start += len(piece)
            if len(piece) < _PIECE:
                return
            piece = self._storage.read_piece(container, blob, start, _PIECE) or b""

    def _of_node(self, task: str, name: str, start: int, size: int) -> Iterator[bytes]:
        while start < size:
            length = min(size - start, _PIECE)
            piece = self._batch.tasks.read_file(self._job, task, name, start=start, length=length)
            if not piece:
                return  # the node went away meanwhile
            yield piece
            start += len(piece)

    def _blob(self, task: str, name: str) -> str:
        return log_prefix(self._folder, task) + name


class _Lines:
    """Makes lines of pieces of bytes, and reports each."""

    def __init__(self, task: TaskStatus, reporter: Reporter) -> None:
        self._task = task
        self._reporter = reporter
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self.count = 0

    def take(self, piece: bytes) -> None:
        # What ends in \r may go on with \n.
        *lines, self._rest = re.split(r"\r?\n|\r(?=.)", self._rest + self._decoder.decode(piece))
        for line in lines:
            self._report(line)

    def close(self) -> None:
        """Report the last line, even where no line break ends it."""
        rest = (self._rest + self._decoder.decode(b"", final=True)).rstrip("\r")
        self._rest = ""
        if rest:
            self._report(rest)

    def _report(self, line: str) -> None:
        self.count += 1
        self._reporter.report(LogLine(self._task.id, self._task.name, line))


def show_log(
    job: JobStatus, run: TaskRun, name: str, batch: Batch, storage: Storage, reporter: Reporter
) -> int:
    """Report what a task has written, and return how many lines that is.

    Raises NotFoundError where it wrote nothing yet, or nothing is left of it.
    """
    task = run.status
    pieces = TaskLogs(job, batch, storage).pieces(task, name)
    if pieces is None:
        raise _no_such_log(job, run, name)
    lines = _Lines(task, reporter)
    for piece in pieces.each:
        lines.take(piece)
    lines.close()
    return lines.count


def show_failures(
    job: JobStatus, name: str, batch: Batch, storage: Storage, reporter: Reporter
) -> Failures:
    """Report what each failed task wrote, and return how many failed.

    For a task that was retried in another job, that is what it wrote there, if it failed again.
    """
    lines = 0
    later_jobs = later_retries(job, batch.jobs.all()) if job.batchff is not None else []
    retried: set[str] = set()
    reported: set[str] = set()
    earlier: set[str] = set()
    for member in (*reversed(later_jobs), job):
        runs = list(batch.tasks.runs(member.id, failed=True))
        shown = {each.task for each in causes(failed_task(run.status, job.batchff) for run in runs)}
        for run in runs:
            if run.status.id in retried:
                earlier.add(run.status.id)
                continue
            if run.status.id not in shown:
                continue
            reported.add(run.status.id)
            failure = failed_task(run.status, job.batchff)
            reporter.report(LogStarted(failure.task, failure.file, failure.reason, failure.preset))
            try:
                lines += show_log(member, run, name, batch, storage, reporter)
            except NotFoundError as error:
                reporter.report(Warned(error.message))
        if member is not job:
            retried.update(task.id for task in batch.tasks.all(member.id))
    retries = tuple(each.id for each in later_jobs)
    return Failures(len(reported), lines, len(earlier - reported), retries)


def follow_log(
    job: JobStatus,
    run: TaskRun,
    name: str,
    batch: Batch,
    storage: Storage,
    reporter: Reporter,
    *,
    pause: Callable[[float], object] = time.sleep,
) -> int:
    """Report what a task writes until it ends, and return how many lines that is.

    Raises InterruptedByUser at Ctrl-C, with the task going on; NotFoundError where the task goes
    away, or nothing is left of what it wrote.
    """
    logs = TaskLogs(job, batch, storage)
    lines = _Lines(run.status, reporter)
    read = 0
    interval = Interval(_SHORTEST_PAUSE, _LONGEST_PAUSE)
    try:
        while True:
            pieces = logs.pieces(run.status, name, read)
            before = read
            if pieces is not None:
                if pieces.start < read:
                    lines.close()
                    read = 0
                for piece in pieces.each:
                    lines.take(piece)
                    read += len(piece)
            if run.status.state == TaskState.COMPLETED:
                if pieces is None and not read:
                    raise _no_such_log(job, run, name)
                lines.close()
                return lines.count
            pause(interval.after(changed=read != before))
            now = batch.tasks.get(job.id, run.status.id)
            if now is None:
                raise NotFoundError(f"task {run.status.id!r} was deleted while it was followed")
            if now.earlier_attempts > run.earlier_attempts:
                reporter.report(Notice(f"{now.status.name} was started anew"))
            if run.node and now.node != run.node:
                lines.close()
                read = 0
            run = now
    except KeyboardInterrupt:
        raise InterruptedByUser(
            f"stopped following; {run.status.name!r} goes on",
            hint=f"come back with: batchff logs -f {job.id} {run.status.id}",
        ) from None


def _no_such_log(job: JobStatus, run: TaskRun, name: str) -> NotFoundError:
    task = run.status
    hint = ""
    if task.state != TaskState.COMPLETED:
        why = (
            "it hasn't started" if task.state == TaskState.ACTIVE else "its node fetches its files"
        )
        hint = f"wait for it with: batchff logs -f {job.id} {task.id}"
    elif not run.node:
        why = "it never ran"
    elif job.batchff:
        why = "its node is gone, and it sent none"
    else:
        why = "its node is gone, and only batchff's tasks send what they wrote"
    return NotFoundError(f"there is no {name} of {task.name!r}: {why}", hint=hint)
