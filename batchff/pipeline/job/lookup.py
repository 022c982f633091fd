"""Which job is meant, as the service has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.errors import NotFoundError
from batchff.pipeline.stamp import stamped_fact

if TYPE_CHECKING:
    from batchff.cloud.batch import Batch
    from batchff.model.jobs import JobStatus


def require_job(job: str, batch: Batch) -> JobStatus:
    """Return a job; raise NotFoundError where there is none of that id."""
    status = batch.jobs.get(job)
    if status is None:
        raise NotFoundError(f"there is no job {job!r}", hint="see: batchff job list --all")
    return status


def require_our_job(job: str, batch: Batch) -> JobStatus:
    """Return a job of batchff's; raise NotFoundError where there is none of that id."""
    status = require_job(job, batch)
    if stamped_fact(status.metadata, "output_container") is None:
        raise NotFoundError(f"job {job!r} isn't one of batchff's", hint="see: batchff job list")
    return status
