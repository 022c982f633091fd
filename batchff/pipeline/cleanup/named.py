"""Find the job that a cleanup names, by its id or the beginning of it."""

from __future__ import annotations

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.pipeline.beginnings import only_one
from batchff.pipeline.job.retries import first_job_of, first_of_family
from batchff.pipeline.names import is_id, job_prefix


def job_of_cleanup(name: str, output_container: str, batch: Batch, storage: Storage) -> str:
    """Return the id of the job that a cleanup names; the name itself where no job begins so.

    The id of a job that is gone still means that one, where its retries, its pool or its blobs are
    left; a job and its own retries are one. Raises UsageError where the ids of several jobs begin
    with it.
    """
    if not is_id(name) or batch.jobs.get(name) is not None:
        return name
    begun = [job for job in batch.jobs.beginning(name) if job.batchff]
    whole = name.lower()
    if (
        not begun
        or any(first_job_of(job).lower() == whole for job in begun)
        or any(pool.batchff and pool.batchff.job.lower() == whole for pool in batch.pools.all())
        or next(storage.list_blobs(output_container, job_prefix(name)), None) is not None
    ):
        return name
    first = first_of_family(begun)
    return only_one("job", name, [first.id] if first else [job.id for job in begun]) or name
