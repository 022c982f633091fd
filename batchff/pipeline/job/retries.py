"""A job and its retries: the jobs that encode again what failed in it.

A completed job takes no more tasks, so retries are jobs of their own. Their outputs go to the
folder of the first job: one download gets them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from batchff.model.states import JobState
from batchff.pipeline.names import retry_name

if TYPE_CHECKING:
    from batchff.model.jobs import JobStatus, TaskCounts


def first_job_of(job: JobStatus) -> str:
    """Return the id of the job in whose folder a job's outputs and logs are."""
    return (job.batchff and job.batchff.first_job) or job.id


def with_retries(first: str, jobs: Iterable[JobStatus]) -> list[JobStatus]:
    """Return a first job and its retries, the first one first; fewer where some are gone."""
    found = [job for job in jobs if job.batchff and first_job_of(job) == first]
    return sorted(found, key=lambda job: job.created)


def first_of_family(jobs: Iterable[JobStatus]) -> JobStatus | None:
    """Return the first job where these jobs are it and its retries; None where they aren't."""
    found = list(jobs)
    firsts = {first_job_of(job) for job in found}
    return next((job for job in found if firsts == {job.id}), None)


def later_retries(job: JobStatus, jobs: Iterable[JobStatus]) -> list[JobStatus]:
    """Return the jobs that were made after one, for what failed in it; the first one first."""
    return [
        other
        for other in with_retries(first_job_of(job), jobs)
        if other.created > job.created and other.state != JobState.DELETING
    ]


def tasks_lacking(job: JobStatus, counts: TaskCounts) -> int:
    """Return how many planned tasks the job doesn't have yet."""
    return max((job.batchff.tasks if job.batchff else 0) - counts.total, 0)


def tasks_to_add(job: JobStatus, counts: TaskCounts) -> int:
    """Return how many tasks will still be added: none once the job ends with those it has."""
    return 0 if job.ends_after_tasks else tasks_lacking(job, counts)  # a retry has moved them


def how_to_continue(job: JobStatus) -> str:
    """Return in words how to add the tasks that a job lacks, where no command is adding them."""
    first = first_job_of(job)
    if first != job.id:
        return f"if its retry was interrupted, continue with: batchff job retry {first}"
    if job.state == JobState.COMPLETED:
        return "it ended without them: submit their files as another job"
    return "if its submit was interrupted, the same command continues it"


def next_retry_name(first: str, jobs: Iterable[JobStatus]) -> str:
    """Return the id of a job's next retry; `jobs` are all that the account has."""
    taken = {job.id.lower() for job in jobs}
    number = 1
    while (name := retry_name(first, number)).lower() in taken:
        number += 1
    return name
