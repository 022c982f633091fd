"""Tasks, and the files they leave on their nodes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from azure.batch import BatchClient, models
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceResponseError,
)

from batchff.cloud.batch.models import (
    holds_back_others,
    task_run,
    task_status,
    waiting_task,
)
from batchff.cloud.batch.task_options import task_document
from batchff.cloud.errors import (
    FILE_IS_NOT_THERE,
    error_code,
    expected_errors,
    reason_of,
)
from batchff.cloud.http.retry_policies import ADDING_TASKS, BATCH
from batchff.cloud.http.retrying import Patience, Retrying
from batchff.cloud.http.sdk_retries import is_passing, read_whole, wait_after
from batchff.errors import ServiceError
from batchff.model.jobs import TaskCounts, TaskRun, TaskStatus, WaitingTask
from batchff.model.tasks import TaskSpec

TASKS_PER_REQUEST = 100
"""The service takes at most so many tasks in one request (Task - Add Collection)."""

_REQUEST_TOO_LARGE = 413
_TAKES_NO_TASKS = ("JobCompleted", "JobBeingTerminated", "JobBeingDeleted")
# What is said of each task of a group; anything else is a failure that may pass.
_ADDED = "success"
_REFUSED = "clienterror"
_EXISTS = "taskexists"
_LARGEST_READ = 1024 * 1024

_FIELDS = ["id", "displayName", "state", "stateTransitionTime", "executionInfo", "nodeInfo"]
_RUN_FIELDS = [*_FIELDS, "requiredSlots"]
_FAILED = "state eq 'completed' and executionInfo/result eq 'failure'"


class Tasks:
    """The tasks of the jobs of one Batch account."""

    def __init__(self, client: BatchClient, retrying: Retrying) -> None:
        self._client = client
        self._retrying = retrying

    def add(self, job: str, tasks: Sequence[TaskSpec]) -> None:
        """Add at most TASKS_PER_REQUEST tasks to a job; those that it has already are fine.

        Retries for some minutes while the service is busy or fails, less and less often; the
        package's own helper would retry for ever. Operation: Task - Add Collection.
        """
        patience = Patience(ADDING_TASKS, self._retrying)
        group = [task_document(task) for task in tasks]
        with expected_errors(f"adding tasks to job {job!r}"):
            while group:
                group, reason = self._add_group(job, group)
                if group and not wait_after(reason, patience, self._retrying):
                    raise reason
        patience.succeeded()

    def _add_group(
        self, job: str, group: list[dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], Exception]:
        """Ask for a group of tasks; return those that are to be asked for again, and why."""
        try:
            # A model is only a mapping to it, and a plain one is sent as it is.
            body = cast(models.BatchTaskGroup, {"value": group})
            # Its models of the answer would take longer than all the rest.
            answer = self._client.create_task_collection(job, body, stream=True, retry_total=0)
        except HttpResponseError as error:
            if error.status_code == _REQUEST_TOO_LARGE and len(group) > 1:
                middle = len(group) // 2
                first, reason = self._add_group(job, group[:middle])
                second, other = self._add_group(job, group[middle:])
                return first + second, reason if first else other
            if ADDING_TASKS.tries_again(error.status_code or 0):
                return group, error
            raise
        except AzureError as error:
            if is_passing(error):
                return group, error
            raise
        try:
            results = _results(b"".join(cast(Iterable[bytes], answer)))
        except ServiceResponseError as error:
            return group, error  # those that were added are there already then
        return _left_to_add(job, group, results)

    def counts(self, job: str) -> TaskCounts:
        """Return how many tasks are in which state; the service counts with a delay."""
        with expected_errors(f"the tasks of job {job!r}"):
            counts = self._client.get_job_task_counts(job).task_counts
            return TaskCounts(
                active=counts.active,
                running=counts.running,
                succeeded=counts.succeeded,
                failed=counts.failed,
            )

    def all(
        self, job: str, *, states: Sequence[str] = (), changed_since: datetime | None = None
    ) -> Iterator[TaskStatus]:
        """Yield a job's tasks; with `states`, those in them; with a time, those changed since."""
        conditions = []
        if states:
            either = " or ".join(f"state eq '{state}'" for state in states)
            conditions.append(f"({either})")
        if changed_since is not None:
            moment = changed_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            conditions.append(f"stateTransitionTime ge datetime'{moment}'")
        with expected_errors(f"the tasks of job {job!r}"):
            listing = self._client.list_tasks(
                job, filter=" and ".join(conditions) or None, select=_FIELDS
            )
            for task in listing:
                yield task_status(task)

    def get(self, job: str, task: str) -> TaskRun | None:
        """Return a task, or None where the job has none of that id."""
        with expected_errors(f"task {task!r} of job {job!r}"):
            try:
                return task_run(self._client.get_task(job, task, select=_RUN_FIELDS))
            except ResourceNotFoundError:
                return None

    def runs(self, job: str, *, failed: bool = False) -> Iterator[TaskRun]:
        """Yield a job's tasks with their last attempts; with `failed`, only those that failed."""
        with expected_errors(f"the tasks of job {job!r}"):
            for task in self._client.list_tasks(
                job, filter=_FAILED if failed else None, select=_RUN_FIELDS
            ):
                yield task_run(task)

    def failed_command_lines(self, job: str) -> Iterator[tuple[str, str]]:
        """Yield the ids and command lines of a job's tasks that failed."""
        with expected_errors(f"the tasks of job {job!r}"):
            for task in self._client.list_tasks(job, filter=_FAILED, select=["id", "commandLine"]):
                yield task.id, task.command_line

    def waiting(self, job: str) -> Iterator[WaitingTask]:
        """Yield the tasks of a job that haven't started, with what they come after."""
        with expected_errors(f"the tasks of job {job!r}"):
            for task in self._client.list_tasks(
                job, filter="state eq 'active'", select=["id", "displayName", "dependsOn"]
            ):
                yield waiting_task(task)

    def holding_back_others(self, job: str) -> Iterator[str]:
        """Yield the ids of the failed tasks behind which others wait for ever."""
        with expected_errors(f"the tasks of job {job!r}"):
            for task in self._client.list_tasks(
                job, filter=_FAILED, select=["id", "executionInfo", "exitConditions"]
            ):
                if holds_back_others(task):
                    yield task.id

    def reactivate(self, job: str, task: str) -> bool:
        """Have a task that failed run again; False where its job takes no task any more.

        One that runs again already, or has succeeded meanwhile, is fine.
        """
        with expected_errors(f"task {task!r} of job {job!r}"):
            try:
                self._client.reactivate_task(job, task)
            except HttpResponseError as error:
                code = error_code(error)
                if error.status_code == 404 or code in _TAKES_NO_TASKS:
                    return False
                if code not in ("TaskNotCompleted", "TaskSucceeded"):
                    raise
            return True

    def delete(self, job: str, task: str) -> None:
        """Delete a task with its files on its node; one that isn't there is fine."""
        with expected_errors(f"deleting task {task!r} of job {job!r}"):
            try:
                self._client.delete_task(job, task)
            except ResourceNotFoundError:
                return

    def delete_file(self, job: str, task: str, path: str) -> None:
        """Delete a task's file from its node; one that isn't there (any more) is fine."""
        with expected_errors(f"deleting file {path!r} of task {task!r}"):
            try:
                self._client.delete_task_file(job, task, path)
            except HttpResponseError as error:
                if error.status_code not in FILE_IS_NOT_THERE:
                    raise

    def file_size(self, job: str, task: str, path: str) -> int | None:
        """Return how long a task's file is, or None where it isn't on a node (any more)."""
        with expected_errors(f"file {path!r} of task {task!r}"):
            try:
                return self._client.get_task_file_properties(job, task, path).content_length
            except HttpResponseError as error:
                if error.status_code in FILE_IS_NOT_THERE:
                    return None
                raise

    def read_file(
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
                ask = partial(self._client.download_task_file, job, task, path, ocp_range=piece)
                return read_whole(ask, BATCH, self._retrying)
            except HttpResponseError as error:
                if error.status_code in FILE_IS_NOT_THERE:
                    return None
                raise


def _results(answer: bytes) -> list[dict[str, Any]]:
    """Read what became of each task of a group."""
    try:
        return [result for result in json.loads(answer)["value"] if isinstance(result, dict)]
    except (ValueError, KeyError, TypeError) as error:
        raise DecodeError("the answer doesn't say what became of them") from error


def _left_to_add(
    job: str, group: list[dict[str, Any]], results: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], ServiceError]:
    """Return the tasks of a group that the job doesn't have yet, and why; raise for a refusal.

    A task counts as added only if the answer says so. The service answers in any order and in
    capitals or small letters; it may answer with words that aren't known here, or leave a task out.
    """
    refused = [result for result in results if _is_refused(result)]
    if refused:
        error = refused[0].get("error")
        model = models.BatchError(error if isinstance(error, dict) else {})
        said = reason_of(model, model.code or str(refused[0]["status"]))
        raise ServiceError(
            f"job {job!r} refused {len(refused)} of {len(group)} tasks: {said}",
            hint="correct what it says and give the command again: it continues",
        )
    there = {_word(result, "taskId") for result in results if _is_there(result)}
    left = [task for task in group if task["id"].lower() not in there]
    said = next((f": {result.get('status')!r}" for result in results if not _is_there(result)), "")
    return left, ServiceError(
        f"the service failed to add {len(left)} tasks to job {job!r}, again and again{said}",
        hint="give the command again later: it continues",
    )


def _is_there(result: dict[str, Any]) -> bool:
    return _word(result, "status") == _ADDED or _error_word(result) == _EXISTS


def _is_refused(result: dict[str, Any]) -> bool:
    return _word(result, "status") == _REFUSED and _error_word(result) != _EXISTS


def _error_word(result: dict[str, Any]) -> str:
    error = result.get("error")
    return _word(error, "code") if isinstance(error, dict) else ""


def _word(record: dict[str, Any], name: str) -> str:
    """Return an id or a word of the service's; neither differs by case."""
    return str(record.get(name, "")).lower()
