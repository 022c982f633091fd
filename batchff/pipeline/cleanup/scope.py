"""Find what a cleanup would remove: only what batchff made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, NotFoundError, SignInError
from batchff.model.files import ContainerInfo
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus
from batchff.model.places import BlobPlace, read_place
from batchff.model.pools import PoolStatus
from batchff.model.states import JOB_ENDED
from batchff.pipeline.cleanup.blobs import (
    BlobSet,
    find_again,
    find_blobs,
    find_outputs,
    find_verdicts,
)
from batchff.pipeline.cleanup.needed import find_needed, left_to
from batchff.pipeline.job.retries import first_job_of, with_retries
from batchff.pipeline.names import input_prefix, job_prefix
from batchff.pipeline.pool.use import pool_is_free

T = TypeVar("T", JobStatus, PoolStatus)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a cleanup goes: one job's things or everybody's, and which of them.

    A job's things are those of its retries as well.
    """

    job: str | None = None
    pool: bool = False
    inputs: bool = False
    outputs: bool = False
    all: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a cleanup would remove, as it was when it was listed, the newest first.

    Jobs and pools that the service is removing already are among them.
    """

    jobs: tuple[JobStatus, ...] = ()
    pools: tuple[PoolStatus, ...] = ()
    blobs: tuple[BlobSet, ...] = ()
    containers: tuple[ContainerInfo, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, (self.jobs, self.pools, self.blobs, self.containers)))


def find_in_scope(
    scope: Scope,
    *,
    input_container: str,
    output_container: str,
    ffmpeg_container: str = "",
    batch: Batch,
    storage: Storage,
) -> Found:
    """Return what a cleanup of this scope would remove; the nodes' ffmpeg only with all the rest.

    Without a job it takes the jobs that have ended, and the pools that no other job uses; with
    `all`, everything in the account that batchff made. Raises NotFoundError for a job of which
    nothing is left, BatchffError for one that batchff didn't make.
    """
    all_jobs = list(batch.jobs.all())
    jobs = _newest_first(_chosen_jobs(scope, all_jobs))
    pools: tuple[PoolStatus, ...] = ()
    if scope.pool or scope.all:
        pools = _newest_first(_pools(scope, jobs, all_jobs, batch))
    if scope.all:
        named = (input_container, output_container, ffmpeg_container)
        containers = _containers(named, jobs, storage)
        own = tuple(find_blobs(name, storage) for name in containers)
        blobs = _with_elsewhere(own, (), storage)
        others = Counter({each.container: each.others for each in own})
        for each in blobs:
            others[each.container] -= each.count if each.outputs else 0
        ours = tuple(info for info in containers.values() if info and not others[info.name])
        return Found(jobs, pools, tuple(each for each in blobs if each.count), ours)
    chosen = {job.id for job in jobs}
    left = [job for job in all_jobs if job.id not in chosen]
    going_on = [job for job in left if job.state not in JOB_ENDED]
    blobs = (
        *(_inputs(scope, jobs, going_on, input_container, storage) if scope.inputs else ()),
        *(_outputs(scope, jobs, left, output_container, storage) if scope.outputs else ()),
    )
    blobs = _with_elsewhere(blobs, going_on, storage)
    found = Found(jobs, pools, tuple(each for each in blobs if each.count))
    if scope.job is not None and not found:
        raise NotFoundError(
            f"there is no job {scope.job!r}", hint="it may have been removed before"
        )
    return found


def _newest_first(things: Iterable[T]) -> tuple[T, ...]:
    """Put them into the order of `job list` and `pool list`."""
    return tuple(sorted(things, key=lambda thing: thing.created or _LONG_AGO, reverse=True))


def _chosen_jobs(scope: Scope, all_jobs: Sequence[JobStatus]) -> tuple[JobStatus, ...]:
    if scope.job is None:
        return tuple(
            job for job in all_jobs if job.batchff and (scope.all or job.state in JOB_ENDED)
        )
    for job in all_jobs:
        if job.id.lower() != scope.job.lower():
            continue
        if job.batchff is None:
            raise BatchffError(
                f"job {job.id!r} wasn't made by batchff, so it stays",
                hint="remove it with the tool that made it",
            )
        first = first_job_of(job)
        if first != job.id and scope.outputs:
            raise BatchffError(
                f"the outputs of job {job.id!r} are among those of {first!r}",
                hint=f"remove them all with: batchff cleanup {first} --outputs",
            )
        return tuple(with_retries(job.id, all_jobs)) or (job,)
    return tuple(with_retries(scope.job, all_jobs))


def _pools(
    scope: Scope, jobs: Sequence[JobStatus], all_jobs: Sequence[JobStatus], batch: Batch
) -> Iterator[PoolStatus]:
    going = {job.id for job in jobs}
    used = {job.pool_id.lower() for job in jobs}
    for pool in batch.pools.all():
        if pool.batchff is None:
            continue
        made_for = pool.batchff.job.lower()
        in_scope = scope.job is None or pool.id.lower() in used or made_for == scope.job.lower()
        if in_scope and pool_is_free(pool.id, all_jobs, but_for=going):
            yield pool


def _containers(
    named: Iterable[str], jobs: Iterable[JobStatus], storage: Storage
) -> dict[str, ContainerInfo | None]:
    """Return the containers to look into by name, with what they are if batchff made them.

    These are the profile's, those of the jobs, and all others that batchff made.
    """
    made = [job.batchff for job in jobs if job.batchff]
    names = {*named, *(facts.input_container for facts in made)}
    names |= {facts.output_container for facts in made}
    try:
        stamped = {info.name: info for info in storage.containers() if info.batchff}
    except SignInError:
        # A role for some containers may not allow to list them all.
        known = (storage.container(name) for name in names if name)
        stamped = {info.name: info for info in known if info and info.batchff}
    return {name: stamped.get(name) for name in sorted(names | stamped.keys()) if name}


def _with_elsewhere(
    sets: Sequence[BlobSet], going_on: Sequence[JobStatus], storage: Storage
) -> tuple[BlobSet, ...]:
    """Add the outputs, at places that users named, of the jobs whose plans are in these sets.

    They come before the plans: without a plan nobody knows what is there. Where another job still
    reads them, they stay, and all that is in their job's folder does.
    """
    places = _read_by(going_on, storage)
    found, read = [], set[str]()
    for outputs in (outputs for each in sets for outputs in each.elsewhere):
        if any(place.holds(outputs.place) or outputs.place.holds(place) for place in places):
            read.add(outputs.job)
        else:
            found.append(find_outputs(outputs, storage))
    if read:
        folders = tuple(map(job_prefix, sorted(read)))
        sets = [find_again(replace(each, spare=(*each.spare, *folders)), storage) for each in sets]
    return (*found, *sets)


def _read_by(jobs: Iterable[JobStatus], storage: Storage) -> tuple[BlobPlace, ...]:
    """Return the places in this account where jobs read their media, as it was there before."""
    places = (read_place(job.batchff.source) for job in jobs if job.batchff)
    return tuple(
        BlobPlace(place.container, place.prefix)
        for place in places
        if place and place.endpoint in ("", storage.endpoint)
    )


def _read_in(container: str, jobs: Iterable[JobStatus], storage: Storage) -> tuple[str, ...]:
    """Return what the names of the blobs of a container begin with that jobs read there."""
    read = _read_by(jobs, storage)
    return tuple(place.prefix for place in read if place.container == container)


def _inputs(
    scope: Scope,
    jobs: Sequence[JobStatus],
    going_on: Sequence[JobStatus],
    container: str,
    storage: Storage,
) -> Iterator[BlobSet]:
    """Yield the input sets in scope, the job's or all, that no other job still needs.

    Media that batchff didn't upload is in none.
    """
    if scope.job is not None:
        sets = {_input_set(job, container) for job in jobs if not _reads_in_place(job)}
    else:
        blobs = storage.list_blobs(container)
        sets = {(container, blob.name.partition("/")[0]) for blob in blobs}
    for place, name in sorted(sets - {_input_set(job, container) for job in going_on}):
        if {"", name}.isdisjoint(
            prefix.partition("/")[0] for prefix in _read_in(place, going_on, storage)
        ):
            yield find_blobs(place, storage, input_prefix(name))


def _input_set(job: JobStatus, container: str) -> tuple[str, str]:
    facts = job.batchff or JobFacts()
    return facts.input_container or container, facts.input_set


def _reads_in_place(job: JobStatus) -> bool:
    return job.batchff is not None and bool(job.batchff.source)


def _outputs(
    scope: Scope,
    jobs: Sequence[JobStatus],
    left: Sequence[JobStatus],
    container: str,
    storage: Storage,
) -> Iterator[BlobSet]:
    """Yield the outputs and logs in scope, also those of a job that was removed before.

    Blobs that another job still reads, or that its plan names, aren't among them: `left` are those
    that stay. Outputs of earlier jobs go with this one, once those jobs don't exist any more.
    """
    going_on = [job for job in left if job.state not in JOB_ENDED]
    needed = find_needed(left, going_on, storage)
    if scope.job is None:
        spare = tuple(job_prefix(first_job_of(job)) for job in going_on)
        read = _read_in(container, going_on, storage)
        yield find_blobs(container, storage, spare=(*spare, *read), needed=needed)
        return
    folders = {
        ((job.batchff and job.batchff.output_container) or container, first_job_of(job))
        for job in jobs
    } or {(container, scope.job)}
    folders |= left_to(jobs, left, storage)
    for place, folder in sorted(folders):
        spare = _read_in(place, going_on, storage)
        yield find_blobs(place, storage, job_prefix(folder), spare=spare, needed=needed)
        yield find_verdicts(place, folder, needed, storage)
