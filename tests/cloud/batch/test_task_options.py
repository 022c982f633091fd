"""Tasks as the service takes them, and what it then does: the real SDK, on the emulator."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.batch.task_options import resource_file_document, task_document
from batchff.cloud.storage import Storage, connect_storage
from batchff.emulator.launch import Connection
from batchff.model.states import TaskState
from batchff.model.tasks import OutputFile, ResourceFile, TaskSpec
from tests.emulator.running import wait_until
from tests.foreign import make_pool

HOUR = timedelta(hours=1)
TASK = TaskSpec("t", "t", "true", (), (), HOUR)
IDENTITY = "/subscriptions/1/resourceGroups/g/providers/p/userAssignedIdentities/nodes"


def test_what_is_said_of_an_output_file_becomes_headers_of_its_upload() -> None:
    plain = OutputFile("a.mp3", "x/a.mp3", "tasksuccess", "https://studio/c")
    said = replace(plain, content_type="audio/mpeg", metadata={"batchff": "1", "batchff_job": "t"})
    task = TaskSpec("t", "t", "true", (), (plain, said), timedelta(hours=1))
    first, second = (
        file["destination"]["container"] for file in task_document(task)["outputFiles"]
    )
    assert "uploadHeaders" not in first
    assert second["uploadHeaders"] == [
        {"name": "x-ms-meta-batchff", "value": "1"},
        {"name": "x-ms-meta-batchff_job", "value": "t"},
        {"name": "x-ms-blob-content-type", "value": "audio/mpeg"},
    ]


@pytest.mark.parametrize(
    ("file", "document"),
    [
        (ResourceFile("a.sh", "u"), {"httpUrl": "u", "filePath": "a.sh"}),
        (ResourceFile("in", "u", prefix=""), {"storageContainerUrl": "u", "filePath": "in"}),
        (
            ResourceFile("", "u", IDENTITY, "job/chunks/"),
            {
                "storageContainerUrl": "u",
                "blobPrefix": "job/chunks/",
                "identityReference": {"resourceId": IDENTITY},
            },
        ),
    ],
)
def test_a_resource_file_is_one_blob_or_what_begins_with_a_prefix(
    file: ResourceFile, document: dict[str, Any]
) -> None:
    assert resource_file_document(file) == document
    assert task_document(replace(TASK, resource_files=(file,)))["resourceFiles"] == [document]


def test_a_resource_file_shows_no_url() -> None:
    assert "sig" not in repr(ResourceFile("a", "https://a/b?sig=c", prefix="x"))


def test_only_a_task_that_satisfies_its_dependents_has_exit_conditions() -> None:
    assert "exitConditions" not in task_document(TASK)
    conditions = task_document(replace(TASK, satisfies_dependents=True))["exitConditions"]
    limits = [(each["start"], each["end"]) for each in conditions["exitCodeRanges"]]
    assert limits == [(1, 2147483647), (-2147483648, -1)]


# What the service does


@pytest.fixture
def storage(emulator: Connection) -> Storage:
    return connect_storage(emulator.storage_connection_string)


@pytest.fixture
def job(batch: Batch, service: BatchClient) -> str:
    pool = make_pool(service, nodes=1)
    name = f"options-{uuid.uuid4().hex[:8]}"
    assert batch.jobs.create(name, pool, max_wall_clock=HOUR, metadata={}, uses_dependencies=True)
    return name


def state_of(batch: Batch, job: str, task: str) -> str:
    run = batch.tasks.get(job, task)
    assert run is not None
    return run.status.state


def completed(batch: Batch, job: str, task: str) -> None:
    wait_until(lambda: state_of(batch, job, task) == TaskState.COMPLETED)


def failing(command: str, **changes: Any) -> Callable[[str], TaskSpec]:
    """A task that fails; where it has files, they are of an account at the given address."""

    def make(endpoint: str) -> TaskSpec:
        files = {name: give(endpoint) for name, give in changes.items() if callable(give)}
        return replace(TASK, id="first", command_line=command, **{**changes, **files})

    return make


def a_file_of_nowhere(endpoint: str) -> tuple[ResourceFile, ...]:
    return (ResourceFile("x", f"{endpoint}/nothing/here"),)


def files_of_nowhere(endpoint: str) -> tuple[ResourceFile, ...]:
    return (ResourceFile("x", f"{endpoint}/nothing", prefix="here"),)


def sent_nowhere(endpoint: str) -> tuple[OutputFile, ...]:
    return (OutputFile("../std*.txt", "x", "taskcompletion", f"{endpoint}/nothing"),)


ENDS = [
    pytest.param(failing("sh -c 'exit 3'"), id="exit code"),
    pytest.param(failing("sh -c 'kill -9 $$'"), id="killed"),
    pytest.param(failing("sh -c 'exit 3'", retries=1), id="retries used up"),
    pytest.param(failing("no-such-program"), id="no such program"),
    pytest.param(failing("true", resource_files=a_file_of_nowhere), id="no resource file"),
    pytest.param(failing("true", resource_files=files_of_nowhere), id="no resource files"),
    pytest.param(failing("true", output_files=sent_nowhere), id="no upload"),
    pytest.param(failing("false", output_files=sent_nowhere), id="exit code and no upload"),
    pytest.param(failing("sleep 600", time_limit=timedelta(seconds=1)), id="timeout"),
]


@pytest.mark.parametrize("first", ENDS)
def test_what_depends_on_a_task_starts_however_it_ends(
    batch: Batch, job: str, emulator: Connection, storage: Storage, first: Callable[[str], TaskSpec]
) -> None:
    spec = first(storage.endpoint)
    satisfying = replace(spec, satisfies_dependents=True)
    blocking = replace(spec, id="blocking")
    after = replace(TASK, id="after", depends_on=("first",))
    never = replace(TASK, id="never", depends_on=("blocking",))
    batch.tasks.add(job, [after, never, satisfying, blocking])

    completed(batch, job, "after")
    completed(batch, job, "blocking")
    run = batch.tasks.get(job, "first")
    assert run is not None and run.status.succeeded is False
    assert list(batch.tasks.holding_back_others(job)) == ["blocking"]
    batch.tasks.add(job, [replace(TASK, id="later")])
    completed(batch, job, "later")
    assert state_of(batch, job, "never") == TaskState.ACTIVE


def test_what_depends_on_a_task_starts_when_it_is_terminated(
    batch: Batch, service: BatchClient, job: str
) -> None:
    sleeping = replace(TASK, command_line="sleep 600", satisfies_dependents=True)
    tasks = [replace(sleeping, id="running"), replace(sleeping, id="waiting", depends_on=("none",))]
    after = replace(TASK, id="after", depends_on=("running", "waiting"))
    batch.tasks.add(job, [*tasks, after])
    wait_until(lambda: state_of(batch, job, "running") == TaskState.RUNNING)

    service.terminate_task(job, "running")
    service.terminate_task(job, "waiting")

    completed(batch, job, "after")


def test_a_task_that_succeeds_satisfies_its_dependents_too(batch: Batch, job: str) -> None:
    first = replace(TASK, id="first", satisfies_dependents=True)
    batch.tasks.add(job, [replace(TASK, id="after", depends_on=("first",)), first])

    completed(batch, job, "after")


def test_a_task_gets_all_that_begins_with_a_prefix(
    batch: Batch, job: str, storage: Storage
) -> None:
    container = f"options-{uuid.uuid4().hex[:8]}"
    storage.ensure_container(container, {})
    for name in ("job/chunks/1", "job/chunks/2/b c", "job/other", "jobs"):
        storage.upload_bytes(container, name, name.encode(), {})
    url = storage.read_container_url(container, expiry=datetime.now(UTC) + HOUR)
    files = ResourceFile("parts", url, prefix="job/chunks/")
    spec = replace(TASK, command_line="find . -type f", resource_files=(files,))

    batch.tasks.add(job, [spec])

    completed(batch, job, "t")
    said = batch.tasks.read_file(job, "t", "stdout.txt")
    assert said is not None
    assert sorted(said.decode().split("\n")) == [
        "",
        "./parts/job/chunks/1",
        "./parts/job/chunks/2/b c",
    ]
