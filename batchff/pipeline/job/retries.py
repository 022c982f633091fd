"""Family: a job, and the jobs that encode again what failed in it.

A completed job takes no more tasks, so these are jobs of their own. What they make goes to the
folder of the first one: whoever downloads that has it all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from batchff.pipeline.names import retry_name
from batchff.pipeline.pool.use import GOING
from batchff.pipeline.stamp import is_ours, stamped_count, stamped_fact

if TYPE_CHECKING:
    from batchff.model.jobs import JobStatus, TaskCounts


def outputs_of(job: JobStatus) -> str:
    """Return the id of the job in whose folder a job's outputs and logs are."""
    return stamped_fact(job.metadata, "outputs") or job.id


def find_family(outputs: str, jobs: Iterable[JobStatus]) -> list[JobStatus]:
    """Return the jobs whose outputs are in one folder, the first one first."""
    family = [job for job in jobs if is_ours(job.metadata) and outputs_of(job) == outputs]
    return sorted(family, key=lambda job: job.created)


def find_followers(job: JobStatus, jobs: Iterable[JobStatus]) -> list[JobStatus]:
    """Return the jobs that were made after one, for what failed in it; the first one first."""
    family = find_family(outputs_of(job), jobs)
    return [other for other in family if other.created > job.created and other.state != GOING]


def tasks_lacking(job: JobStatus, counts: TaskCounts) -> int:
    """Return how many tasks fewer than files a job of batchff's has."""
    return max(stamped_count(job.metadata, "files") - counts.total, 0)


def tasks_to_add(job: JobStatus, counts: TaskCounts) -> int:
    """Return how many tasks a job of batchff's lacks: its submit goes on, or was interrupted."""
    return 0 if job.ends_after_tasks else tasks_lacking(job, counts)  # a retry took them out


def how_to_continue(job: JobStatus) -> str:
    """Say what adds the tasks that a job of batchff's lacks, where nobody is about it."""
    first = outputs_of(job)
    if first != job.id:
        return f"if its retry was interrupted, continue with: batchff job retry {first}"
    if job.state == "completed":
        return "it ended without them: submit their files as another job"
    return "if its submit was interrupted, the same command continues it"


def next_name(outputs: str, jobs: Iterable[JobStatus]) -> str:
    """Return the id of the next job of a family; `jobs` are all that the account has."""
    taken = {job.id.lower() for job in jobs}
    number = 1
    while (name := retry_name(outputs, number)).lower() in taken:
        number += 1
    return name
