"""Report a job: its tasks, why it ended, and the node-hours that it took."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import (
    FailedTask,
    JobStatus,
    NotEncoded,
    TaskCounts,
    TaskRun,
    TaskStatus,
    WaitingTask,
)
from batchff.model.pools import PoolStatus
from batchff.model.states import JobState, TaskState
from batchff.pipeline.job.failures import REFUSED, failed_task, is_consequence
from batchff.pipeline.job.lookup import named_job
from batchff.pipeline.job.plan_blob import not_encoded_files
from batchff.pipeline.job.retries import later_retries, tasks_lacking, tasks_to_add
from batchff.pipeline.names import (
    FAILED_ALIKE,
    FAILED_FAST,
    NOTHING_LEFT,
    STOPPED,
    recipe_of,
    split_names,
)
from batchff.pipeline.watch.alike import FIRST
from batchff.pipeline.watch.blocked import find_unreachable
from batchff.pipeline.watch.reasons import FailureReasons

FAILURES_KEPT = 100
"""A report has no more failed tasks than this; their number is in its counts."""

_REASONS = {
    "AllTasksComplete": "all its tasks have ended",
    "MaxWallClockTimeExpiry": "its time limit was reached",
    "JMComplete": "its job manager task has ended",
    "TaskFailed": "a task failed",
    "TerminateJobSchedule": "its job schedule was ended",
    "TerminateWorkitem": "its job schedule was ended",  # what the service says
    "UserTerminate": "somebody ended it",
    STOPPED: "it was stopped",
    FAILED_FAST: "a task failed, and --fail-fast ended it",
    NOTHING_LEFT: "nothing could be made of any of its files",
    FAILED_ALIKE: "its first files failed alike, by ffmpeg's arguments",
}


@dataclass(frozen=True, slots=True)
class NodeTime:
    """What the tasks of a job took of nodes: the time that they ran, in seconds.

    It leaves out booting and idle nodes, and `earlier_attempts`: the service doesn't keep their
    times. `dedicated` and `spot` are node-seconds, in which a task that shares its node counts for
    its share; None where it's no longer known how many tasks shared a node.
    """

    tasks: float
    dedicated: float | None
    spot: float | None
    earlier_attempts: int
    vm_size: str


@dataclass(frozen=True, slots=True)
class JobReport:
    """What is known of a job; `pool` is None where that is gone.

    `inputs_at_fault` counts the tasks that failed because of their inputs, `arguments_at_fault`
    those that failed because of ffmpeg's arguments. `to_add` counts the planned tasks that the job
    doesn't have: a submit is adding them, or was interrupted. `retries` are the jobs that were made
    to encode again what failed. `ended_task` is one that has ended, if any has: its log says more.
    """

    job: JobStatus
    pool: PoolStatus | None
    counts: TaskCounts
    failures: tuple[FailedTask, ...]
    unreachable: tuple[WaitingTask, ...]
    node_time: NodeTime
    inputs_at_fault: int = 0
    arguments_at_fault: int = 0
    to_add: int = 0
    retries: tuple[JobStatus, ...] = ()
    not_encoded: tuple[NotEncoded, ...] = ()
    """Files that have no task, as nothing can be made of them."""
    ended_task: str = ""

    @property
    def was_stopped_for_that(self) -> bool:
        """Whether the job was stopped because ffmpeg refuses its arguments."""
        return self.job.termination_reason == FAILED_ALIKE

    @property
    def pool_gave_up(self) -> bool:
        """Whether the pool has no nodes because tasks waited on them and none ran."""
        run = self.pool.formula_run if self.pool else None
        return run is not None and run.gave_up


def report_job(job: str, batch: Batch, storage: Storage, now: datetime | None = None) -> JobReport:
    """Look at a job and all its tasks, a page at a time; running tasks count up to `now`.

    Where no file succeeded by a preset, the first logs say whether the arguments are at fault.
    The beginning of its id does where only one has it. Raises NotFoundError where there is no such
    job, or it's being deleted.
    """
    status = named_job(job, batch)
    if status.state == JobState.DELETING:
        raise NotFoundError(f"job {status.id!r} is being deleted")
    facts = status.batchff
    pool = batch.pools.get(status.pool_id) if status.pool_id else None
    totals = _Totals(facts, now or datetime.now(UTC))
    for run in batch.tasks.runs(status.id):
        totals.add(run)
    refused = _refused_presets(status, totals, batch, storage)
    unreachable: tuple[WaitingTask, ...] = ()
    if totals.failed and totals.active and status.uses_dependencies:
        unreachable = tuple(find_unreachable(status.id, batch))
    slots = (facts and facts.slots) or (pool and pool.slots)
    counts = TaskCounts(totals.active, totals.running, totals.succeeded, totals.failed)
    lacks = tasks_lacking(status, counts)
    retries: tuple[JobStatus, ...] = ()
    ended_early = status.state == JobState.COMPLETED and counts.unfinished
    if facts is not None and (counts.failed or lacks or ended_early):
        retries = tuple(later_retries(status, batch.jobs.all()))
    return JobReport(
        status,
        pool,
        counts,
        tuple(
            _by_arguments(failure) if failure.preset in refused else failure
            for failure in totals.failures
        ),
        unreachable,
        NodeTime(
            tasks=totals.seconds,
            dedicated=totals.dedicated / slots if slots else None,
            spot=totals.spot / slots if slots else None,
            earlier_attempts=totals.earlier_attempts,
            vm_size=(facts and facts.vm_size) or (pool.vm_size if pool else ""),
        ),
        inputs_at_fault=sum(
            count for preset, count in totals.at_fault.items() if preset not in refused
        ),
        arguments_at_fault=sum(totals.at_fault[preset] for preset in refused),
        to_add=tasks_to_add(status, counts),
        retries=retries,
        not_encoded=not_encoded_files(status, storage),
        ended_task=totals.ended_task,
    )


def why_it_ended(job: JobStatus) -> str:
    """Return in words why a job ended; nothing while it goes on."""
    return _REASONS.get(job.termination_reason, job.termination_reason)


def _refused_presets(
    job: JobStatus, totals: _Totals, batch: Batch, storage: Storage
) -> frozenset[str]:
    """Return the presets whose arguments ffmpeg refuses, by the logs of their first failures."""
    suspected = {
        preset: tasks for preset, tasks in totals.first.items() if preset not in totals.worked
    }
    if job.termination_reason == FAILED_ALIKE:
        return frozenset(suspected)
    reasons = FailureReasons(job, (), batch, storage)
    return frozenset(
        preset
        for preset, tasks in suspected.items()
        if all(reasons.of(task).arguments_at_fault for task in tasks)
    )


def _by_arguments(failure: FailedTask) -> FailedTask:
    if not failure.input_at_fault:
        return failure
    return replace(failure, reason=REFUSED, input_at_fault=False, arguments_at_fault=True)


class _Totals:
    """Sums over tasks, one at a time.

    `at_fault` counts by preset the tasks that failed because of their inputs or ffmpeg's arguments;
    `first` are some of these. Presets that `worked` made an output.
    """

    def __init__(self, facts: JobFacts | None, now: datetime) -> None:
        self._facts = facts
        self._presets = split_names(facts.preset) if facts else ()
        self._now = now
        self.active = self.running = self.succeeded = self.failed = 0
        self.at_fault: Counter[str] = Counter()
        self.first: dict[str, list[TaskStatus]] = {}
        self.worked: set[str] = set()
        self.seconds = self.dedicated = self.spot = 0.0
        self.earlier_attempts = 0
        self.failures: list[FailedTask] = []
        self.ended_task = ""

    def add(self, run: TaskRun) -> None:
        task = run.status
        self.earlier_attempts += run.earlier_attempts
        if task.state == TaskState.ACTIVE:
            self.active += 1
            return
        if task.state != TaskState.COMPLETED:
            self.running += 1
        elif task.succeeded:
            self.succeeded += 1
            self.worked.add(recipe_of(task.id, task.name, self._presets))
            self.ended_task = task.id
        else:
            self.ended_task = self.ended_task or task.id
            self._add_failure(task)
        if run.started is None:
            return
        seconds = max(((run.ended or self._now) - run.started).total_seconds(), 0.0)
        self.seconds += seconds
        # Once a node is gone, only its id says whether it was a Spot node.
        if run.node.endswith("_p"):
            self.spot += seconds * run.slots
        else:
            self.dedicated += seconds * run.slots

    def _add_failure(self, task: TaskStatus) -> None:
        failure = failed_task(task, self._facts)
        self.failed += 1
        if failure.input_at_fault:
            self.at_fault[failure.preset] += 1
            first = self.first.setdefault(failure.preset, [])
            if len(first) < FIRST:
                first.append(task)
        if is_consequence(failure) and any(each.file == failure.file for each in self.failures):
            return
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(failure)
