"""What jobs' preparation and release tasks did on a node, as the service writes it."""

from __future__ import annotations

from batchff.emulator.batch.rendering.resources import file_url, node_url
from batchff.emulator.nodes.layout import task_directory
from batchff.emulator.state.model import Document, Job, Preparation
from batchff.emulator.state.states import AuxiliaryState, Result
from batchff.emulator.state.times import format_time


def render_preparation(row: Preparation, job: Job, endpoint: str) -> Document:
    """Write what a job's preparation and release tasks did on one node."""
    url = node_url(endpoint, row.pool, row.node)
    preparation = _execution(row.state, row.started, row.ended, row.exit_code, row.failure)
    preparation |= {"retryCount": row.retries} | _files(job, job.preparation, url)
    if row.last_retry is not None:
        preparation["lastRetryTime"] = format_time(row.last_retry)
    document: Document = {
        "poolId": row.pool,
        "nodeId": row.node,
        "nodeUrl": url,
        "jobPreparationTaskExecutionInfo": preparation | _result(row.result),
    }
    if row.release_state is not None and row.release_started is not None:
        release = _execution(
            row.release_state,
            row.release_started,
            row.release_ended,
            row.release_exit_code,
            row.release_failure,
        )
        release |= _files(job, job.release, url)
        document["jobReleaseTaskExecutionInfo"] = release | _result(row.release_result)
    return document


def _execution(
    state: AuxiliaryState,
    started: int,
    ended: int | None,
    exit_code: int | None,
    failure: Document | None,
) -> Document:
    info: Document = {"state": state, "startTime": format_time(started)}
    if ended is not None:
        info["endTime"] = format_time(ended)
    if exit_code is not None:
        info["exitCode"] = exit_code
    if failure is not None:
        info["failureInfo"] = failure
    return info


def _files(job: Job, task: Document | None, node: str) -> Document:
    assert task is not None
    directory = task_directory(job.id, task["id"])
    return {"taskRootDirectory": directory, "taskRootDirectoryUrl": file_url(node, directory)}


def _result(result: Result | None) -> Document:
    return {"result": result} if result is not None else {}
