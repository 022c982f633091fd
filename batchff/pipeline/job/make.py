"""Make a job, or find the one that was made before for the same files and arguments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, NotFoundError
from batchff.events import Notice
from batchff.events.jobs import JobCreated
from batchff.ffmpeg.demuxers import encode_script, join_script
from batchff.model.blob_facts import BlobFacts
from batchff.model.files import BlobInfo
from batchff.model.items import Item, ItemCounts, count_items
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus
from batchff.model.limits import JobLimits
from batchff.model.places import BlobPlace, read_place
from batchff.model.recipes import Recipe, read_recipes, recipes_file
from batchff.model.stamp import user_mark
from batchff.model.states import JobState
from batchff.node.files import JOIN_SCRIPT, SCRIPT
from batchff.node.recipe_file import recipe_file
from batchff.pipeline.beginnings import only_one
from batchff.pipeline.containers import ensure_container
from batchff.pipeline.fingerprints import ffmpeg_generation
from batchff.pipeline.job.graph import joins_chunks
from batchff.pipeline.job.plan_blob import send_plan
from batchff.pipeline.job.record import Record, send_record
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.names import (
    FAILED_ALIKE,
    RECIPES_BLOB,
    input_prefix,
    is_source,
    joined_names,
    node_prefix,
    recipe_blob,
    relative_path,
    split_names,
)
from batchff.pipeline.outputs import OutputPlace, output_place

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_LARGEST_RECIPE = 1024 * 1024

# A job of the same id is the same job if these facts are equal.
_IDENTITY = (
    "arguments",
    "naming",
    "input_set",
    "input_container",
    "output_container",
    "inputs",
    "source",
    "to",
)


@dataclass(frozen=True, slots=True)
class JobPlan:
    """What a job is made of, without its items.

    `counts` are of its items, `inputs` is the fingerprint of the sources, `naming` a hash of how
    outputs are called. Tasks run in `container_image` and reach blobs by `identity`, where the pool
    has these. A retry has the id of the job that it retries as its `first_job`. With a `source`,
    the media is there and in no input set. Outputs go `to` a place that the user named, or else to
    the job's folder in the output container. `presets` are the names of what the user asked for,
    `arguments` is a hash of that and `asked_for` says it in short: `recipes` are what was made of
    it for these files. `ffmpeg` is the major version of the nodes', or where that is from.
    `command` is the line that the user gave, without its secrets.
    """

    job: str
    pool: str
    input_set: str
    input_container: str
    output_container: str
    recipes: tuple[Recipe, ...]
    counts: ItemCounts
    inputs: str
    naming: str = ""
    limits: JobLimits = JobLimits()
    container_image: str = ""
    identity: str = ""
    first_job: str = ""
    source: BlobPlace | None = None
    to: BlobPlace | None = None
    presets: tuple[str, ...] = ()
    arguments: str = ""
    asked_for: str = ""
    ffmpeg: str = ""
    command: str = ""

    @property
    def folder(self) -> str:
        """The job in whose folder the outputs and logs are, beside what the nodes were sent."""
        return self.first_job or self.job

    @property
    def outputs(self) -> OutputPlace:
        """Where the outputs are."""
        return output_place(self.folder, self.output_container, self.to)

    def facts(self) -> JobFacts:
        """Return what the job's metadata say."""
        return JobFacts(
            preset=joined_names(self.presets or (recipe.name for recipe in self.recipes)),
            arguments=self.arguments or arguments_key(self.recipes),
            asked_for=self.asked_for,
            input_set=self.input_set,
            input_container=self.input_container,
            output_container=self.output_container,
            inputs=self.inputs,
            naming=self.naming,
            files=self.counts.files,
            tasks=self.counts.tasks,
            outputs=self.counts.outputs,
            folders=self.counts.folders,
            timed=self.counts.timed,
            lacking=self.counts.lacking,
            done=self.counts.done,
            done_outputs=self.counts.done_outputs,
            not_encoded=self.counts.not_encoded,
            first_job=self.first_job,
            user=user_mark(),
            limits=self.limits,
            source=self.source.written if self.source else "",
            to=self.to.written if self.to else "",
        )


def arguments_key(recipes: Iterable[Recipe], *more: str) -> str:
    """Return a hash of what the user asked for; `more` are words that change what is made."""
    asked = recipes_file(recipes) + "\0".join(more).encode()
    return hashlib.sha256(asked).hexdigest()[:16]


def list_input_set(input_set: str, container: str, storage: Storage) -> tuple[BlobInfo, ...]:
    """Return the sources in an input set, named by their path in it, in order.

    Raises NotFoundError where there are none.
    """
    prefix = input_prefix(input_set)
    blobs = tuple(
        replace(blob, name=relative_path(path))
        for blob in storage.list_blobs(container, prefix, metadata=True)
        if is_source(path := blob.name.removeprefix(prefix))
    )
    if not blobs:
        raise NotFoundError(
            f"there is no input set {input_set!r} in container {container!r}",
            hint="upload one first: batchff upload PATH",
        )
    return blobs


def named_input_set(name: str, container: str, storage: Storage) -> str:
    """Return the input set of this name, or else the only one whose name begins so.

    Raises UsageError for several; where there is none, it returns the name.
    """
    if next(storage.list_blobs(container, input_prefix(name)), None) is not None:
        return name
    begun = (folder.rstrip("/") for folder in storage.list_folders(container, name))
    return only_one("input set", name, begun) or name


def find_job(plan: JobPlan, batch: Batch) -> JobStatus | None:
    """Return the job that was made before for the same files and arguments, or None.

    Raises BatchffError where the id is taken by another job, or by one that is going away.
    """
    existing = batch.jobs.get(plan.job)
    if existing is None:
        return None
    if existing.state in (JobState.DELETING, JobState.TERMINATING):
        raise BatchffError(
            f"job {existing.id!r} is {existing.state}",
            hint="wait until that is done, or choose another name with --job",
        )
    facts, wanted = existing.batchff, plan.facts()
    if facts is None or any(getattr(facts, name) != getattr(wanted, name) for name in _IDENTITY):
        raise BatchffError(
            f"there is another job {existing.id!r}, with other files or arguments",
            hint="choose another name with --job",
        )
    return existing


def create_job(
    plan: JobPlan, items: Sequence[Item], batch: Batch, storage: Storage, reporter: Reporter
) -> None:
    """Make the job unless it exists, with its plan and the files that all of its tasks need.

    A job that encodes again what failed in another uses the files of that one.
    """
    if not plan.first_job:
        _send_node_files(plan, items, storage, reporter)
        to = plan.to.written if plan.to else ""
        send_plan(plan.job, items, plan.output_container, storage, to)
    created = batch.jobs.create(
        plan.job,
        plan.pool,
        max_wall_clock=plan.limits.worst_case,
        metadata=_with_pool(plan.facts(), plan.pool, batch).metadata(),
        priority=plan.limits.priority,
        uses_dependencies=any(task.depends_on for item in items for task in item.tasks),
    )
    if created and plan.command and not plan.first_job:
        send_record(plan.job, Record(plan.command), plan.output_container, storage)
    reporter.report(JobCreated(plan.job, plan.pool, created))
    existing = None if created else batch.jobs.get(plan.job)
    facts = existing.batchff if existing is not None else None
    if facts is not None and facts.limits != plan.limits:
        reporter.report(
            Notice(f"job {plan.job} keeps the limits it was made with: batchff job show {plan.job}")
        )


def change_plan(plan: JobPlan, items: Sequence[Item], batch: Batch, storage: Storage) -> None:
    """Write down that a job is of other items than it was made with."""
    to = plan.to.written if plan.to else ""
    send_plan(plan.job, items, plan.output_container, storage, to)
    job = batch.jobs.get(plan.job)
    if job is not None and job.batchff is not None:
        counts = asdict(count_items(tuple(items)))
        batch.jobs.set_metadata(job.id, replace(job.batchff, **counts).metadata())


def _send_node_files(
    plan: JobPlan, items: Sequence[Item], storage: Storage, reporter: Reporter
) -> None:
    for container in (plan.output_container, *([plan.to.container] if plan.to else [])):
        ensure_container(container, storage, reporter)
    files = {SCRIPT: encode_script(), RECIPES_BLOB: recipes_file(plan.recipes)}
    if any(joins_chunks(task) for item in items for task in item.tasks):
        files[JOIN_SCRIPT] = join_script()
    for number, recipe in enumerate(plan.recipes):
        files[recipe_blob(number)] = recipe_file(recipe)
    for name, content in files.items():
        blob = node_prefix(plan.job) + name
        storage.upload_bytes(plan.output_container, blob, content, BlobFacts(plan.job).metadata())


def _with_pool(facts: JobFacts, pool: str, batch: Batch) -> JobFacts:
    """Add what a report of the job needs when its pool is gone."""
    status = batch.pools.get(pool)
    if status is None:
        return facts
    facts = replace(facts, vm_size=status.vm_size, slots=status.slots)
    spec = status.batchff.spec if status.batchff else None
    if spec is None:
        return facts
    return replace(facts, ffmpeg=spec.ffmpeg, ffmpeg_version=spec.ffmpeg_version)


def existing_plan(job: JobStatus, facts: JobFacts, storage: Storage) -> JobPlan:
    """Return the plan of a job that batchff made, read from the cloud.

    Raises NotFoundError where the files that its tasks need on a node are gone.
    """
    prefix = node_prefix(first_job_of(job))
    container = facts.output_container
    recipes = stored_recipes(first_job_of(job), container, storage)
    needed = (SCRIPT, *map(recipe_blob, range(len(recipes))))
    if not recipes or any(
        storage.read_piece(container, prefix + name, 0, 1) is None for name in needed
    ):
        raise NotFoundError(
            f"the scripts of job {job.id!r} for its nodes are gone from container {container!r}",
            hint="submit the files as a new job",
        )
    return JobPlan(
        job=job.id,
        pool=job.pool_id,
        input_set=facts.input_set,
        input_container=facts.input_container,
        output_container=container,
        recipes=recipes,
        counts=ItemCounts(
            facts.files,
            facts.tasks,
            facts.outputs,
            facts.not_encoded,
            facts.folders,
            facts.timed,
            facts.lacking,
            facts.done,
            facts.done_outputs,
        ),
        inputs=facts.inputs,
        naming=facts.naming,
        limits=facts.limits,
        first_job=facts.first_job,
        source=read_place(facts.source),
        to=read_place(facts.to),
        presets=split_names(facts.preset),
        arguments=facts.arguments,
        asked_for=facts.asked_for,
        ffmpeg=ffmpeg_generation(facts.ffmpeg_version, facts.ffmpeg) if facts.ffmpeg else "",
    )


def stored_recipes(first: str, container: str, storage: Storage) -> tuple[Recipe, ...]:
    """Return the recipes of a job, or of the one that it retries; none where they are gone."""
    blob = node_prefix(first) + RECIPES_BLOB
    content = storage.read_piece(container, blob, 0, _LARGEST_RECIPE)
    return () if content is None else read_recipes(content)


def was_done_before(plan: JobPlan, batch: Batch, reporter: Reporter) -> bool:
    """Return whether this very job has run already, and report that.

    Raises BatchffError where its id is taken by another job, or it ended without all its tasks.
    """
    job = find_job(plan, batch)
    if job is None or job.state != JobState.COMPLETED:
        return False
    tasks = batch.tasks.counts(job.id).total
    if tasks < plan.counts.tasks and job.termination_reason == FAILED_ALIKE:
        raise BatchffError(
            f"job {job.id!r} was stopped: its first files failed alike, by ffmpeg's arguments",
            hint="give other arguments, or choose another name with --job",
        )
    if tasks < plan.counts.tasks:
        raise BatchffError(
            f"job {job.id!r} has ended with {tasks} of {plan.counts.tasks} tasks",
            hint="choose another name with --job",
        )
    reporter.report(Notice(f"job {plan.job} was done before; its outputs are as they were"))
    return True
