"""A look at a job: what its tasks did since the last one, judged by results and exit codes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from datetime import datetime
from itertools import cycle
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.events import Warned
from batchff.events.jobs import CountsChanged, TaskFailed, TaskSucceeded
from batchff.model.jobs import FailedTask, JobOutcome, JobStatus, TaskCounts, TaskStatus
from batchff.pipeline.job.failures import failed_task, last_lines
from batchff.pipeline.job.feed import STDERR_FILE
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.retries import how_to_continue, outputs_of
from batchff.pipeline.names import media_prefix
from batchff.pipeline.pool.use import GOING
from batchff.pipeline.pool.watch import PoolWatcher
from batchff.pipeline.stamp import is_ours, stamped_count, stamped_fact
from batchff.pipeline.watch.blocked import UnreachableWatcher
from batchff.pipeline.watch.counts import STARTED, TaskTally
from batchff.pipeline.watch.logs import TaskLogs
from batchff.pipeline.watch.progress import ProgressWatcher

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter
    from batchff.pipeline.job.feed import TaskFeed

_QUIET_SECONDS_BEFORE_WARNING = 30.0
# What changed tasks don't tell, the job's state and the service's counts, is asked for this rarely.
_CHECKS_WHILE_TASKS_RUN = 10.0
_CHECKS_WHILE_NONE_RUNS = 1.0
_SECONDS_BETWEEN_POOL_LOOKS = 1.0
# So many times as long as a look at the pool took, there's none.
_POOL_LOOKS_REST = 5

_LOG_BYTES = 8192
# Beyond this many failures the reasons are told without the log's lines, which cost a request.
_LOGS_READ = 50


class JobWatcher:
    """What is known of a job so far; a look asks for the tasks that changed, and little else."""

    def __init__(
        self,
        job: str,
        batch: Batch,
        storage: Storage,
        reporter: Reporter,
        feed: TaskFeed | None,
        retried: Collection[str],
        on_success: Callable[[TaskStatus], None],
        on_failure: Callable[[FailedTask], None],
    ) -> None:
        self._job = job
        self._batch = batch
        self._reporter = reporter
        self._feed = feed
        self._retried = retried
        self._on_success = on_success
        self._on_failure = on_failure
        status = self._status()
        # As the service writes it: the logs' names are compared with case, ids without.
        self._job = status.id
        self._is_ours = is_ours(status.metadata)
        self._planned = stamped_count(status.metadata, "files")
        self._outputs = stamped_fact(status.metadata, "output_container")
        self._folder = outputs_of(status)
        self._how_to_continue = how_to_continue(status)
        self._logs = TaskLogs(status, batch, storage)
        self._pool = PoolWatcher(status.pool_id, batch, reporter)
        self._progress = ProgressWatcher(self._job, batch, reporter)
        self._unreachable = (
            UnreachableWatcher(self._job, batch, reporter) if status.uses_dependencies else None
        )
        self._tally = TaskTally()
        self._counts: TaskCounts | None = None
        self._seen_until: datetime | None = None
        self._quiet_since: float | None = None
        self._checks = cycle((self._check_state, self._check_counts))
        self._checked = self._next_look_at_pool = float("-inf")
        self._is_check = True  # the first look is at the tasks
        self.is_over = False

    def look(self) -> bool:
        """Tell what changed since the last look; say whether anything did.

        While tasks run that is one request, whatever the job's size.
        """
        now = time.monotonic()
        changed = False
        # However slow the service is, what tasks do is seen between two checks.
        self._is_check = not self._is_check and now - self._checked > self._seconds_between_checks
        if self._is_check:
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
        elif self._tally.unfinished and now > self._next_look_at_pool:
            self._look_at_what_waits()
            ended = time.monotonic()
            # A large pool has a long list of nodes.
            self._next_look_at_pool = ended + max(
                _SECONDS_BETWEEN_POOL_LOOKS, _POOL_LOOKS_REST * (ended - now)
            )
        return changed or self.is_over

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
            unreachable=min(self._unreachable.count, unfinished) if self._unreachable else 0,
            batchff=self._is_ours,
        )

    @property
    def what_is_left(self) -> str:
        """Where the outputs are of a job that went away."""
        if self._outputs is None:
            return ""
        return f"its outputs stay in container {self._outputs!r}, in {media_prefix(self._folder)}"

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

    def _look_at_what_waits(self) -> None:
        """No task runs, but some wait: for nodes or, for ever, behind tasks that failed."""
        if self._unreachable is not None and self._tally.failures:
            self._unreachable.look(self._tally)
            if self._unreachable.count:
                # What was started meanwhile isn't among those that wait.
                self._take_changes()
                if self._unreachable.count >= self._tally.unfinished:
                    self.is_over = True
                    return
        if not self._tally.running:
            self._pool.look()

    def _check_state(self) -> None:
        """See whether the job has come to its end."""
        state = self._status().state
        if state == GOING:
            raise NotFoundError(f"job {self._job!r} is being deleted")
        if state == "completed":
            # What ended between the last look and the job's own end.
            self._take_changes()
            self.is_over = True

    def _check_counts(self) -> None:
        """See whether the tally is right."""
        counts = self._batch.tasks.counts(self._job)
        if self._tally.correct(counts):
            running = self._batch.tasks.all(self._job, states=("preparing", "running"))
            self._tally.replace_running(running)
        if self._tally.misses_ends(counts):
            self._seen_until = None  # the next look is at all that have ended

    def _report_counts(self) -> bool:
        """Tell the counts when they changed; say whether they did."""
        counts = self._tally.counts()
        if counts == (self._counts or TaskCounts(0, 0, 0, 0)):
            return False
        self._counts = counts
        self._reporter.report(
            CountsChanged(
                self._job,
                counts.active,
                counts.running,
                counts.succeeded,
                counts.failed,
                self._is_ours,
            )
        )
        return True

    def _status(self) -> JobStatus:
        return require_job(self._job, self._batch)

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
                self._reporter.report(TaskSucceeded(task.id, task.name, self._is_ours))
                self._on_success(task)
            else:
                failure = self._failure(task)
                self._tally.note_failure(failure)
                if task.id not in self._retried:
                    self._reporter.report(TaskFailed(failure))
                self._on_failure(failure)
        return any_new

    def _failure(self, task: TaskStatus) -> FailedTask:
        log: tuple[str, ...] = ()
        # That of a retried one is overwritten.
        if len(self._tally.failures) < _LOGS_READ and task.id not in self._retried:
            said = self._logs.end(task.id, STDERR_FILE, _LOG_BYTES) or b""
            log = last_lines(said.decode("utf-8", "replace"))
        return failed_task(task, ours=self._is_ours, log=log)

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
                        f"left to run; {self._how_to_continue}"
                    )
                )
