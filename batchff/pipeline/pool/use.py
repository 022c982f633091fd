"""Which jobs use a pool: those that have it and haven't ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from batchff.model.states import JOB_ENDED

if TYPE_CHECKING:
    from batchff.model.jobs import JobStatus


def jobs_on(pool: str, jobs: Iterable[JobStatus]) -> tuple[JobStatus, ...]:
    """Return those of the jobs that use a pool; ids are compared without case."""
    return tuple(
        job for job in jobs if job.pool_id.lower() == pool.lower() and job.state not in JOB_ENDED
    )


def pool_is_free(pool: str, jobs: Iterable[JobStatus], *, but_for: Iterable[str] = ()) -> bool:
    """Return whether no job but these still uses a pool."""
    spared = set(but_for)
    return all(job.id in spared for job in jobs_on(pool, jobs))
