"""Find a job that the user named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.errors import NotFoundError
from batchff.model.places import BlobPlace, read_place
from batchff.model.stamp import user_mark
from batchff.model.states import JobState
from batchff.pipeline.beginnings import only_one
from batchff.pipeline.job.retries import first_job_of, first_of_family
from batchff.pipeline.names import is_id, logs_prefix
from batchff.pipeline.outputs import OutputPlace, written_place

if TYPE_CHECKING:
    from batchff.cloud.batch import Batch
    from batchff.model.job_facts import JobFacts
    from batchff.model.jobs import JobStatus


def require_job(job: str, batch: Batch) -> JobStatus:
    """Return a job; raise NotFoundError where there is none of that id."""
    status = batch.jobs.get(job) if is_id(job) else None
    if status is None:
        raise NotFoundError(f"there is no job {job!r}", hint="see: batchff job list --all")
    return status


def named_job(name: str, batch: Batch) -> JobStatus:
    """Return the job of this id, or else the only one whose id begins so, retries aside.

    Raises NotFoundError for none, UsageError for several. A job and its own retries are one: the
    first job is meant. The id of a job that is gone doesn't mean its retries, though theirs begin
    with it.
    """
    status = batch.jobs.get(name) if is_id(name) else None
    if status is not None:
        return status
    begun = batch.jobs.beginning(name) if is_id(name) else ()
    meant = [job for job in begun if first_job_of(job).lower() != name.lower()]
    first = first_of_family(meant)
    ids = [first.id] if first else [job.id for job in meant]
    return require_job(only_one("job", name, ids) or name, batch)


def newest_job(batch: Batch) -> JobStatus:
    """Return the newest job of this user, or else of anybody; raise NotFoundError for none.

    Only those that batchff made count.
    """
    mine = user_mark()
    ours = (job for job in batch.jobs.all() if job.state != JobState.DELETING)
    newest = max(
        ((facts.user == mine, job.created, job.id) for job in ours if (facts := job.batchff)),
        default=None,
    )
    if newest is None:
        raise NotFoundError("there is no job yet", hint="start one: batchff submit PATH")
    return require_job(newest[-1], batch)


def require_our_job(job: str, batch: Batch) -> JobStatus:
    """Return a job that batchff made, by its id or the beginning of it, as `named_job` does."""
    return checked_as_ours(named_job(job, batch))


def checked_as_ours(status: JobStatus) -> JobStatus:
    """Return a job that batchff made; raise NotFoundError where it didn't."""
    if status.batchff is None or not status.batchff.output_container:
        raise NotFoundError(
            f"job {status.id!r} wasn't made by batchff", hint="see: batchff job list"
        )
    return status


def outputs_of(job: JobStatus) -> OutputPlace:
    """Return where a job's outputs are; for a retry, those of the first job.

    The job's id is as its blobs have it: the service finds a job whatever the case its id is
    written in, but blobs' names have only one. Raises NotFoundError where another program made the
    job.
    """
    facts = facts_of(job)
    return written_place(first_job_of(job), facts.output_container, facts.to)


def logs_of(job: JobStatus) -> BlobPlace:
    """Return where the logs of a job's tasks are, in a folder for each; for a retry the first's."""
    return BlobPlace(facts_of(job).output_container, logs_prefix(first_job_of(job)).rstrip("/"))


def facts_of(job: JobStatus) -> JobFacts:
    """Return what batchff wrote into a job; raise NotFoundError where another program made it."""
    if job.batchff is None:
        raise NotFoundError(f"job {job.id!r} wasn't made by batchff", hint="see: batchff job list")
    return job.batchff


def source_of(job: JobStatus) -> str:
    """Return the address of a job's media, without a SAS, where batchff didn't upload it."""
    place = read_place(job.batchff.source) if job.batchff else None
    return place.address if place else ""
