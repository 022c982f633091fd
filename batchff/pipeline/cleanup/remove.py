"""Cleanup: remove what batchff made as it was listed, whatever happens in the account meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from batchff.cloud.batch import Batch
from batchff.cloud.http.retry_policies import DELETION
from batchff.cloud.http.retrying import Steps
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, ServiceError, UnreachableError
from batchff.events import Notice
from batchff.events.cleanup import Kept, Removed
from batchff.model.files import ContainerInfo
from batchff.model.jobs import JobStatus
from batchff.model.pools import PoolStatus
from batchff.model.states import JobState
from batchff.pipeline.cleanup.blobs import CHANGED, BlobSet, sweep
from batchff.pipeline.cleanup.scope import Leftovers
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.pool.use import pool_is_free

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

S = TypeVar("S", JobStatus, PoolStatus)
S_co = TypeVar("S_co", JobStatus, PoolStatus, covariant=True)


class _Service(Protocol[S_co]):
    """The account's jobs, or its pools."""

    def get(self, name: str, /) -> S_co | None: ...

    def delete(self, name: str, /, *, etag: str = "") -> None: ...


def remove(
    leftovers: Leftovers,
    batch: Batch,
    storage: Storage,
    reporter: Reporter,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Remove these things, as far as they are what they were; what is gone already is fine.

    The service takes its time to end jobs and pools: it's only asked to. What can't be removed
    doesn't stop the rest; BatchffError is raised after the last.
    """
    cleanup = _Cleanup(leftovers, batch, storage, reporter, pause)
    cleanup.run()
    if cleanup.errors:
        error = cleanup.errors[0]
        raise BatchffError(
            f"{cleanup.failed} of {cleanup.total} things could not be removed: {error.message}",
            hint=error.hint or "give the command again: it goes on with what is left",
        ) from error


class _Cleanup:
    """One cleanup on its way."""

    def __init__(
        self,
        leftovers: Leftovers,
        batch: Batch,
        storage: Storage,
        reporter: Reporter,
        pause: Callable[[float], None],
    ) -> None:
        self._leftovers = leftovers
        self._batch = batch
        self._storage = storage
        self._reporter = reporter
        self._steps = Steps(DELETION, pause)
        self.errors: list[BatchffError] = []
        self.failed = 0
        self.total = sum(found.count for found in leftovers.blobs) + sum(
            map(len, (leftovers.jobs, leftovers.pools, leftovers.containers))
        )

    def run(self) -> None:
        for job in self._leftovers.jobs:
            self._attempt("job", job.id, partial(self._delete, job, self._batch.jobs))
        for pool in self._leftovers.pools:
            self._attempt("pool", pool.id, partial(self._delete_pool, pool))
        if self._leftovers.blobs:
            ran = self._wait_for_jobs()
            for blobs in self._leftovers.blobs:
                self._attempt("blobs", blobs.name, partial(self._sweep, blobs, ran))
        for info in self._leftovers.containers:
            self._attempt("container", info.name, partial(self._delete_container, info))

    def _attempt(self, what: str, name: str, removal: Callable[[], str]) -> None:
        """Remove something; `removal` returns why it stays, or nothing."""
        try:
            reason = removal()
        except UnreachableError:
            raise  # the rest would fail as well, each after its own retries
        except BatchffError as error:
            self._fail(error)
            reason = error.message
        if reason:
            self._reporter.report(Kept(what, name, reason))
        else:
            self._reporter.report(Removed(what, name))

    def _fail(self, *errors: BatchffError, count: int = 1) -> None:
        self.errors += errors
        self.failed += count

    def _delete(self, thing: S, service: _Service[S]) -> str:
        """Ask for the end of a job or a pool, unless its name is another's by now.

        The condition fails as well where only its state was changed: then it's looked at again.
        """
        if thing.state == JobState.DELETING:
            return ""
        latest: S | None = thing
        while latest is not None and latest.state != JobState.DELETING:
            if latest.created != thing.created or latest.batchff is None:
                return "it was made again by somebody since it was listed"
            try:
                service.delete(latest.id, etag=latest.etag)
                return ""
            except ServiceError as error:
                if self._steps.are_for(error.code) and not self._steps.is_over:
                    self._steps.wait()
                elif error.code != CHANGED:
                    raise
                refused, latest = latest, service.get(thing.id)
                if error.code == CHANGED and latest and latest.etag == refused.etag:
                    raise
        return ""

    def _delete_pool(self, pool: PoolStatus) -> str:
        going = {job.id for job in self._leftovers.jobs}
        if not pool_is_free(pool.id, self._batch.jobs.all(), but_for=going):
            return "a job uses it since it was listed"
        return self._delete(pool, self._batch.pools)

    def _wait_for_jobs(self) -> set[str]:
        """Wait until the jobs that ran are gone, whose nodes may still send; return their folders.

        A folder has the id of a job.
        """
        ran = {
            job.id: first_job_of(job)
            for job in self._leftovers.jobs
            if job.state != JobState.COMPLETED
        }
        waiting = set(ran)
        told = False
        while waiting:
            present = (self._batch.jobs.get(job) for job in waiting)
            waiting = {
                job.id for job in present if job is not None and job.state == JobState.DELETING
            }
            if not waiting or self._steps.is_over:
                break
            if not told:
                told = True
                self._reporter.report(Notice(f"waiting for the end of {_listed(waiting)}"))
            self._steps.wait()
        return set(ran.values())

    def _sweep(self, blobs: BlobSet, ran: Collection[str]) -> str:
        swept = sweep(blobs, self._storage, ended=ran)
        self._fail(*swept.failures, count=swept.failed)
        reasons = [error.message for error in swept.failures]
        if swept.changed:
            reasons.insert(0, f"{swept.changed} made or changed since they were listed")
        return "; ".join(reasons)

    def _delete_container(self, info: ContainerInfo) -> str:
        """Delete a container that is what it was and has no blobs."""
        latest = self._storage.container(info.name)
        if latest is None:
            return ""
        if latest.etag != info.etag or not latest.batchff:
            return "it was changed or made again by somebody since it was listed"
        if any(True for _ in self._storage.list_blobs(info.name)):
            return "it isn't empty"
        try:
            self._storage.delete_container(info.name, unmodified_since=info.modified)
        except ServiceError as error:
            if error.code != CHANGED:
                raise
            return "it was changed or made again by somebody since it was listed"
        return ""


def _listed(jobs: Iterable[str]) -> str:
    names = sorted(jobs)
    return f"job {names[0]}" if len(names) == 1 else f"{len(names)} jobs"
