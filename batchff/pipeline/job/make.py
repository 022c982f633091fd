"""Job: made once for the same files and arguments, found again whenever they are given."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, NotFoundError
from batchff.events import Notice
from batchff.events.jobs import JobCreated
from batchff.ffmpeg.demuxers import encode_script
from batchff.ffmpeg.presets import Preset
from batchff.model.files import BlobInfo
from batchff.model.jobs import JobStatus
from batchff.node.arguments import ARGUMENTS_FILE, arguments_file, read_arguments
from batchff.pipeline.containers import ensure_container
from batchff.pipeline.job.limits import JobLimits, stamped_limits
from batchff.pipeline.job.retries import outputs_of
from batchff.pipeline.names import input_prefix, node_prefix, relative_path
from batchff.pipeline.stamp import is_ours, stamp, stamped_count, stamped_fact

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

SCRIPT = "encode.sh"
_MOST_ARGUMENTS = 1024 * 1024


@dataclass(frozen=True, slots=True)
class JobPlan:
    """All that a job is made of, but its tasks.

    `files` is how many tasks it will have, `inputs` the fingerprint of what they encode. Where its
    pool has them, tasks run in `container_image`, and reach blobs by the pool's `identity`. A job
    that encodes again what failed in another has that one's id as its `outputs`.
    """

    job: str
    pool: str
    input_set: str
    input_container: str
    output_container: str
    preset: Preset
    files: int
    inputs: str
    limits: JobLimits = JobLimits()
    container_image: str = ""
    identity: str = ""
    outputs: str = ""

    @property
    def folder(self) -> str:
        """The job in whose folder the outputs and logs are, beside what the nodes were sent."""
        return self.outputs or self.job


def list_input_set(input_set: str, container: str, storage: Storage) -> tuple[BlobInfo, ...]:
    """Return the blobs of an input set, named by their path in it, in order.

    Raises NotFoundError where there are none.
    """
    prefix = input_prefix(input_set)
    blobs = tuple(
        replace(blob, name=relative_path(blob.name.removeprefix(prefix)))
        for blob in storage.list_blobs(container, prefix)
    )
    if not blobs:
        raise NotFoundError(
            f"there is no input set {input_set!r} in container {container!r}",
            hint="upload one first: batchff upload PATH",
        )
    return blobs


def find_job(plan: JobPlan, batch: Batch) -> JobStatus | None:
    """Return the job that was made before for the same files and arguments, or None.

    Raises BatchffError where the id is taken by another job, or by one that is going away.
    """
    existing = batch.jobs.get(plan.job)
    if existing is None:
        return None
    if existing.state in ("deleting", "terminating"):
        raise BatchffError(
            f"job {existing.id!r} is {existing.state}",
            hint="wait until that is done, or choose another name with --job",
        )
    wanted = _metadata(plan)
    same = ("arguments", "suffix", "input_set", "input_container", "output_container", "inputs")
    if not is_ours(existing.metadata) or any(
        stamped_fact(existing.metadata, fact) != stamped_fact(wanted, fact) for fact in same
    ):
        raise BatchffError(
            f"there is another job {existing.id!r}, with other files or arguments",
            hint="choose another name with --job",
        )
    return existing


def create_job(plan: JobPlan, batch: Batch, storage: Storage, reporter: Reporter) -> None:
    """Make the job unless it's there, with the files that all of its tasks need on a node."""
    if plan.folder == plan.job:
        _send_node_files(plan, storage, reporter)
    metadata = {**_metadata(plan), **_pool_facts(plan.pool, batch)}
    created = batch.jobs.create(
        plan.job,
        plan.pool,
        max_wall_clock=plan.limits.worst_case,
        metadata=metadata,
        priority=plan.limits.priority,
    )
    reporter.report(JobCreated(plan.job, plan.pool, created))
    standing = None if created else batch.jobs.get(plan.job)
    if standing is not None and stamped_limits(standing.metadata) != plan.limits:
        reporter.report(
            Notice(f"job {plan.job} keeps the limits it was made with: batchff job show {plan.job}")
        )


def _send_node_files(plan: JobPlan, storage: Storage, reporter: Reporter) -> None:
    ensure_container(plan.output_container, storage, reporter)
    for name, content in ((SCRIPT, encode_script()), (ARGUMENTS_FILE, arguments_file(plan.preset))):
        blob = node_prefix(plan.job) + name
        storage.upload_bytes(plan.output_container, blob, content, stamp(job=plan.job))


def standing_plan(job: JobStatus, storage: Storage) -> JobPlan:
    """Return what a job of batchff's is made of, as the cloud has it.

    Raises NotFoundError where the files that its tasks need on a node are gone.
    """
    facts = {
        name: stamped_fact(job.metadata, name) or ""
        for name in ("preset", "suffix", "input_set", "input_container", "output_container")
    }
    prefix = node_prefix(outputs_of(job))
    container = facts["output_container"]
    arguments = storage.read_piece(container, prefix + ARGUMENTS_FILE, 0, _MOST_ARGUMENTS)
    if arguments is None or storage.read_piece(container, prefix + SCRIPT, 0, 1) is None:
        raise NotFoundError(
            f"what job {job.id!r} sent to its nodes is gone from container {container!r}",
            hint="submit the files as a new job",
        )
    return JobPlan(
        job=job.id,
        pool=job.pool_id,
        input_set=facts["input_set"],
        input_container=facts["input_container"],
        output_container=container,
        preset=Preset(facts["preset"], "", facts["suffix"], read_arguments(arguments)),
        files=stamped_count(job.metadata, "files"),
        inputs=stamped_fact(job.metadata, "inputs") or "",
        limits=stamped_limits(job.metadata),
        outputs=stamped_fact(job.metadata, "outputs") or "",
    )


def _metadata(plan: JobPlan) -> dict[str, str]:
    """What later commands need, on whatever machine they are given."""
    again = {"outputs": plan.outputs} if plan.outputs else {}
    return stamp(
        **again,
        preset=plan.preset.name,
        suffix=plan.preset.suffix,
        arguments=hashlib.sha256(arguments_file(plan.preset)).hexdigest()[:16],
        input_set=plan.input_set,
        input_container=plan.input_container,
        output_container=plan.output_container,
        files=str(plan.files),
        inputs=plan.inputs,
        **plan.limits.facts(),
    )


def _pool_facts(pool: str, batch: Batch) -> dict[str, str]:
    """What tells the job's node-hours and their cost when its pool is gone."""
    status = batch.pools.get(pool)
    return stamp(vm_size=status.vm_size, slots=str(status.slots)) if status else {}


def was_done_before(plan: JobPlan, batch: Batch, reporter: Reporter) -> bool:
    """Say whether this very job has run already, and tell so.

    Raises BatchffError where its id is taken by another job, or it ended without all its tasks.
    """
    job = find_job(plan, batch)
    if job is None or job.state != "completed":
        return False
    standing = batch.tasks.counts(job.id).total
    if standing < plan.files:
        raise BatchffError(
            f"job {job.id!r} has ended with {standing} of {plan.files} tasks",
            hint="choose another name with --job",
        )
    reporter.report(Notice(f"job {plan.job} was done before; its outputs are as they were"))
    return True
