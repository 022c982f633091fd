"""Jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from azure.batch import BatchClient, models
from azure.batch.models._models import BatchJobTerminateOptions  # exported nowhere else
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from batchff.cloud.batch.models import job_status, metadata_items, only_if
from batchff.cloud.batch.polling import NEVER
from batchff.cloud.errors import error_code, expected_errors
from batchff.errors import ServiceError
from batchff.model.jobs import JobStatus

_FIELDS = [
    "id",
    "eTag",
    "state",
    "creationTime",
    "executionInfo",
    "poolInfo",
    "metadata",
    "onAllTasksComplete",
]
_HAS_ENDED = ("JobBeingTerminated", "JobCompleted")
_ENDS_ALREADY = (*_HAS_ENDED, "JobBeingDeleted")


class Jobs:
    """The jobs of one Batch account."""

    def __init__(self, client: BatchClient) -> None:
        self._client = client

    def create(
        self,
        job: str,
        pool: str,
        *,
        max_wall_clock: timedelta,
        metadata: Mapping[str, str],
        priority: int = 0,
        uses_dependencies: bool = False,
    ) -> bool:
        """Make a job; False where one of that id exists.

        Only where it `uses_dependencies` can its tasks wait for others.
        """
        with expected_errors(f"job {job!r}"):
            options = models.BatchJobCreateOptions(
                id=job,
                pool_info=models.BatchPoolInfo(pool_id=pool),
                priority=priority,
                constraints=models.BatchJobConstraints(max_wall_clock_time=max_wall_clock),
                metadata=metadata_items(metadata),
                uses_task_dependencies=uses_dependencies,
            )
            try:
                self._client.create_job(options)
            except ResourceExistsError as error:
                if error_code(error) == "JobBeingDeleted":
                    raise ServiceError(
                        f"job {job!r} is being deleted",
                        hint="wait until it's gone, or choose another name with --job",
                        code="JobBeingDeleted",
                    ) from error
                return False
            return True

    def get(self, job: str) -> JobStatus | None:
        """Return a job, or None where it doesn't exist."""
        with expected_errors(f"job {job!r}"):
            try:
                return job_status(self._client.get_job(job))
            except ResourceNotFoundError:
                return None

    def all(self) -> Iterator[JobStatus]:
        """Yield the account's jobs, without their limits."""
        with expected_errors("listing jobs"):
            for job in self._client.list_jobs(select=_FIELDS):
                yield job_status(job)

    def beginning(self, prefix: str) -> Iterator[JobStatus]:
        """Yield the jobs whose ids begin so, without their limits; the prefix fits into an id."""
        with expected_errors("listing jobs"):
            for job in self._client.list_jobs(filter=f"startswith(id,'{prefix}')", select=_FIELDS):
                yield job_status(job)

    def end_after_tasks(self, job: str) -> None:
        """Let the job complete by itself once its tasks have; call it when all are added.

        A job without a task ends so too, but not at once. One that has completed, or is about to,
        is fine.
        """
        with expected_errors(f"job {job!r}"):
            try:
                options = models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob")
                self._client.update_job(job, options)
            except HttpResponseError as error:
                if error_code(error) not in _HAS_ENDED:
                    raise

    def set_metadata(self, job: str, metadata: Mapping[str, str]) -> None:
        """Write a job's metadata, in place of what it had."""
        options = models.BatchJobUpdateOptions(metadata=metadata_items(metadata))
        with expected_errors(f"job {job!r}"):
            self._client.update_job(job, options)

    def terminate(self, job: str, reason: str) -> None:
        """End a job with the tasks that run now, unless it's ending already; others never run."""
        with expected_errors(f"ending job {job!r}"):
            try:
                options = BatchJobTerminateOptions(termination_reason=reason)
                self._client.begin_terminate_job(job, options, polling_interval=NEVER)
            except HttpResponseError as error:
                if error_code(error) not in _ENDS_ALREADY:
                    raise

    def delete(self, job: str, *, etag: str = "") -> None:
        """Ask for a job's deletion; one that doesn't exist, or is being deleted, is fine.

        With an ETag, one that has another stays: ServiceError, ConditionNotMet.
        """
        with expected_errors(f"deleting job {job!r}"):
            try:
                self._client.begin_delete_job(job, polling_interval=NEVER, **only_if(etag))
            except HttpResponseError as error:
                if error_code(error) not in ("JobNotFound", "JobBeingDeleted"):
                    raise
