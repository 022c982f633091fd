"""Find a job that the user named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.errors import NotFoundError
from batchff.model.places import read_place
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.outputs import OutputPlace, written_place

if TYPE_CHECKING:
    from batchff.cloud.batch import Batch
    from batchff.model.job_facts import JobFacts
    from batchff.model.jobs import JobStatus


def require_job(job: str, batch: Batch) -> JobStatus:
    """Return a job; raise NotFoundError where there is none of that id."""
    status = batch.jobs.get(job)
    if status is None:
        raise NotFoundError(f"there is no job {job!r}", hint="see: batchff job list --all")
    return status


def require_our_job(job: str, batch: Batch) -> JobStatus:
    """Return a job that batchff made; raise NotFoundError where there is none of that id."""
    status = require_job(job, batch)
    if status.batchff is None or not status.batchff.output_container:
        raise NotFoundError(f"job {job!r} wasn't made by batchff", hint="see: batchff job list")
    return status


def outputs_of(job: JobStatus) -> OutputPlace:
    """Return where a job's outputs are; for a retry, those of the first job.

    The job's id is as its blobs have it: the service finds a job whatever the case its id is
    written in, but blobs' names have only one. Raises NotFoundError where another program made the
    job.
    """
    facts = facts_of(job)
    return written_place(first_job_of(job), facts.output_container, facts.to)


def facts_of(job: JobStatus) -> JobFacts:
    """Return what batchff wrote into a job; raise NotFoundError where another program made it."""
    if job.batchff is None:
        raise NotFoundError(f"job {job.id!r} wasn't made by batchff", hint="see: batchff job list")
    return job.batchff


def source_of(job: JobStatus) -> str:
    """Return the address of a job's media, without a SAS, where batchff didn't upload it."""
    place = read_place(job.batchff.source) if job.batchff else None
    return place.address if place else ""
