"""Cleanup: remove what was listed and hasn't changed since, whatever others do meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
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
from batchff.pipeline.cleanup.blobs import CHANGED, BlobSet, delete_blobs
from batchff.pipeline.cleanup.scope import Found
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.names import job_prefix
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
    found: Found,
    batch: Batch,
    storage: Storage,
    reporter: Reporter,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Remove what was found, unless it has changed since; what is gone already is fine.

    The service deletes jobs and pools in its own time: they are only asked for. What can't be
    removed doesn't stop the rest; BatchffError is raised after the last.
    """
    cleanup = _Cleanup(found, batch, storage, reporter, pause)
    cleanup.run()
    if cleanup.errors:
        error = cleanup.errors[0]
        raise BatchffError(
            f"{cleanup.failed} of {cleanup.total} things could not be removed: {error.message}",
            hint=error.hint or "give the command again: it goes on with what is left",
        ) from error


class _Cleanup:
    """A cleanup under way: what failed so far, out of how much."""

    def __init__(
        self,
        found: Found,
        batch: Batch,
        storage: Storage,
        reporter: Reporter,
        pause: Callable[[float], None],
    ) -> None:
        self._found = found
        self._batch = batch
        self._storage = storage
        self._reporter = reporter
        self._steps = Steps(DELETION, pause)
        self._with_outputs_left: set[str] = set()
        self.errors: list[BatchffError] = []
        self.failed = 0
        self.total = sum(blobs.count for blobs in found.blobs) + sum(
            map(len, (found.jobs, found.pools, found.containers))
        )

    def run(self) -> None:
        for job in self._found.jobs:
            self._attempt("job", job.id, partial(self._delete, job, self._batch.jobs))
        for pool in self._found.pools:
            self._attempt("pool", pool.id, partial(self._delete_pool, pool))
        if self._found.blobs:
            ran = self._wait_for_jobs()
            for blobs in self._found.blobs:
                self._attempt("blobs", blobs.name, partial(self._delete_blobs, blobs, ran))
        for info in self._found.containers:
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
        """Ask the service to delete a job or a pool; return why it stays, or nothing.

        The ETag changes with a state as well: then it's read again, and deleted if it's the same.
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
        going = {job.id for job in self._found.jobs}
        if not pool_is_free(pool.id, self._batch.jobs.all(), but_for=going):
            return "a job uses it since it was listed"
        return self._delete(pool, self._batch.pools)

    def _wait_for_jobs(self) -> set[str]:
        """Wait until running jobs are gone: their nodes may still send. Return their folders.

        A folder has the id of a job.
        """
        ran = {
            job.id: first_job_of(job) for job in self._found.jobs if job.state != JobState.COMPLETED
        }
        waiting = set(ran)
        reported = False
        while waiting:
            present = (self._batch.jobs.get(job) for job in waiting)
            waiting = {
                job.id for job in present if job is not None and job.state == JobState.DELETING
            }
            if not waiting or self._steps.is_over:
                break
            if not reported:
                reported = True
                self._reporter.report(Notice(f"waiting for the end of {_listed(waiting)}"))
            self._steps.wait()
        return set(ran.values())

    def _delete_blobs(self, blobs: BlobSet, ran: Collection[str]) -> str:
        if self._with_outputs_left:
            # Its plan alone says which blobs at another place are its own.
            folders = map(job_prefix, self._with_outputs_left)
            blobs = replace(blobs, spare=(*blobs.spare, *folders))
        try:
            deletions = delete_blobs(blobs, self._storage, ended=ran)
        except BatchffError:
            self._note_left(blobs)
            raise
        self._fail(*deletions.failures, count=deletions.failed)
        reasons = [error.message for error in deletions.failures]
        if deletions.changed:
            reasons.insert(0, f"{deletions.changed} made or changed since they were listed")
        if reasons:
            self._note_left(blobs)
        return "; ".join(reasons)

    def _note_left(self, blobs: BlobSet) -> None:
        if blobs.outputs is not None:
            self._with_outputs_left.add(blobs.outputs.job)

    def _delete_container(self, info: ContainerInfo) -> str:
        """Delete a container that hasn't changed and is empty."""
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
