"""Plan a retry: which tasks of a job and its retries run again, and in which job.

A task that failed in a job that goes on is reactivated there: its SAS live as long as the job. A
task whose job has ended, ends soon or has lost its pool moves to a retry, a job of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, InputError, UsageError
from batchff.model.files import BlobInfo
from batchff.model.items import Item, ItemTask, count_items
from batchff.model.jobs import JobStatus, TaskStatus
from batchff.model.limits import JobLimits
from batchff.model.places import BlobPlace
from batchff.model.recipes import Recipe
from batchff.model.states import JobState, PoolState, TaskState
from batchff.pipeline.chunks.send import has_parts
from batchff.pipeline.cloud_media.find import blobs_at
from batchff.pipeline.cloud_media.open import open_media
from batchff.pipeline.fingerprints import content_in
from batchff.pipeline.job.graph import in_order, only_tasks, still_to_run, work_of
from batchff.pipeline.job.lookup import facts_of, require_our_job
from batchff.pipeline.job.make import JobPlan, existing_plan
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.job.retries import first_job_of, next_retry_name, with_retries
from batchff.pipeline.names import input_prefix
from batchff.wording import some_of

_ENDS = (JobState.COMPLETED, JobState.TERMINATING)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A task, and the job that it is in."""

    job: str
    task: str


@dataclass(frozen=True, slots=True)
class Retry:
    """What is to be encoded again, and how.

    `items` are those that aren't done, each with its tasks that are to run again. Of these, the
    `reactivated` run in the jobs they are in, the `moved` ones in the job `new_job`. Then those in
    `waiting` leave jobs that have no use for them any more. `unsealed` retries have all their
    tasks; an earlier call may have been stopped before it let them end.
    """

    plan: JobPlan
    items: tuple[Item, ...]
    reactivated: tuple[Place, ...] = ()
    moved: frozenset[str] = frozenset()
    waiting: tuple[Place, ...] = ()
    unsealed: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    """The ids of the job and its retries, the first one first."""

    @property
    def new_job(self) -> str:
        """The id of the job for the tasks that move."""
        return self.plan.job

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the files to encode again."""
        return tuple(item.relative for item in self.items)


@dataclass(slots=True)
class _Known:
    """What is known of one task in all the jobs it has been in."""

    succeeded: bool = False
    goes_on: bool = False
    failed_in: str | None = None
    """A job that goes on, where it can run again."""
    waits_in: list[str] = field(default_factory=list)
    """Jobs that haven't ended, but won't run it any more."""
    active_in: list[str] = field(default_factory=list)
    """Jobs that will run it."""


def plan_retry(
    job: str,
    batch: Batch,
    storage: Storage,
    now: datetime,
    change: Callable[[JobLimits], JobLimits] = lambda limits: limits,
    given: BlobPlace | None = None,
) -> Retry:
    """Plan what of a job and of its retries is to be encoded again.

    `change` takes the last job's limits and returns those of the retry; with other limits, no task
    can run again in a job that exists. `given` is where the media is that a SAS opens, with one.
    Raises NotFoundError where batchff made no such job, or the files that its nodes need are gone;
    InputError where inputs are gone; UsageError where a SAS is missing or of no use. Nothing is
    made here.
    """
    first = first_job_of(require_our_job(job, batch))
    all_jobs = list(batch.jobs.all())
    members = with_retries(first, all_jobs)
    _require_settled(members)
    last = members[-1]
    can_run = {member.id for member in members if _can_run(member, batch, now)}
    fits = {
        member.id
        for member in members
        if member.id in can_run and change(limits := facts_of(member).limits) == limits
    }
    known = _look(members, fits, can_run, batch)
    unsealed = [member for member in members[1:] if member.id in can_run]
    short = [member for member in unsealed if _is_short(member, batch)]
    plan = replace(
        existing_plan(members[0], facts_of(members[0]), storage),
        job=short[-1].id if short else next_retry_name(first, all_jobs),
        pool=last.pool_id,
        first_job=first,
        limits=change(facts_of(last).limits),
    )
    plan = _with_sas(plan, given)
    items = _items_to_run(plan, known, storage, now)
    as_it_is = _unchanged_tasks(items, plan, fits, batch)
    again = [task.id for item in items for task in item.tasks]
    moved = frozenset(again) - as_it_is
    return Retry(
        replace(plan, counts=count_items(only_tasks(items, moved))),
        items,
        tuple(
            Place(there, task)
            for task in again
            if task in as_it_is and (there := known[task].failed_in) is not None
        ),
        moved,
        tuple(
            Place(there, task)
            for task, each in known.items()
            for there in (*each.waits_in, *(each.active_in if task in moved else ()))
        ),
        tuple(member.id for member in unsealed if member not in short),
        tuple(member.id for member in members),
    )


def _require_settled(members: Iterable[JobStatus]) -> None:
    """Raise BatchffError for a job that is neither active nor at its end."""
    for member in members:
        if member.state not in (*_ENDS, JobState.ACTIVE):
            raise BatchffError(
                f"job {member.id!r} is {member.state}", hint="wait until it's active, or end it"
            )


def _can_run(job: JobStatus, batch: Batch, now: datetime) -> bool:
    """Return whether a task could come to its end in this job."""
    if job.state != JobState.ACTIVE:
        return False
    limits = facts_of(job).limits
    pool = batch.pools.get(job.pool_id)
    return (
        pool is not None
        and pool.state == PoolState.ACTIVE
        and now + limits.running_time <= limits.end_of(job.created)
    )


def _is_short(job: JobStatus, batch: Batch) -> bool:
    """Return whether a retry lacks tasks: an earlier call was stopped while it added them."""
    return batch.tasks.counts(job.id).total < facts_of(job).tasks


def _look(
    members: Sequence[JobStatus], reactivating: set[str], can_run: set[str], batch: Batch
) -> dict[str, _Known]:
    """Look at every task of a job and its retries; later ones have what failed in earlier ones."""
    known: dict[str, _Known] = {}
    for job in members:
        for task in batch.tasks.all(job.id):
            each = known.setdefault(task.id, _Known())
            each.succeeded = each.succeeded or task.succeeded is True
            if job.state not in _ENDS:
                _note(each, task, job.id, job.id in reactivating, job.id in can_run)
    return known


def _note(known: _Known, task: TaskStatus, job: str, reactivates: bool, runs: bool) -> None:
    """Note what is known of a task by a job that hasn't ended."""
    if task.state == TaskState.COMPLETED:
        if not task.succeeded and reactivates:
            known.failed_in = job
    elif runs or task.state != TaskState.ACTIVE:
        known.goes_on = True
        known.active_in += [job] if task.state == TaskState.ACTIVE else []
    else:
        known.waits_in.append(job)


def _with_sas(plan: JobPlan, given: BlobPlace | None) -> JobPlan:
    """Return a plan with the SAS that was given for its media; raise UsageError for another's."""
    if given is None:
        return plan
    if plan.source is None or not plan.source.endpoint:
        raise UsageError(
            f"job {plan.folder!r} needs no SAS to read its media",
            hint="leave --input out",
        )
    if not given.holds(plan.source):
        raise UsageError(
            f"job {plan.folder!r} reads its media at {plan.source.address}",
            hint="give a URL of that place with --input",
        )
    return replace(plan, source=replace(plan.source, sas=given.sas))


def _items_to_run(
    plan: JobPlan, known: Mapping[str, _Known], storage: Storage, now: datetime
) -> tuple[Item, ...]:
    """Return the items that aren't done, with the tasks that are to run; sizes as inputs have now.

    A task that no job has isn't among them: its submit, or an earlier retry, still has to add it.
    """
    wanted = frozenset(
        task for task, each in known.items() if not each.succeeded and not each.goes_on
    )
    if not wanted:
        return ()
    done = frozenset(task for task, each in known.items() if each.succeeded)
    items = [
        item
        for item in fetch_plan(plan.folder, plan.output_container, storage)
        if any(task.id in wanted for task in item.tasks)
    ]
    inputs = _inputs(plan, storage, now)
    gone = [item.relative for item in items if item.input_blob not in inputs]
    if gone:
        where = plan.source.container if plan.source else plan.input_container
        raise InputError(
            f"{len(gone)} of {len(items)} inputs are gone from container "
            f"{where!r}: {some_of([repr(name) for name in gone], _SHOWN)}",
            hint="submit these files as a new job",
        )
    runs: list[Item] = []
    for item in items:
        there = replace(item, content=content_in(item, inputs))
        size = inputs[item.input_blob].size
        if size == item.size and has_parts(there, done, plan, storage):
            runs.append(_to_run(there, wanted, done))
        else:
            runs.append(_all_anew(there, size, plan.recipes))
    return tuple(runs)


def _to_run(item: Item, wanted: frozenset[str], done: frozenset[str]) -> Item:
    """Return an item with its tasks to run."""
    left = replace(item, tasks=still_to_run(item, done))
    return only_tasks((left,), wanted)[0]


def _all_anew(item: Item, size: int, recipes: Sequence[Recipe]) -> Item:
    """Return an item whose input was replaced, with all its tasks.

    What a part of another input was made into can't be joined with parts of this one, so what was
    to be joined is made whole. Nothing is known of what the new one holds: it gets what is made of
    any source.
    """
    tasks = (
        replace(each, recipe=_for_any(each, recipes), depends_on=(), work=None)
        for each in in_order(item.tasks)
        if each.makes
    )
    return replace(item, size=size, tasks=tuple(tasks))


def _for_any(task: ItemTask, recipes: Sequence[Recipe]) -> int:
    """Return the number of a task's recipe for any source: of its name it's the last one."""
    name = recipes[task.recipe].name
    return max(number for number, recipe in enumerate(recipes) if recipe.name == name)


def _unchanged_tasks(
    items: Iterable[Item], plan: JobPlan, fits: Iterable[str], batch: Batch
) -> frozenset[str]:
    """Return the tasks that failed in these jobs and can run there again as they are.

    A task knows how large its input was: one whose input was replaced needs another task.
    """
    commands = {
        task.id: work_of(item, task, plan.recipes).command for item in items for task in item.tasks
    }
    return frozenset(
        task
        for job in fits
        for task, command in batch.tasks.failed_command_lines(job)
        if commands.get(task) == command
    )


def _inputs(plan: JobPlan, storage: Storage, now: datetime) -> Mapping[str, BlobInfo]:
    source = plan.source
    if source is not None and source.endpoint and not source.sas:
        raise UsageError(
            f"the media of job {plan.folder!r} is at {source.address}, which was given with a "
            "SAS, and batchff keeps no SAS",
            hint="give its URL with a SAS that is good now: "
            f"batchff job retry {plan.folder} --input 'URL'",
        )
    if source is not None:
        return blobs_at(open_media(source, storage, now))
    listing = storage.list_blobs(plan.input_container, input_prefix(plan.input_set))
    return {blob.name: blob for blob in listing}
