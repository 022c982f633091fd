"""Watch: what the tasks of a job do, and how the job ended, judged by results and exit codes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from itertools import cycle
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InterruptedByUser, NotFoundError, TimedOutError, UnreachableError
from batchff.events import CountsChanged, TaskFailed, TaskSucceeded, Warned
from batchff.ffmpeg.node_exit import node_exit_meaning
from batchff.model import FailedTask, JobOutcome, JobStatus, TaskCounts, TaskStatus
from batchff.pipeline.names import log_prefix
from batchff.pipeline.pool_watch import PoolWatcher
from batchff.pipeline.progress_watch import ProgressWatcher
from batchff.pipeline.stamp import stamped_fact
from batchff.pipeline.tally import STARTED, TaskTally

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter
    from batchff.pipeline.tasks import TaskFeed

_SHORTEST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0
_SLOWER = 1.4
_QUIET_SECONDS_BEFORE_WARNING = 30.0
# What changed tasks don't tell, the job's state and the service's counts, is asked for this rarely.
_CHECKS_WHILE_TASKS_RUN = 10.0
_CHECKS_WHILE_NONE_RUNS = 1.0
_SECONDS_BETWEEN_POOL_LOOKS = 1.0

_LOG_LINES = 5
_LOG_BYTES = 8192
# Beyond this many failures the reasons are told without the log's lines, which cost a request.
_LOGS_READ = 50

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def watch(
    job: str,
    batch: Batch,
    storage: Storage,
    reporter: Reporter,
    *,
    timeout: float | None = None,
    pause: Callable[[float], object] = time.sleep,
    feed: TaskFeed | None = None,
    on_success: Callable[[TaskStatus], None] = lambda task: None,
    on_failure: Callable[[FailedTask], None] = lambda failure: None,
) -> JobOutcome:
    """Tell what happens in a job until it's over, and return how it ended.

    `timeout` is in seconds. `feed` is what still adds tasks to the job, where that's done by the
    same process. Raises TimedOutError after the timeout and InterruptedByUser at Ctrl-C, with the
    job going on; PoolError when its pool can't run it; NotFoundError where there is no job.
    """
    started = time.monotonic()
    interval = _SHORTEST_PAUSE
    try:
        watcher = _JobWatcher(job, batch, storage, reporter, feed, on_success, on_failure)
        while True:
            changed = watcher.look()
            if watcher.is_over:
                return watcher.outcome()
            interval = _SHORTEST_PAUSE if changed else min(interval * _SLOWER, _LONGEST_PAUSE)
            left = None if timeout is None else timeout - (time.monotonic() - started)
            if left is not None and left <= 0:
                raise TimedOutError(
                    f"job {job!r} isn't done after {timeout:.0f} s; it goes on",
                    hint=f"come back with: batchff watch {job}",
                )
            pause(interval if left is None else min(interval, left))
    except UnreachableError as error:
        raise UnreachableError(
            error.message, hint=f"the job goes on; come back with: batchff watch {job}"
        ) from error
    except KeyboardInterrupt:
        raise InterruptedByUser(
            f"stopped watching; job {job!r} goes on",
            hint=f"come back with: batchff watch {job}; end it with: batchff cleanup {job} --pool",
        ) from None


class _JobWatcher:
    """What is known of a job so far; a look asks for the tasks that changed, and little else."""

    def __init__(
        self,
        job: str,
        batch: Batch,
        storage: Storage,
        reporter: Reporter,
        feed: TaskFeed | None,
        on_success: Callable[[TaskStatus], None],
        on_failure: Callable[[FailedTask], None],
    ) -> None:
        self._job = job
        self._batch = batch
        self._storage = storage
        self._reporter = reporter
        self._feed = feed
        self._on_success = on_success
        self._on_failure = on_failure
        status = self._status()
        # As the service writes it: the logs' names are compared with case, ids without.
        self._job = status.id
        self._planned = int(stamped_fact(status.metadata, "files") or 0)
        self._log_container = stamped_fact(status.metadata, "output_container")
        self._pool = PoolWatcher(status.pool_id, batch, reporter)
        self._progress = ProgressWatcher(self._job, batch, reporter)
        self._tally = TaskTally()
        self._counts: TaskCounts | None = None
        self._seen_until: datetime | None = None
        self._quiet_since: float | None = None
        self._checks = cycle((self._check_state, self._check_counts))
        self._checked = self._looked_at_pool = float("-inf")
        self.is_over = False

    def look(self) -> bool:
        """Tell what changed since the last look; say whether anything did.

        While tasks run that is one request, whatever the job's size.
        """
        now = time.monotonic()
        changed = False
        if now - self._checked > self._seconds_between_checks:
            self._checked = now
            next(self._checks)()
        else:
            changed = self._take_changes()
        if self._feed is not None:
            self._tally.total = max(self._feed.added, self._tally.total)
        if not self._tally.unfinished and not self._is_being_fed and not self.is_over:
            self._see_whether_it_is_over()
        if self._report_counts() or self.is_over:
            changed = True
        if self.is_over:
            return True
        if self._tally.running:
            if self._reporter.follows_progress:
                self._progress.look(self._tally.running)
        elif self._tally.unfinished and now - self._looked_at_pool > _SECONDS_BETWEEN_POOL_LOOKS:
            self._looked_at_pool = now
            self._pool.look()
        return changed

    def outcome(self) -> JobOutcome:
        """Return how the job ended, by what each of its tasks came to."""
        unfinished = sum(
            1 for _ in self._batch.tasks.all(self._job, states=("active", "preparing", "running"))
        )
        if self._tally.ended + unfinished < self._batch.tasks.counts(self._job).total:
            # A task may be listed later than one that ended after it.
            self._seen_until = None
            self._take_changes()
        failures = self._tally.failures.values()
        return JobOutcome(
            self._job,
            len(self._tally.succeeded),
            len(self._tally.failures),
            unfinished,
            tuple(sorted(failures, key=lambda failure: failure.file)),
        )

    @property
    def _is_being_fed(self) -> bool:
        return self._feed is not None and self._feed.is_open

    @property
    def _seconds_between_checks(self) -> float:
        return _CHECKS_WHILE_TASKS_RUN if self._tally.running else _CHECKS_WHILE_NONE_RUNS

    def _see_whether_it_is_over(self) -> None:
        """All tasks that are known have ended: either there are more, or the job is at its end."""
        self._check_counts()
        self._check_state()
        if not self._tally.unfinished and not self.is_over:
            self._look_at_idle_job()

    def _check_state(self) -> None:
        """See whether the job has come to its end."""
        if self._status().state in ("completed", "deleting"):
            # What ended between the last look and the job's own end.
            self._take_changes()
            self.is_over = True

    def _check_counts(self) -> None:
        """See whether the tally is right."""
        if self._tally.correct(self._batch.tasks.counts(self._job)):
            running = self._batch.tasks.all(self._job, states=("preparing", "running"))
            self._tally.replace_running(running)

    def _report_counts(self) -> bool:
        """Tell the counts when they changed; say whether they did."""
        counts = self._tally.counts()
        if counts == (self._counts or TaskCounts(0, 0, 0, 0)):
            return False
        self._counts = counts
        self._reporter.report(
            CountsChanged(self._job, counts.active, counts.running, counts.succeeded, counts.failed)
        )
        return True

    def _status(self) -> JobStatus:
        status = self._batch.jobs.get(self._job)
        if status is None:
            raise NotFoundError(
                f"there is no job {self._job!r}",
                hint="it may have been removed, or named otherwise",
            )
        return status

    def _take_changes(self) -> bool:
        """Note the tasks that started or ended since the last look; say whether there were any."""
        any_new = False
        for task in self._batch.tasks.all(
            self._job, states=STARTED, changed_since=self._seen_until
        ):
            if self._seen_until is None or task.changed > self._seen_until:
                self._seen_until = task.changed
            if self._tally.has_ended(task.id):
                continue
            if task.state != "completed":
                self._tally.note_running(task)
                continue
            any_new = True
            if task.succeeded:
                self._tally.note_success(task)
                self._reporter.report(TaskSucceeded(task.id, task.name))
                self._on_success(task)
            else:
                failure = self._failure(task)
                self._tally.note_failure(failure)
                self._reporter.report(TaskFailed(failure))
                self._on_failure(failure)
        return any_new

    def _failure(self, task: TaskStatus) -> FailedTask:
        meaning = None if task.exit_code is None else node_exit_meaning(task.exit_code)
        if task.exit_code == 0 or meaning is None:
            # Not the encoding: the service's own reason is the one that counts.
            reason = task.failure or f"exit code {task.exit_code}"
        else:
            reason = meaning
        log = self._last_words(task.id) if len(self._tally.failures) < _LOGS_READ else ()
        return FailedTask(task.id, task.name, reason, task.exit_code, log)

    def _last_words(self, task: str) -> tuple[str, ...]:
        said = None
        if self._log_container is not None:
            blob = f"{log_prefix(self._job, task)}stderr.txt"
            said = self._storage.read_end(self._log_container, blob, _LOG_BYTES)
        if said is None:
            said = self._batch.tasks.read_file(self._job, task, "stderr.txt", start=-_LOG_BYTES)
        return last_lines((said or b"").decode("utf-8", "replace"))

    def _look_at_idle_job(self) -> None:
        """A job that waits for tasks: its maker may be uploading, or gone."""
        if self._feed is not None:
            self.is_over = self._feed.is_short  # else it ends by itself, any moment
        elif self._planned == 0 and self._tally.total:
            self.is_over = True  # not ours: nobody says how many tasks will come
        elif self._tally.total < self._planned:
            now = time.monotonic()
            self._quiet_since = self._quiet_since or now
            if now - self._quiet_since > _QUIET_SECONDS_BEFORE_WARNING:
                self._quiet_since = float("inf")
                self._reporter.report(
                    Warned(
                        f"{self._tally.total} of {self._planned} tasks are in the job and none is "
                        "left to run; if its submit was stopped, give it again: it continues"
                    )
                )


def last_lines(text: str) -> tuple[str, ...]:
    """Return the last few lines of a log, safe to show on a terminal."""
    lines = re.split(r"[\r\n]+", text)
    clean = (_CONTROL_CHARACTERS.sub("", line).rstrip() for line in lines)
    said = [line for line in clean if line]
    # ffmpeg describes a file in indented lines; what went wrong isn't among them.
    flush = [line for line in said if not line.startswith("  ")]
    return tuple(flush or said)[-_LOG_LINES:]
