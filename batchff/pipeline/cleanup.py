"""Cleanup: remove what batchff made, and only that; what isn't stamped stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, NotFoundError
from batchff.events import Removed
from batchff.model import JobStatus, PoolStatus
from batchff.pipeline.names import input_prefix, job_prefix
from batchff.pipeline.parallel import Done, StopFlag, in_parallel
from batchff.pipeline.stamp import is_ours, stamped_fact

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_GOING = "deleting"
_ENDED = ("completed", _GOING)
_SMALL_REQUESTS_AT_A_TIME = 8


class What(StrEnum):
    """The kinds of thing that batchff makes."""

    JOB = "job"
    POOL = "pool"
    BLOBS = "blobs"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something to remove: `name` is its id, or for blobs what their names begin with."""

    what: What
    name: str
    note: str = ""
    container: str = ""
    blobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a cleanup goes: one job's things or everybody's, and which of them."""

    job: str | None = None
    pool: bool = False
    inputs: bool = False
    outputs: bool = False
    all: bool = False


def find_leftovers(
    scope: Scope, *, input_container: str, output_container: str, batch: Batch, storage: Storage
) -> list[Leftover]:
    """Return what a cleanup of this scope would remove, in the order of removal.

    Without a job it takes the jobs that have ended, and the pools that no other job uses; with
    `all`, everything. Raises NotFoundError for a job that doesn't exist, BatchffError for one that
    isn't batchff's.
    """
    all_jobs = [job for job in batch.jobs.all() if job.state != _GOING]
    jobs = _chosen_jobs(scope, all_jobs, output_container, storage)
    found = [_job_leftover(job) for job in jobs]
    if scope.pool or scope.all:
        found += _pools(scope, jobs, all_jobs, batch)
    if scope.all:
        blobs: list[Leftover] = []
        for container in dict.fromkeys((input_container, output_container)):
            blobs += _stamped_blobs(container, storage)
        found += blobs
        found += _containers((input_container, output_container), blobs, storage)
        return found
    going_on = [job for job in all_jobs if job not in jobs and job.state not in _ENDED]
    if scope.inputs:
        in_use = {_input_set(job, input_container) for job in going_on}
        for container, input_set in _input_sets(scope, jobs, input_container, storage) - in_use:
            found += _stamped_blobs(container, storage, input_prefix(input_set))
    if scope.outputs and scope.job is not None:
        found += _stamped_blobs(output_container, storage, job_prefix(scope.job))
    elif scope.outputs:
        in_use_folders = tuple(job_prefix(job.id) for job in going_on)
        found += _stamped_blobs(output_container, storage, spare=in_use_folders)
    return found


def remove(
    leftovers: Sequence[Leftover], batch: Batch, storage: Storage, reporter: Reporter
) -> None:
    """Remove these things; what is gone already is fine.

    The service takes its time to end jobs and pools: it's only asked to.
    """
    for leftover in leftovers:
        if leftover.what is What.JOB:
            batch.jobs.delete(leftover.name)
        elif leftover.what is What.POOL:
            batch.pools.delete(leftover.name)
        elif leftover.what is What.CONTAINER:
            storage.delete_container(leftover.name)
        else:
            _delete_blobs(leftover, storage)
        reporter.report(Removed(leftover.what.value, leftover.name))


def pool_is_free(pool: str, jobs: Iterable[JobStatus], *, but_for: Iterable[str] = ()) -> bool:
    """Say whether no job but these still uses a pool."""
    spared = set(but_for)
    return not any(
        job.pool_id == pool and job.state not in _ENDED and job.id not in spared for job in jobs
    )


def _chosen_jobs(
    scope: Scope, all_jobs: Sequence[JobStatus], output_container: str, storage: Storage
) -> list[JobStatus]:
    if scope.job is None:
        return [
            job for job in all_jobs if is_ours(job.metadata) and (scope.all or job.state in _ENDED)
        ]
    for job in all_jobs:
        if job.id.lower() == scope.job.lower():
            if not is_ours(job.metadata):
                raise BatchffError(
                    f"job {job.id!r} wasn't made by batchff, so it stays",
                    hint="remove it with the tool that made it",
                )
            return [job]
    if scope.outputs and any(_stamped_blobs(output_container, storage, job_prefix(scope.job))):
        return []  # the job was removed before, its outputs were not
    raise NotFoundError(f"there is no job {scope.job!r}", hint="it may have been removed before")


def _job_leftover(job: JobStatus) -> Leftover:
    return Leftover(What.JOB, job.id, note="" if job.state in _ENDED else f"still {job.state}")


def _pools(
    scope: Scope, jobs: Sequence[JobStatus], all_jobs: Sequence[JobStatus], batch: Batch
) -> list[Leftover]:
    going = {job.id for job in jobs}
    used_by_job = {job.pool_id for job in jobs}
    return [
        Leftover(What.POOL, pool.id, note=_nodes(pool))
        for pool in batch.pools.all()
        if is_ours(pool.metadata)
        and pool.state != _GOING
        and (scope.job is None or pool.id in used_by_job)
        and pool_is_free(pool.id, all_jobs, but_for=going)
    ]


def _nodes(pool: PoolStatus) -> str:
    return f"{pool.current_nodes} {'node' if pool.current_nodes == 1 else 'nodes'}"


def _input_sets(
    scope: Scope, jobs: Sequence[JobStatus], input_container: str, storage: Storage
) -> set[tuple[str, str]]:
    """The container and name of each input set in scope: the job's, or all."""
    if scope.job is not None:
        return {_input_set(job, input_container) for job in jobs}
    blobs = storage.list_blobs(input_container)
    return {(input_container, blob.name.partition("/")[0]) for blob in blobs}


def _input_set(job: JobStatus, input_container: str) -> tuple[str, str]:
    container = stamped_fact(job.metadata, "input_container") or input_container
    return container, stamped_fact(job.metadata, "input_set") or ""


def _stamped_blobs(
    container: str, storage: Storage, prefix: str = "", *, spare: tuple[str, ...] = ()
) -> Iterator[Leftover]:
    """The blobs that are stamped, or that stand in the folder of a job that is.

    Outputs are sent by nodes, which stamp nothing: what marks them is the job's script beside
    them. So that stays until they go.
    """
    blobs = list(storage.list_blobs(container, prefix, metadata=True))
    marked = {
        job_prefix(job)
        for blob in blobs
        if is_ours(blob.metadata) and (job := stamped_fact(blob.metadata, "job"))
    }
    names = tuple(
        blob.name
        for blob in blobs
        if (is_ours(blob.metadata) or job_prefix(blob.name.partition("/")[0]) in marked)
        and not blob.name.startswith(spare)
    )
    if names:
        yield Leftover(What.BLOBS, f"{container}/{prefix}", _count(names), container, names)


def _containers(
    names: Iterable[str], going: Iterable[Leftover], storage: Storage
) -> Iterator[Leftover]:
    """The containers that batchff made, where nothing is in them but the blobs that go."""
    blobs = {leftover.container: set(leftover.blobs) for leftover in going}
    for name in dict.fromkeys(names):
        container = storage.container(name)
        if container is None or not is_ours(container.metadata):
            continue
        ours = blobs.get(name, set())
        if all(blob.name in ours for blob in storage.list_blobs(name)):
            yield Leftover(What.CONTAINER, name)


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} {'blob' if len(names) == 1 else 'blobs'}"


def _delete_blobs(leftover: Leftover, storage: Storage) -> None:
    def delete(name: str, _stop: StopFlag) -> None:
        storage.delete_blob(leftover.container, name)

    for outcome in in_parallel(delete, leftover.blobs, at_a_time=_SMALL_REQUESTS_AT_A_TIME):
        if not isinstance(outcome, Done):
            raise outcome.error
