"""Looks at a job: what its tasks did since the last one, and whether it's over."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.events.jobs import (
    CountsChanged,
    FailedAlike,
    FailuresReleased,
    TaskEnded,
    TaskFailed,
    TaskRequeued,
    TaskStarted,
    TaskSucceeded,
)
from batchff.model.items import Item
from batchff.model.jobs import (
    FailedTask,
    JobOutcome,
    JobStatus,
    SameFailure,
    TaskStatus,
    TaskTotals,
)
from batchff.model.states import TASK_RUNNING, TASK_UNFINISHED, JobState
from batchff.pipeline.job.failures import causes, is_consequence, was_ended
from batchff.pipeline.job.graph import items_by_task, only_tasks
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.names import FAILED_ALIKE
from batchff.pipeline.watch.alike import AlikeFailures
from batchff.pipeline.watch.changes import TaskChanges
from batchff.pipeline.watch.counts import FileTally, TaskTally
from batchff.pipeline.watch.idle import IdleJob
from batchff.pipeline.watch.nodes import NodeWatcher
from batchff.pipeline.watch.reasons import FailureReasons
from batchff.pipeline.watch.rhythm import Look, Rhythm

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


class Feeding(Protocol):
    """What still adds tasks to a job, in the process that watches it."""

    @property
    def is_open(self) -> bool:
        """Whether more tasks may still come."""

    @property
    def is_short(self) -> bool:
        """Whether no more tasks come, and fewer came than were planned."""

    @property
    def added(self) -> int:
        """How many tasks the job has by now."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A task that ended; `failure` is why it failed, None where it succeeded.

    With `is_hopeless`, tasks are left that would all fail with the same words: the job may as well
    be stopped.
    """

    task: TaskStatus
    failure: FailedTask | None = None
    is_hopeless: bool = False


class JobWatcher:
    """What is known of a job so far; a look asks for the tasks that changed, and little else.

    Make one with `watch_job`. `is_over` is True when no look will see anything new.
    """

    def __init__(
        self,
        job: JobStatus,
        batch: Batch,
        reporter: Reporter,
        reasons: FailureReasons,
        items: Mapping[str, Item] | None,
        feed: Feeding | None,
    ) -> None:
        self.is_over = False
        self._job = job
        self._batch = batch
        self._reporter = reporter
        self._reasons = reasons
        self._feed = feed
        self._alike = AlikeFailures(job.batchff)
        self._termination_reason = job.termination_reason
        self._tasks = TaskTally()
        self._files = FileTally(items)
        self._changes = TaskChanges(job.id, batch, self._tasks, self._note_started)
        self._nodes = NodeWatcher(job, batch, reporter)
        self._idle = IdleJob(job, reporter)
        self._rhythm = Rhythm()

    def look(self) -> Generator[Ended, None, bool]:
        """Yield the tasks that ended since the last look; return whether anything changed.

        While tasks run that is one request, whatever the job's size.
        """
        before = self._tasks.counts()
        match self._rhythm.next_look(tasks_run=bool(self._tasks.running)):
            case Look.AT_TASKS:
                yield from self._take_changes()
            case Look.AT_STATE:
                yield from self._check_state()
            case Look.AT_COUNTS:
                self._check_counts()
        if self._feed is not None:
            self._tasks.total = max(self._feed.added, self._tasks.total)
        if not self._tasks.unfinished and not self._is_being_fed and not self.is_over:
            yield from self._see_whether_it_is_over()
        changed = self._tasks.counts() != before
        if changed:
            self._report_counts()
        if not self.is_over:
            yield from self._look_at_nodes()
        return changed or self.is_over

    def outcome(self) -> Generator[Ended, None, JobOutcome]:
        """Return the job's outcome, by the results of its tasks.

        Yields tasks that weren't seen to end: one may be listed later than another that ended after
        it.
        """
        unfinished = [
            (task.id, task.name)
            for task in self._batch.tasks.all(self._job.id, states=TASK_UNFINISHED)
        ]
        if self._tasks.ended + len(unfinished) < self._batch.tasks.counts(self._job.id).total:
            self._changes.look_at_all()
            yield from self._take_changes()
        # A file whose task failed has failed, whatever waits behind that.
        left = {
            name if self._job.batchff else task
            for task, name in unfinished
            if name not in self._files.failed
        }
        blocked = self._nodes.blocked
        return JobOutcome(
            self._job.id,
            self._files.encoded,
            len(self._files.failed),
            len(left),
            tuple(sorted(causes(self._tasks.failures.values()), key=lambda failure: failure.file)),
            unreachable=min(blocked, len(unfinished)),
            batchff=self._job.batchff is not None,
            tasks=TaskTotals(
                len(self._tasks.succeeded), len(self._tasks.failures), len(unfinished)
            ),
            outputs=self._files.outputs,
            alike=self.report_alike(),
            lacking=self._job.batchff.lacking if self._job.batchff else 0,
            done_before=self._job.batchff.done if self._job.batchff else 0,
        )

    def report_alike(self) -> tuple[SameFailure, ...]:
        """Report, once for all of a preset's tasks, that they failed alike; return which did."""
        found = self._alike.found(stopped=self._termination_reason == FAILED_ALIKE)
        for same in found:
            self._reporter.report(FailedAlike(self._job.id, same))
        return found

    @property
    def _is_being_fed(self) -> bool:
        return self._feed is not None and self._feed.is_open

    def _see_whether_it_is_over(self) -> Generator[Ended]:
        """Look for more tasks and for the end of the job, once all known tasks have ended."""
        self._check_counts()
        yield from self._check_state()
        if self._tasks.unfinished or self.is_over:
            return
        if self._feed is not None:
            self.is_over = self._feed.is_short  # else it ends by itself, any moment
        else:
            self.is_over = self._idle.look(self._tasks.total)

    def _look_at_nodes(self) -> Generator[Ended]:
        """Look how far running tasks are or, where none runs, what the others wait for."""
        if self._tasks.running:
            self._nodes.look_at_progress(self._tasks.running)
            if self._rhythm.may_look_at_nodes(tasks_run=True):
                self._nodes.look_at_states()
                self._rhythm.looked_at_nodes()
        elif self._tasks.unfinished and self._rhythm.may_look_at_nodes():
            if self._nodes.look_at_blocked(self._tasks):
                # What was started meanwhile isn't among those that wait.
                yield from self._take_changes()
                self.is_over = self._nodes.blocked >= self._tasks.unfinished
            if not self.is_over and not self._tasks.running:
                self._nodes.look_at_pool()
            self._rhythm.looked_at_nodes()

    def _check_state(self) -> Generator[Ended]:
        """Look whether the job has ended."""
        job = require_job(self._job.id, self._batch)
        self._termination_reason = job.termination_reason
        if job.state == JobState.DELETING:
            raise NotFoundError(f"job {self._job.id!r} is being deleted")
        if job.state == JobState.COMPLETED:
            # What ended between the last look and the job's own end.
            yield from self._take_changes()
            self.is_over = True

    def _check_counts(self) -> None:
        """Correct the tally by the service's counts."""
        counts = self._batch.tasks.counts(self._job.id)
        if self._tasks.correct(counts):
            running = self._batch.tasks.all(self._job.id, states=TASK_RUNNING)
            for task in self._tasks.replace_running(running):
                self._reporter.report(TaskRequeued(task))
        if self._tasks.misses_ends(counts):
            self._changes.look_at_all()

    def _take_changes(self) -> Generator[Ended]:
        """Note the tasks that started or ended since the last look, and yield the latter."""
        for task in self._changes.ended():
            took = (task.changed - task.started).total_seconds() if task.started else None
            self._reporter.report(TaskEnded(task.id, bool(task.succeeded), took))
            if task.succeeded:
                self._tasks.note_success(task)
                self._alike.note_success(task)
                self._report_released()
                is_last = self._files.note_success(task)
                self._reporter.report(self._succeeded(task, is_last))
                yield Ended(task)
                continue
            failure = self._reasons.of(task)
            follows = is_consequence(failure) and task.name in self._files.failed
            self._tasks.note_failure(failure)
            self._files.note_failure(task)
            if not self._reasons.is_retried(task.id):
                is_like_others = follows or self._is_like_others(task, failure)
                self._report_released()
                self._reporter.report(TaskFailed(failure, is_like_others))
            yield Ended(task, failure, self._alike.is_hopeless and self._has_tasks_left)

    def _note_started(self, task: TaskStatus) -> None:
        self._reporter.report(TaskStarted(task.id, task.name, task.node, task.started))

    def _succeeded(self, task: TaskStatus, is_last: bool) -> TaskSucceeded:
        ours = self._job.batchff is not None
        encoded = is_last or not ours
        return TaskSucceeded(task.id, task.name, ours, task.node, task.started, task.ended, encoded)

    def _is_like_others(self, task: TaskStatus, failure: FailedTask) -> bool:
        """Return whether what is said of other failures is all that there is to say of this one."""
        stops = self._alike.is_hopeless or self._termination_reason == FAILED_ALIKE
        if stops and was_ended(task):
            return True
        return self._alike.note_failure(failure)

    def _report_released(self) -> None:
        released = self._alike.released()
        if released:
            self._reporter.report(FailuresReleased(released))

    @property
    def _has_tasks_left(self) -> bool:
        planned = self._job.batchff.tasks if self._job.batchff else 0
        return self._tasks.ended < max(planned, self._tasks.total)

    def _report_counts(self) -> None:
        counts = self._tasks.counts()
        facts = self._job.batchff
        self._reporter.report(
            CountsChanged(
                self._job.id,
                counts.active,
                counts.running,
                counts.succeeded,
                counts.failed,
                facts is not None,
                files_encoded=self._files.encoded,
                files_failed=len(self._files.failed),
                outputs=self._files.outputs,
                files=facts.files if facts else 0,
            )
        )


def watch_job(
    job: JobStatus,
    batch: Batch,
    storage: Storage,
    reporter: Reporter,
    *,
    retried: Collection[str] = (),
    feed: Feeding | None = None,
) -> JobWatcher:
    """Return a watcher of a job; failures of tasks `retried` in another job aren't reported."""
    reasons = FailureReasons(job, retried, batch, storage)
    return JobWatcher(job, batch, reporter, reasons, _items(job, batch, storage), feed)


def _items(job: JobStatus, batch: Batch, storage: Storage) -> Mapping[str, Item] | None:
    """Return the items of a job by their tasks; None where each task is a file with one output."""
    facts = job.batchff
    if facts is None or facts.files == facts.tasks == facts.outputs:
        return None
    items = fetch_plan(first_job_of(job), facts.output_container, storage)
    if facts.first_job:
        # A retry has only the tasks that were still to run.
        items = only_tasks(items, (task.id for task in batch.tasks.all(job.id)))
    return items_by_task(items)
