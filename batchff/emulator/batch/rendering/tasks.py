"""Tasks as the JSON that the service answers with, written as text.

A page of a thousand tasks is the costliest answer there is. So a client's own JSON goes out as the
text that the store holds, and fields that nobody asked for aren't made. Only stored JSON needs
escapes: ids are of letters, digits, `-` and `_`, all else is times, numbers and known words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from batchff.emulator.batch.rendering.resources import node_url, task_url
from batchff.emulator.nodes.layout import task_directory
from batchff.emulator.state.model import Document, Job, Task
from batchff.emulator.state.store.database import to_json
from batchff.emulator.state.store.tasks import ListedTask
from batchff.emulator.state.times import etag_of, format_time

AnyTask = Task | ListedTask
_Write = Callable[[AnyTask], str | None]


class TaskWriter:
    """Writes tasks of one job; where `wanted` isn't None, only those of their properties.

    What is `hidden`, the request's version doesn't have. The nodes of the `windows` pools, named by
    their ids, are said to run that.
    """

    def __init__(
        self,
        job: Job,
        endpoint: str,
        wanted: frozenset[str] | None = None,
        hidden: frozenset[str] = frozenset(),
        windows: Collection[str] = (),
    ) -> None:
        self._endpoint = endpoint
        self._url = task_url(endpoint, job.id, "")
        self._directory = task_directory(job.id, "")
        own: dict[str, _Write] = {
            "url": self._write_url,
            "eTag": _write_etag,
            "lastModified": _write_modified,
            "creationTime": _write_created,
            "state": _write_state,
            "stateTransitionTime": _write_state_time,
            "previousState": _write_previous_state,
            "previousStateTransitionTime": _write_previous_state_time,
            "executionInfo": _write_execution,
            "nodeInfo": self._write_node,
        }
        self._own = [
            (f',"{name}":', write)
            for name, write in own.items()
            if wanted is None or name in wanted
        ]
        self._given = None if wanted is None else wanted - own.keys() - {"id"} - hidden
        self._hidden = tuple(f'"{name}":' for name in hidden)
        self._hidden_names = hidden
        self._windows = windows
        self._names_id = wanted is None or "id" in wanted

    @property
    def needs_documents(self) -> bool:
        """Whether it writes something of what clients sent."""
        return self._given is None or bool(self._given)

    def __call__(self, task: AnyTask) -> str:
        """Write a task as JSON."""
        text = self._write_given(task)
        for name, write in self._own:
            value = write(task)
            if value is not None:
                text += name + value
        return f"{{{text.removeprefix(',')}}}"

    def _write_given(self, task: AnyTask) -> str:
        """Write what the client sent, its id among it, without braces."""
        if self._given is None:
            text = _text(task.document)
            for name in self._hidden:
                if name in text:
                    text = self._without_hidden(text)
            return text[1:-1]
        text = f'"id":"{task.id}"' if self._names_id else ""
        if self._given:
            document = _value(task.document)
            chosen = {name: document[name] for name in document if name in self._given}
            if chosen:
                text += f",{_text(chosen)[1:-1]}"
        return text

    def _without_hidden(self, text: str) -> str:
        shown = _value(text).items()
        return to_json({name: value for name, value in shown if name not in self._hidden_names})

    def _write_url(self, task: AnyTask) -> str:
        return f'"{self._url}{task.id}"'

    def _write_node(self, task: AnyTask) -> str | None:
        if not (task.node and task.pool):
            return "{}" if task.ended else None
        directory = self._directory + task.id
        url = node_url(self._endpoint, task.pool, task.node)
        # In JSON, a backslash is two.
        shown = directory.replace("/", "\\\\") if task.pool in self._windows else directory
        return (
            f'{{"affinityId":"TVM:{task.node}","nodeUrl":"{url}","poolId":"{task.pool}",'
            f'"nodeId":"{task.node}","taskRootDirectory":"{shown}",'
            f'"taskRootDirectoryUrl":"{url}/files/{directory}"}}'
        )


def render_task(task: Task, job: Job, endpoint: str, windows: Collection[str] = ()) -> Document:
    """Give one task, with all of its properties."""
    document: Document = json.loads(TaskWriter(job, endpoint, windows=windows)(task))
    return document


def render_recent_task(task: Task, job: Job, endpoint: str) -> Document:
    """Give a task as its node lists it."""
    return {
        "taskUrl": task_url(endpoint, job.id, task.id),
        "jobId": job.id,
        "taskId": task.id,
        "taskState": task.state,
        "executionInfo": json.loads(_write_execution(task)),
    }


def _write_etag(task: AnyTask) -> str:
    return f'"{etag_of(task.modified)}"'


def _write_modified(task: AnyTask) -> str:
    return _time(task.modified)


def _write_created(task: AnyTask) -> str:
    return _time(task.created)


def _write_state(task: AnyTask) -> str:
    return f'"{task.state}"'


def _write_state_time(task: AnyTask) -> str:
    return _time(task.state_time)


def _write_previous_state(task: AnyTask) -> str | None:
    return f'"{task.previous_state}"' if task.previous_state else None


def _write_previous_state_time(task: AnyTask) -> str | None:
    return _time(task.previous_state_time) if task.previous_state_time else None


def _write_execution(task: AnyTask) -> str:
    text = f'{{"retryCount":{task.retries},"requeueCount":{task.requeues}'
    if task.started:
        text += f',"startTime":{_time(task.started)}'
    if task.ended:
        text += f',"endTime":{_time(task.ended)}'
    if task.exit_code is not None:
        text += f',"exitCode":{task.exit_code}'
    if task.failure:
        text += f',"failureInfo":{_text(task.failure)}'
    if task.last_retry:
        text += f',"lastRetryTime":{_time(task.last_retry)}'
    if task.last_requeue:
        text += f',"lastRequeueTime":{_time(task.last_requeue)}'
    if task.result:
        text += f',"result":"{task.result}"'
    return text + "}"


def _time(ticks: int) -> str:
    return f'"{format_time(ticks)}"'


def _text(value: Document | str) -> str:
    """Give JSON as text, which it is already in a task as lists have it."""
    return value if isinstance(value, str) else to_json(value)


def _value(text: Document | str) -> Any:
    return json.loads(text) if isinstance(text, str) else text
