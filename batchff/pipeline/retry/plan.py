"""What of a job, and of those that follow it, is to be encoded again, and where.

A task that failed in a job that goes on is reactivated there: its SAS live as long as the job. What
can't run in its own job any more (that has ended, is about to, or has lost its pool) goes to a
follow-up job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, InputError
from batchff.model.files import BlobInfo, Item
from batchff.model.jobs import JobStatus, TaskStatus
from batchff.pipeline.job.feed import command_line
from batchff.pipeline.job.limits import JobLimits, stamped_limits
from batchff.pipeline.job.lookup import require_our_job
from batchff.pipeline.job.make import JobPlan, standing_plan
from batchff.pipeline.job.retries import find_family, next_name, outputs_of
from batchff.pipeline.names import input_prefix
from batchff.pipeline.plan import plan_items
from batchff.pipeline.stamp import stamped_count
from batchff.wording import some_of

_ENDED = ("completed", "terminating")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A task, and the job that it is in."""

    job: str
    task: str


@dataclass(frozen=True, slots=True)
class Retry:
    """What is to be encoded again, and how.

    `reactivated` tasks run again in the jobs they are in; `moved` ones, with `items`, in the job
    `follow_up`. Then those in `waiting` leave jobs that have no use for them any more. `unsealed`
    follow-up jobs have all their tasks; an earlier retry may have been stopped before it let them
    end.
    """

    plan: JobPlan
    items: tuple[Item, ...]
    reactivated: tuple[Place, ...] = ()
    moved: frozenset[str] = frozenset()
    waiting: tuple[Place, ...] = ()
    unsealed: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    """The ids of all jobs of the family, the first one first."""

    @property
    def follow_up(self) -> str:
        return self.plan.job

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the files to encode again."""
        return tuple(item.relative for item in self.items)


@dataclass(slots=True)
class _Standing:
    """What is known of one file's task in all the jobs it has been in."""

    name: str
    succeeded: bool = False
    goes_on: bool = False
    failed_in: str | None = None
    """A job that goes on, where it can run again."""
    waits_in: list[str] = field(default_factory=list)
    """Jobs that haven't ended, but won't run it any more."""


def plan_retry(
    job: str,
    batch: Batch,
    storage: Storage,
    now: datetime,
    change: Callable[[JobLimits], JobLimits] = lambda limits: limits,
) -> Retry:
    """Say what of a job, and of those that follow it, is to be encoded again.

    `change` makes its limits of those of the last job; what has other ones can't run in a job that
    stands. Raises NotFoundError where there is no such job of batchff's, or what its nodes need is
    gone; InputError where inputs are gone: nothing is made then.
    """
    outputs = outputs_of(require_our_job(job, batch))
    all_jobs = list(batch.jobs.all())
    family = find_family(outputs, all_jobs)
    for member in family:
        if member.state not in (*_ENDED, "active"):
            raise BatchffError(
                f"job {member.id!r} is {member.state}", hint="wait until it's active, or end it"
            )
    can_run = {member.id for member in family if _can_run(member, batch, now)}
    last = family[-1]
    fits = {
        member.id
        for member in family
        if member.id in can_run and change(limits := stamped_limits(member.metadata)) == limits
    }
    standing = _look(family, fits, can_run, batch)
    again = {
        task: known for task, known in standing.items() if not known.succeeded and not known.goes_on
    }
    unsealed = [member for member in family[1:] if member.id in can_run]
    short = [member for member in unsealed if _is_short(member, batch)]
    follow_up = short[-1].id if short else next_name(outputs, all_jobs)
    plan = standing_plan(family[0], storage)
    inputs = _inputs(plan, storage) if again else {}
    items = _items(plan, [known.name for known in again.values()], inputs)
    # A task knows how large its input was: one that was replaced needs another task.
    commands = {item.task_id: command_line(item, plan.preset) for item in items}
    as_it_is = {
        task
        for member in fits
        for task, command in batch.tasks.failed_command_lines(member)
        if commands.get(task) == command
    }
    moved = again.keys() - as_it_is
    return Retry(
        replace(
            plan,
            job=follow_up,
            pool=last.pool_id,
            outputs=outputs,
            files=len(moved),
            limits=change(stamped_limits(last.metadata)),
        ),
        items,
        tuple(
            Place(known.failed_in, task)
            for task, known in again.items()
            if known.failed_in is not None and task in as_it_is
        ),
        frozenset(moved),
        tuple(Place(job, task) for task, known in standing.items() for job in known.waits_in),
        tuple(member.id for member in unsealed if member not in short),
        tuple(member.id for member in family),
    )


def _can_run(job: JobStatus, batch: Batch, now: datetime) -> bool:
    """Say whether a task could come to its end in this job."""
    if job.state != "active":
        return False
    limits = stamped_limits(job.metadata)
    pool = batch.pools.get(job.pool_id)
    return (
        pool is not None
        and pool.state == "active"
        and now + limits.running_time <= limits.end_of(job.created)
    )


def _is_short(job: JobStatus, batch: Batch) -> bool:
    """Say whether a follow-up lacks tasks: an earlier retry was stopped while it added them."""
    return batch.tasks.counts(job.id).total < stamped_count(job.metadata, "files")


def _look(
    family: Sequence[JobStatus], reactivating: set[str], can_run: set[str], batch: Batch
) -> dict[str, _Standing]:
    """Look at every task of a family; later jobs have what failed in earlier ones."""
    standing: dict[str, _Standing] = {}
    for job in family:
        for task in batch.tasks.all(job.id):
            known = standing.setdefault(task.id, _Standing(task.name))
            known.succeeded = known.succeeded or task.succeeded is True
            if job.state not in _ENDED:
                _note(known, task, job.id, job.id in reactivating, job.id in can_run)
    return standing


def _note(known: _Standing, task: TaskStatus, job: str, reactivates: bool, runs: bool) -> None:
    """Note what is known of a task by a job that hasn't ended."""
    if task.state == "completed":
        if not task.succeeded and reactivates:
            known.failed_in = job
    elif runs or task.state != "active":
        known.goes_on = True
    else:
        known.waits_in.append(job)


def _inputs(plan: JobPlan, storage: Storage) -> dict[str, BlobInfo]:
    listing = storage.list_blobs(plan.input_container, input_prefix(plan.input_set))
    return {blob.name: blob for blob in listing}


def _items(plan: JobPlan, files: Iterable[str], inputs: Mapping[str, BlobInfo]) -> tuple[Item, ...]:
    """Return what is to be encoded again; raise InputError where an input is gone."""
    wanted = sorted(files)
    items = plan_items(
        [(relative, 0) for relative in wanted],
        input_set=plan.input_set,
        job=plan.folder,
        preset=plan.preset,
    )
    gone = [item.relative for item in items if item.input_blob not in inputs]
    if gone:
        raise InputError(
            f"{len(gone)} of {len(items)} inputs are gone from container "
            f"{plan.input_container!r}: {some_of([repr(name) for name in gone], _SHOWN)}",
            hint="submit these files as a new job",
        )
    return tuple(replace(item, size=inputs[item.input_blob].size) for item in items)
