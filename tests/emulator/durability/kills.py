"""Clients that load an emulator until it is killed, and then say what it must still have.

Each keeps, for every name that it alone uses, the values that it may find: one once a write was
acknowledged, two while a write was on its way.
"""

from __future__ import annotations

import http.client
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    IncompleteReadError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.rest import HttpRequest
from azure.storage.blob import BlobBlock, BlobServiceClient, ContainerClient

from batchff.emulator.launch.connection import Connection
from tests.emulator.examples import job, task

CUT = (
    ConnectionError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
    http.client.HTTPException,
)
"""How a request ends whose server is killed; any other answer is an error of the emulator's."""

SIZES = (0, 1, 5_000, 100_000, 700_000)
NAMES = 10
JOBS = 3


class Load(Protocol):
    """A client's work."""

    def step(self, connection: Connection) -> None:
        """Send a few requests."""

    def check(self, connection: Connection) -> int:
        """Compare what is there with what may be there; return how much was compared."""


@contextmanager
def batch_client(connection: Connection) -> Iterator[BatchClient]:
    key = AzureNamedKeyCredential(connection.batch_account, connection.batch_key)
    with BatchClient(connection.batch_endpoint, key, retry_total=0) as client:
        yield client


@contextmanager
def container_client(connection: Connection, name: str) -> Iterator[ContainerClient]:
    with BlobServiceClient.from_connection_string(
        connection.storage_connection_string, retry_total=0
    ) as service:
        yield service.get_container_client(name)


@dataclass
class BlobLoad:
    """Uploads blobs in one piece and in blocks, replaces and deletes them."""

    container: str
    name: str
    random: Random
    expected: dict[str, list[bytes | None]] = field(default_factory=dict)
    staged: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def step(self, connection: Connection) -> None:
        with container_client(connection, self.container) as container:
            for _ in range(5):
                number = self.random.randrange(NAMES)
                if number % 2:
                    self._stage_or_commit(container, f"{self.name}/blocks/{number}")
                elif self.random.random() < 0.2:
                    self._delete(container, f"{self.name}/{number}")
                else:
                    self._put(container, f"{self.name}/{number}")

    def check(self, connection: Connection) -> int:
        with container_client(connection, self.container) as container:
            for name, contents in self.expected.items():
                found = _content(container, name)
                assert found in contents, f"{name}: {_size(found)} of {list(map(_size, contents))}"
                if len(contents) > 1 and found == contents[-1]:
                    self.staged.pop(name, None)
                contents[:] = [found]
            self.staged = {name: blocks for name, blocks in self.staged.items() if blocks}
            for name, blocks in self.staged.items():
                _, uncommitted = container.get_blob_client(name).get_block_list("all")
                sizes = {block.id: block.size for block in uncommitted}
                for block_id, content in blocks.items():
                    assert sizes.get(block_id) == len(content), f"{name}: block {block_id}"
        return len(self.expected) + sum(map(len, self.staged.values()))

    def _content_of_some_size(self) -> bytes:
        return self.random.randbytes(self.random.choice(SIZES))

    def _put(self, container: ContainerClient, name: str) -> None:
        contents = self.expected.setdefault(name, [None])
        content = self._content_of_some_size()
        contents.append(content)
        container.get_blob_client(name).upload_blob(content, overwrite=True)
        contents[:] = [content]

    def _delete(self, container: ContainerClient, name: str) -> None:
        contents = self.expected.get(name, [None])
        if contents == [None]:
            return
        contents.append(None)
        container.delete_blob(name)
        contents[:] = [None]

    def _stage_or_commit(self, container: ContainerClient, name: str) -> None:
        """Stage a block, or commit those that were staged, perhaps in an earlier life."""
        blob = container.get_blob_client(name)
        blocks = self.staged.setdefault(name, {})
        if len(blocks) < 3:
            content = self._content_of_some_size() + b"."
            blob.stage_block(str(len(blocks)), content)
            blocks[str(len(blocks))] = content
            return
        contents = self.expected.setdefault(name, [None])
        contents.append(b"".join(blocks.values()))
        blob.commit_block_list([BlobBlock(block_id) for block_id in blocks])
        del contents[:-1]
        del self.staged[name]


@dataclass
class JobLoad:
    """Makes jobs, tasks in collections; changes and deletes some."""

    pool: str
    name: str
    random: Random
    made: int = 0
    jobs: dict[str, list[bool]] = field(default_factory=dict)
    priorities: dict[str, list[int]] = field(default_factory=dict)
    tasks: dict[str, dict[str, list[bool]]] = field(default_factory=dict)
    ends: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)

    def step(self, connection: Connection) -> None:
        with batch_client(connection) as client:
            job_id = self._create(client)
            self._add_tasks(client, job_id)
            self._look(client, job_id)
            self._prioritise(client, job_id)
            self._delete_a_task(client, job_id)
            there = [each for each, states in self.jobs.items() if states == [True]]
            if len(there) > JOBS:
                self._delete(client, self.random.choice(there))

    def check(self, connection: Connection) -> int:
        compared = 0
        with batch_client(connection) as client:
            for job_id, states in list(self.jobs.items()):
                found = _job(client, job_id)
                assert (found is not None) in states, f"{job_id}: {found} of {states}"
                states[:] = [found is not None]
                if found is None:
                    self._forget(job_id)
                else:
                    assert found.priority in self.priorities[job_id]
                    self.priorities[job_id] = [found.priority]
                    self._check_tasks(client, job_id)
                compared += 1 + len(self.tasks.get(job_id, ()))
        return compared

    def _check_tasks(self, client: BatchClient, job_id: str) -> None:
        found = {each.id: each for each in client.list_tasks(job_id)}
        expected = self.tasks[job_id]
        assert found.keys() <= expected.keys()
        for task_id, states in expected.items():
            assert (task_id in found) in states, f"{job_id}/{task_id} of {states}"
            states[:] = [task_id in found]
        for task_id, each in found.items():
            assert each.command_line == _command(job_id, task_id)
            end = self.ends.get((job_id, task_id))
            assert end is None or end == _end(each), f"{job_id}/{task_id} had ended"

    def _create(self, client: BatchClient) -> str:
        self.made += 1
        job_id = f"{self.name}-{self.made}"
        self.jobs[job_id] = [False, True]
        self.priorities[job_id] = [0]
        self.tasks[job_id] = {}
        client.create_job(job(job_id, self.pool))
        self.jobs[job_id] = [True]
        return job_id

    def _add_tasks(self, client: BatchClient, job_id: str) -> None:
        ids = [f"task-{number}" for number in range(self.random.randint(1, 30))]
        states = self.tasks[job_id]
        states.update({task_id: [False, True] for task_id in ids})
        tasks = [task(task_id, _command(job_id, task_id)) for task_id in ids]
        client.create_task_collection(job_id, models.BatchTaskGroup(task_values=tasks))
        states.update({task_id: [True] for task_id in ids})

    def _look(self, client: BatchClient, job_id: str) -> None:
        """What was seen as ended has ended for good."""
        for each in client.list_tasks(job_id):
            if each.state == "completed":
                self.ends[job_id, each.id] = _end(each)

    def _prioritise(self, client: BatchClient, job_id: str) -> None:
        priority = self.random.randint(1, 100)
        self.priorities[job_id].append(priority)
        client.update_job(job_id, models.BatchJobUpdateOptions(priority=priority))
        self.priorities[job_id] = [priority]

    def _delete_a_task(self, client: BatchClient, job_id: str) -> None:
        task_id = self.random.choice(list(self.tasks[job_id]))
        states = self.tasks[job_id][task_id]
        states[:] = [True, False]
        client.delete_task(job_id, task_id)
        states[:] = [False]
        self.ends.pop((job_id, task_id), None)

    def _delete(self, client: BatchClient, job_id: str) -> None:
        self.jobs[job_id] = [True, False]
        # Not by begin_delete_job, whose poller would go on asking after the kill.
        request = HttpRequest("DELETE", f"/jobs/{job_id}", params={"api-version": "2025-06-01"})
        client.send_request(request).raise_for_status()
        self.jobs[job_id] = [False]
        self._forget(job_id)

    def _forget(self, job_id: str) -> None:
        for task_id in self.tasks.pop(job_id, {}):
            self.ends.pop((job_id, task_id), None)


def _command(job_id: str, task_id: str) -> str:
    return f"sh -c {shlex.quote(f'# {job_id} {task_id}' + chr(10) + 'exit 3')}"


def _end(each: models.BatchTask) -> tuple[Any, ...]:
    assert each.execution_info is not None
    info = each.execution_info
    return info.exit_code, info.result, info.start_time, info.end_time, info.requeue_count


def _job(client: BatchClient, job_id: str) -> models.BatchJob | None:
    try:
        found = client.get_job(job_id)
    except ResourceNotFoundError:
        return None
    return None if found.state == "deleting" else found


def _content(container: ContainerClient, name: str) -> bytes | None:
    try:
        return container.download_blob(name).readall()
    except ResourceNotFoundError:
        return None


def _size(content: bytes | None) -> str:
    return "nothing" if content is None else f"{len(content)} bytes"
