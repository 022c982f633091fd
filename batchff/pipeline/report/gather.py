"""Read from the cloud what a report of a job and its retries is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.files import BlobInfo
from batchff.model.inspection import Inspection
from batchff.model.items import Item, ItemTask
from batchff.model.jobs import JobStatus, TaskRun, Told
from batchff.model.pools import NodeStatus, PoolStatus
from batchff.model.recipes import Recipe
from batchff.model.states import JOB_ENDED, JobState, PoolState, TaskState
from batchff.node.files import STDERR_FILE
from batchff.node.proof import source_seconds
from batchff.pipeline.inspect.stored import fetch_inspections
from batchff.pipeline.job.graph import all_outputs
from batchff.pipeline.job.lookup import checked_as_ours, facts_of, outputs_of
from batchff.pipeline.job.make import stored_recipes
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.job.record import Record, fetch_record
from batchff.pipeline.job.retries import first_job_of, with_retries
from batchff.pipeline.names import input_prefix, log_prefix, media_prefix
from batchff.pipeline.outputs import JobOutputs, list_outputs
from batchff.pipeline.parallel import Done, StopFlag, in_parallel
from batchff.pipeline.report.ffmpeg import NodesFfmpeg, report_ffmpeg
from batchff.pipeline.watch.logs import TaskLogs
from batchff.pipeline.watch.told import find_told

_LOG_BYTES = 8192
_LOGS_READ = 500
"""Of more failed tasks than this, the rest have no lines of ffmpeg's."""
_LENGTHS_READ = 500
"""Of more files whose length nobody inspected, the rest have none."""
_PROOF = "proof.txt"
_PROOF_BYTES = 256
_WHOLE_PROOF_BYTES = 65536
_PROOFS_READ = 5000
"""Of more files with a quality, the rest have none in a report."""


@dataclass(frozen=True, slots=True)
class RunOfJob:
    """A task's last attempt, and the job that it was in."""

    job: JobStatus
    run: TaskRun


@dataclass(frozen=True)
class Gathered:
    """What the cloud says of a job and its retries, at the time `now`.

    `family` is the jobs, the first one first; it's empty where earlier jobs made all. `every` are
    the last attempts at tasks in each of the jobs, the first job's first. `blobs` are the outputs',
    `inputs` the sources', each by name. `lengths` are the sources' in seconds, by path; `said` is
    the end of the logs of tasks that failed, `proofs` what nodes found out where a quality or a
    size was asked for, by the task's id. The outputs are in `container`. `missing` says what
    isn't there any more.
    """

    now: datetime
    family: tuple[JobStatus, ...] = ()
    items: tuple[Item, ...] = ()
    every: tuple[RunOfJob, ...] = ()
    recipes: tuple[Recipe, ...] = ()
    blobs: Mapping[str, BlobInfo] = field(default_factory=dict)
    inputs: Mapping[str, BlobInfo] = field(default_factory=dict)
    lengths: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Told] = field(default_factory=dict)
    proofs: Mapping[str, str] = field(default_factory=dict)
    record: Record = Record()
    pools: Mapping[str, PoolStatus] = field(default_factory=dict)
    nodes: Mapping[str, NodeStatus] = field(default_factory=dict)
    ffmpeg: NodesFfmpeg | None = None
    container: str = ""
    missing: tuple[str, ...] = ()

    @cached_property
    def runs(self) -> Mapping[str, RunOfJob]:
        """The last run of each task, by the task's id."""
        return {each.run.status.id: each for each in self.every}

    @cached_property
    def attempts(self) -> Mapping[str, int]:
        """How many attempts were started at each task, in all jobs."""
        counts: Counter[str] = Counter()
        for each in self.every:
            began = each.run.started is not None
            counts[each.run.status.id] += each.run.earlier_attempts + began
        return counts

    @property
    def first(self) -> JobStatus:
        """The job, or the first of those that are left of it and its retries."""
        return self.family[0]

    @property
    def ended(self) -> datetime | None:
        """When the last of the jobs ended; None while one goes on."""
        ends = [job.ended for job in self.family if job.state in JOB_ENDED]
        known = [end for end in ends if end is not None]
        return max(known, default=self.now) if len(ends) == len(self.family) else None


def gather(job: JobStatus, batch: Batch, storage: Storage, now: datetime | None = None) -> Gathered:
    """Read all that is known of a job and its retries, whichever of them is named.

    What is gone is left out: plan, outputs, pool, logs. Raises NotFoundError for a job that another
    program made.
    """
    facts = facts_of(checked_as_ours(job))
    first, container = first_job_of(job), facts.output_container
    jobs = (each for each in batch.jobs.all() if each.state != JobState.DELETING)
    family = tuple(with_retries(first, jobs)) or (job,)
    every = tuple(RunOfJob(each, run) for each in family for run in batch.tasks.runs(each.id))
    runs = {each.run.status.id: each for each in every}
    missing: list[str] = []
    items = _items(first, container, runs, storage, missing)
    inputs = _inputs(facts.input_set, facts.input_container, storage)
    pools = {each.pool_id: batch.pools.get(each.pool_id) for each in family if each.pool_id}
    found = {
        name: pool
        for name, pool in pools.items()
        if pool is not None and pool.state != PoolState.DELETING
    }
    ended = _ended_task(runs)
    recipes = _recipes(family[0], storage, missing)
    return Gathered(
        now=now or datetime.now(UTC),
        family=family,
        items=items,
        every=every,
        recipes=recipes,
        blobs=_outputs(job, items, storage),
        inputs=inputs,
        lengths=_lengths(facts.input_set, facts.input_container, items, first, container, storage),
        said=_said(runs, batch, storage),
        told=_told(first, container, storage),
        proofs=proofs_of(items, recipes, first, container, storage),
        record=fetch_record(first, container, storage),
        pools=found,
        nodes={node.id: node for name in found for node in batch.pools.nodes(name)},
        ffmpeg=report_ffmpeg(family[0], ended, lambda: storage),
        container=outputs_of(job).container,
        missing=tuple(missing),
    )


def gather_done(items: Iterable[Item], container: str, storage: Storage) -> Gathered:
    """Return what is known of files of which earlier jobs made all, so that there is no job."""
    items = tuple(items)
    return Gathered(
        datetime.now(UTC),
        items=items,
        blobs=_done_before(items, container, storage),
        container=container,
    )


def _items(
    first: str,
    container: str,
    runs: Mapping[str, RunOfJob],
    storage: Storage,
    missing: list[str],
) -> tuple[Item, ...]:
    """Return the plan's items; where that is gone, what the tasks say of their files."""
    try:
        return fetch_plan(first, container, storage)
    except NotFoundError:
        missing.append("the job's plan is gone: sizes, and files without a task, aren't known")
    tasks: dict[str, list[ItemTask]] = {}
    for task, found in runs.items():
        tasks.setdefault(found.run.status.name, []).append(ItemTask(task))
    return tuple(Item(name, -1, "", tasks=tuple(each)) for name, each in tasks.items())


def _recipes(first: JobStatus, storage: Storage, missing: list[str]) -> tuple[Recipe, ...]:
    container = facts_of(first).output_container
    recipes = stored_recipes(first_job_of(first), container, storage)
    if not recipes:
        missing.append("what was sent to the nodes is gone: ffmpeg's arguments aren't known")
    return recipes


def _inputs(input_set: str, container: str, storage: Storage) -> dict[str, BlobInfo]:
    if not input_set:
        return {}
    return {blob.name: blob for blob in storage.list_blobs(container, input_prefix(input_set))}


def _outputs(job: JobStatus, items: Sequence[Item], storage: Storage) -> dict[str, BlobInfo]:
    """Return the blobs of the outputs that are there, those of earlier jobs too."""
    place = outputs_of(job)
    listed = list_outputs(place, JobOutputs(place.job, all_outputs(items)), storage)
    found = {blob.name: blob for blob in listed}
    return found | _done_before(items, facts_of(job).output_container, storage)


def _done_before(items: Iterable[Item], container: str, storage: Storage) -> dict[str, BlobInfo]:
    outputs = (output for item in items for output in item.done_before)
    jobs = dict.fromkeys(output.blob.partition("/")[0] for output in outputs)
    return {
        blob.name: blob for job in jobs for blob in storage.list_blobs(container, media_prefix(job))
    }


def _lengths(
    input_set: str,
    input_container: str,
    items: Sequence[Item],
    first: str,
    container: str,
    storage: Storage,
) -> dict[str, float]:
    """Return how long the sources are: as they were inspected, or else as a node measured it."""
    lengths: dict[str, float] = {}
    if input_set:
        sizes = {item.relative: item.size for item in items}
        for version, inspected in fetch_inspections(input_set, input_container, storage).items():
            is_it = sizes.get(version.relative) in (version.size, -1)
            if is_it and isinstance(inspected, Inspection) and inspected.duration:
                lengths[version.relative] = inspected.duration
    unknown = [item for item in items if item.tasks and item.relative not in lengths]

    def measured(item: Item, _stop: StopFlag) -> float | None:
        blob = log_prefix(first, item.tasks[0].id) + _PROOF
        proof = storage.read_piece(container, blob, 0, _PROOF_BYTES) or b""
        return source_seconds(proof.decode("utf-8", "replace"))

    for outcome in in_parallel(measured, unknown[:_LENGTHS_READ]):
        if isinstance(outcome, Done) and outcome.result:
            lengths[outcome.item.relative] = outcome.result
    return lengths


def proofs_of(
    items: Iterable[Item], recipes: Sequence[Recipe], first: str, container: str, storage: Storage
) -> dict[str, str]:
    """Return what nodes found out of the outputs that a quality or a size was asked of."""
    asked = [
        task.id
        for item in items
        for task in item.tasks
        if task.makes
        and task.recipe < len(recipes)
        and (recipes[task.recipe].quality or recipes[task.recipe].smaller_by is not None)
    ]

    def proof(task: str, _stop: StopFlag) -> str:
        blob = log_prefix(first, task) + _PROOF
        read = storage.read_piece(container, blob, 0, _WHOLE_PROOF_BYTES) or b""
        return read.decode("utf-8", "replace")

    return {
        outcome.item: outcome.result
        for outcome in in_parallel(proof, asked[:_PROOFS_READ])
        if isinstance(outcome, Done)
    }


def _said(runs: Mapping[str, RunOfJob], batch: Batch, storage: Storage) -> dict[str, str]:
    failed = [each for each in runs.values() if each.run.status.succeeded is False]

    def end_of_log(each: RunOfJob, _stop: StopFlag) -> str:
        logs = TaskLogs(each.job, batch, storage)
        said = logs.end(each.run.status.id, STDERR_FILE, _LOG_BYTES) or b""
        return said.decode("utf-8", "replace")

    return {
        outcome.item.run.status.id: outcome.result
        for outcome in in_parallel(end_of_log, failed[:_LOGS_READ])
        if isinstance(outcome, Done)
    }


def _told(first: str, container: str, storage: Storage) -> dict[str, Told]:
    """Return what was told of each file, by whichever of its tasks."""
    try:
        told = find_told(first, container, storage)
    except NotFoundError:
        return {}  # without a plan nobody knows which files these are
    merged: dict[str, Told] = {}
    for each in told:
        known = merged.get(each.file, Told(each.file, ()))
        words = tuple(dict.fromkeys((*known.words, *each.words)))
        salvaged = known.is_salvaged or each.is_salvaged
        merged[each.file] = replace(known, words=words, is_salvaged=salvaged)
    return merged


def _ended_task(runs: Mapping[str, RunOfJob]) -> str:
    """Return a task that has ended, best one that succeeded: its log says more."""
    ended = {
        task: each.run.status.succeeded
        for task, each in runs.items()
        if each.run.status.state == TaskState.COMPLETED
    }
    return next((task for task, succeeded in ended.items() if succeeded), next(iter(ended), ""))
