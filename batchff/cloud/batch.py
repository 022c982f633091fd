"""Azure Batch as the stages need it: pools, jobs and tasks in batchff's own terms."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from azure.batch import BatchClient, models
from azure.batch.models._models import BatchJobTerminateOptions  # exported nowhere else
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from batchff.cloud.batch_models import (
    enum_text,
    job_status,
    metadata_items,
    node_status,
    pool_status,
    task_document,
    task_status,
)
from batchff.cloud.errors import PASSING, expected_errors, retry_after
from batchff.errors import ServiceError, UsageError
from batchff.model import (
    JobStatus,
    NodeStatus,
    PoolSpec,
    PoolStatus,
    TaskCounts,
    TaskSpec,
    TaskStatus,
)

if TYPE_CHECKING:
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential

TASKS_PER_REQUEST = 100
"""The service takes at most so many tasks in one request (Task - Add Collection)."""

_REQUEST_TOO_LARGE = 413
_LARGEST_READ = 1024 * 1024
# For how long, and at the longest how rarely, a busy service is asked again; in seconds.
_PATIENCE = 300.0
_LONGEST_WAIT = 30.0
# No such file; a node that is gone or going; a file that is still empty.
_FILE_IS_NOT_THERE = (404, 409, 416)

# The package's pollers look again every few seconds in a thread of their own; the stages look
# for themselves, so that thread may sleep.
_NEVER = 24 * 3600

_TASK_FIELDS = ["id", "displayName", "state", "stateTransitionTime", "executionInfo"]


class Batch:
    """The pools, jobs and tasks of one Batch account.

    Methods raise ServiceError, SignInError or NotFoundError.
    """

    def __init__(
        self, endpoint: str, credential: AzureNamedKeyCredential | TokenCredential
    ) -> None:
        self._client = BatchClient(
            endpoint, credential, retry_total=5, retry_connect=2, connection_timeout=10
        )

    def create_pool(
        self,
        pool: str,
        spec: PoolSpec,
        *,
        formula: str,
        interval: timedelta,
        start_task: str,
        metadata: Mapping[str, str],
    ) -> bool:
        """Ask for a pool; False where one of that id exists.

        The service works `formula` out at once and then once in each `interval`. `start_task` is a
        command line that each node runs first, as its administrator.
        """
        with expected_errors(f"pool {pool!r}"):
            image = self._find_image(spec.image)
            options = models.BatchPoolCreateOptions(
                id=pool,
                vm_size=spec.vm_size,
                virtual_machine_configuration=models.VirtualMachineConfiguration(
                    image_reference=image.image_reference,
                    node_agent_sku_id=image.node_agent_sku_id,
                ),
                enable_auto_scale=True,
                auto_scale_formula=formula,
                auto_scale_evaluation_interval=interval,
                task_slots_per_node=spec.slots,
                task_scheduling_policy=models.BatchTaskSchedulingPolicy(node_fill_type="spread"),
                start_task=models.BatchStartTask(
                    command_line=start_task,
                    wait_for_success=True,
                    max_task_retry_count=2,
                    user_identity=models.UserIdentity(
                        auto_user=models.AutoUserSpecification(
                            scope="pool", elevation_level="admin"
                        )
                    ),
                ),
                metadata=metadata_items(metadata),
            )
            try:
                self._client.create_pool(options)
            except ResourceExistsError:
                return False
            return True

    def _find_image(self, name: str) -> models.BatchSupportedImage:
        publisher, _, rest = name.partition(":")
        offer, _, sku = rest.partition(":")
        if not sku:
            raise UsageError(
                f"{name!r} is no image", hint="an image is written as publisher:offer:sku"
            )
        wanted = (publisher.lower(), offer.lower(), sku.lower())
        for image in self._client.list_supported_images():
            reference = image.image_reference
            found = (reference.publisher, reference.offer, reference.sku)
            if tuple((part or "").lower() for part in found) == wanted:
                return image
        raise ServiceError(
            f"the Batch account has no image {name!r}",
            hint="take one of the service's supported images that has apt-get",
        )

    def get_pool(self, pool: str) -> PoolStatus | None:
        """Return a pool, or None where it doesn't exist."""
        with expected_errors(f"pool {pool!r}"):
            try:
                return pool_status(self._client.get_pool(pool))
            except ResourceNotFoundError:
                return None

    def scale_pool(self, pool: str, formula: str, interval: timedelta) -> None:
        """Give a pool another formula, to be worked out at once, unless it just had one."""
        with expected_errors(f"scaling pool {pool!r}"):
            options = models.BatchPoolEnableAutoScaleOptions(
                auto_scale_formula=formula, auto_scale_evaluation_interval=interval
            )
            try:
                # That it just had one is a 503, which isn't worth trying again.
                self._client.enable_pool_auto_scale(pool, options, retry_total=0)
            except HttpResponseError as error:
                if _code(error) != "TooManyEnableAutoScaleRequests":
                    raise

    def list_pools(self) -> Iterator[PoolStatus]:
        """Yield the account's pools."""
        with expected_errors("listing pools"):
            for pool in self._client.list_pools():
                yield pool_status(pool)

    def list_nodes(self, pool: str) -> list[NodeStatus]:
        """Return a pool's nodes; none where it doesn't exist."""
        with expected_errors(f"the nodes of pool {pool!r}"):
            try:
                return [node_status(node) for node in self._client.list_nodes(pool)]
            except ResourceNotFoundError:
                return []

    def delete_pool(self, pool: str) -> None:
        """Ask for a pool's end; one that isn't there, or is ending, is fine."""
        with expected_errors(f"deleting pool {pool!r}"):
            try:
                self._client.begin_delete_pool(pool, polling_interval=_NEVER)
            except ResourceNotFoundError:
                return
            except HttpResponseError as error:
                if _code(error) != "PoolBeingDeleted":
                    raise

    def create_job(
        self,
        job: str,
        pool: str,
        *,
        max_wall_clock: timedelta,
        metadata: Mapping[str, str],
    ) -> bool:
        """Make a job; False where one of that id exists."""
        with expected_errors(f"job {job!r}"):
            options = models.BatchJobCreateOptions(
                id=job,
                pool_info=models.BatchPoolInfo(pool_id=pool),
                constraints=models.BatchJobConstraints(max_wall_clock_time=max_wall_clock),
                metadata=metadata_items(metadata),
            )
            try:
                self._client.create_job(options)
            except ResourceExistsError:
                return False
            return True

    def get_job(self, job: str) -> JobStatus | None:
        """Return a job, or None where it doesn't exist."""
        with expected_errors(f"job {job!r}"):
            try:
                return job_status(self._client.get_job(job))
            except ResourceNotFoundError:
                return None

    def list_jobs(self) -> Iterator[JobStatus]:
        """Yield the account's jobs."""
        with expected_errors("listing jobs"):
            for job in self._client.list_jobs():
                yield job_status(job)

    def end_job_after_its_tasks(self, job: str) -> None:
        """Let the job complete by itself once its tasks have; to be said when all are added.

        A job without a task counts as one whose tasks have completed.
        """
        with expected_errors(f"job {job!r}"):
            self._client.update_job(
                job, models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob")
            )

    def terminate_job(self, job: str, reason: str) -> None:
        """End a job with the tasks that run now, unless it ends already; others never run."""
        with expected_errors(f"ending job {job!r}"):
            try:
                options = BatchJobTerminateOptions(termination_reason=reason)
                self._client.begin_terminate_job(job, options, polling_interval=_NEVER)
            except HttpResponseError as error:
                if _code(error) not in ("JobBeingTerminated", "JobCompleted"):
                    raise

    def delete_job(self, job: str) -> None:
        """Ask for a job's end, with its tasks; one that isn't there, or is ending, is fine."""
        with expected_errors(f"deleting job {job!r}"):
            try:
                self._client.begin_delete_job(job, polling_interval=_NEVER)
            except ResourceNotFoundError:
                return
            except HttpResponseError as error:
                if _code(error) != "JobBeingDeleted":
                    raise

    def add_tasks(
        self, job: str, tasks: Sequence[TaskSpec], pause: Callable[[float], object] = time.sleep
    ) -> None:
        """Add at most TASKS_PER_REQUEST tasks to a job; those that are there already are fine.

        A service that is busy or failing is asked again, less and less often, for some minutes;
        the package's own helper would go on for ever. Operation: Task - Add Collection.
        """
        patience = _Patience(pause)
        group = [task_document(task) for task in tasks]
        with expected_errors(f"adding tasks to job {job!r}"):
            while group:
                group, reason = self._add_group(job, group)
                if group:
                    patience.wait(reason)

    def _add_group(
        self, job: str, group: list[dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], Exception]:
        """Ask for a group of tasks; return those that are to be asked for again, and why."""
        try:
            # A model is only a mapping to it, and a plain one is sent as it stands.
            body = cast(models.BatchTaskGroup, {"value": group})
            answer = self._client.create_task_collection(job, body, retry_status=0)
        except HttpResponseError as error:
            if error.status_code == _REQUEST_TOO_LARGE and len(group) > 1:
                middle = len(group) // 2
                first, reason = self._add_group(job, group[:middle])
                second, other = self._add_group(job, group[middle:])
                return first + second, reason if first else other
            if error.status_code in PASSING:
                return group, error
            raise
        results = answer.result_values or []
        refused = [result for result in results if _is_refused(result)]
        if refused:
            code = enum_text(refused[0].error and refused[0].error.code)
            raise ServiceError(
                f"job {job!r} refused {len(refused)} of {len(group)} tasks ({code})",
                hint="correct what it says and give the command again: it continues",
            )
        failed = {result.task_id for result in results if result.status == "servererror"}
        return [task for task in group if task["id"] in failed], ServiceError(
            f"the service failed to add {len(failed)} tasks to job {job!r}, again and again",
            hint="give the command again later: it continues",
        )

    def task_counts(self, job: str) -> TaskCounts:
        """Return how many tasks stand where; the service's answer may lag behind the tasks."""
        with expected_errors(f"the tasks of job {job!r}"):
            counts = self._client.get_job_task_counts(job).task_counts
            return TaskCounts(
                active=counts.active,
                running=counts.running,
                succeeded=counts.succeeded,
                failed=counts.failed,
            )

    def list_tasks(
        self, job: str, *, states: Sequence[str] = (), changed_since: datetime | None = None
    ) -> Iterator[TaskStatus]:
        """Yield a job's tasks; only those in these states, or that came to theirs since a time."""
        conditions = []
        if states:
            either = " or ".join(f"state eq '{state}'" for state in states)
            conditions.append(f"({either})")
        if changed_since is not None:
            moment = changed_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            conditions.append(f"stateTransitionTime ge datetime'{moment}'")
        with expected_errors(f"the tasks of job {job!r}"):
            listing = self._client.list_tasks(
                job, filter=" and ".join(conditions) or None, select=_TASK_FIELDS
            )
            for task in listing:
                yield task_status(task)

    def read_task_file(
        self, job: str, task: str, path: str, *, start: int = 0, length: int = _LARGEST_READ
    ) -> bytes | None:
        """Return a piece of a task's file from its node, or None where it isn't there (any more).

        A negative `start` counts from the file's end.
        """
        with expected_errors(f"file {path!r} of task {task!r}"):
            try:
                if start < 0:
                    properties = self._client.get_task_file_properties(job, task, path)
                    start = max(0, properties.content_length + start)
                piece = f"bytes={start}-{start + length - 1}"
                return b"".join(self._client.download_task_file(job, task, path, ocp_range=piece))
            except HttpResponseError as error:
                if error.status_code in _FILE_IS_NOT_THERE:
                    return None
                raise

    def read_node_file(self, pool: str, node: str, path: str) -> bytes | None:
        """Return a small file of a node, or None where it isn't there (any more)."""
        with expected_errors(f"file {path!r} of node {node!r}"):
            try:
                return b"".join(self._client.download_node_file(pool, node, path))
            except HttpResponseError as error:
                if error.status_code in _FILE_IS_NOT_THERE:
                    return None
                raise


class _Patience:
    """Waits longer each time, up to a limit; then it raises what it was to wait for."""

    def __init__(self, pause: Callable[[float], object]) -> None:
        self._pause = pause
        self._next = 1.0
        self._left = _PATIENCE

    def wait(self, error: Exception) -> None:
        response = getattr(error, "response", None)
        asked_for = 0.0 if response is None else retry_after(response.headers)
        seconds = max(self._next * random.uniform(0.75, 1.25), asked_for)
        if seconds > self._left:
            raise error
        self._left -= seconds
        self._next = min(self._next * 2, _LONGEST_WAIT)
        self._pause(seconds)


def _is_refused(result: models.BatchTaskCreateResult) -> bool:
    code = result.error.code if result.error else None
    return result.status == "clienterror" and code != "TaskExists"


def _code(error: HttpResponseError) -> str | None:
    code = getattr(error.model, "code", None)
    return code if isinstance(code, str) else None
