"""The checks can fail; and they see what batchff sends, from whichever process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch import models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError

from batchff.cloud.batch import Batch
from batchff.emulator.launch import Connection
from batchff.errors import NotFoundError
from batchff.model.tasks import TaskSpec
from tests.emulator.conformance.description import folder_or_skip
from tests.wire.blob_check import blob_problems
from tests.wire.plugin import Wire
from tests.wire.requests import Request, RequestLog

_LIST = Request(
    "batch",
    "GET",
    "https://a.example/pools?api-version=2025-06-01&maxresults=10&$select=id,state",
    {"authorization": "SharedKey", "ocp-date": "now", "accept": "application/json"},
)
_BODY = {
    "id": "pool",
    "vmSize": "small",
    "taskSlotsPerNode": 2,
    "resizeTimeout": "PT15M",
    "taskSchedulingPolicy": {"nodeFillType": "spread"},
    "metadata": [{"name": "a", "value": "b"}],
}


def _create_pool(**fields: object) -> Request:
    headers = {**_LIST.headers, "content-type": "application/json; odata=minimalmetadata"}
    body = json.dumps({**_BODY, **fields})
    return Request("batch", "POST", "https://a.example/pools?api-version=2025-06-01", headers, body)


Problems = Callable[[Request], list[str]]


@pytest.fixture
def problems(wire: Wire) -> Problems:
    folder_or_skip()
    return wire.of


def test_what_is_as_described_passes(problems: Problems) -> None:
    assert problems(_LIST) == []
    assert problems(_create_pool()) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("/pool?api-version=2025-06-01", "GET /pool is not described"),
        ("/pools?api-version=2024-02-01.19.0", "api-version is '2024-02-01.19.0'"),
        ("/pools/a%20b?api-version=2025-06-01", "'a%20b' is no id"),
        ("/pools?api-version=2025-06-01&maxresults=0", "maxresults is '0'"),
        ("/pools?api-version=2025-06-01&force=true", "'force' in the query is not described"),
        ("/pools?api-version=2025-06-01&$select=id,name", "'name' can't be selected"),
    ],
)
def test_a_wrong_address_is_told(url: str, told: str, problems: Problems) -> None:
    (problem,) = problems(replace(_LIST, url=f"https://a.example{url}"))
    assert told in problem


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"content-type": "application/json"}, "its content-type is 'application/json'"),
        ({"x-ms-version": "2021-12-02"}, "the header 'x-ms-version' is not described"),
        ({"authorization": "Basic"}, "it is signed by 'Basic'"),
    ],
)
def test_a_wrong_header_is_told(headers: dict[str, str], told: str, problems: Problems) -> None:
    request = _create_pool()
    (problem,) = problems(replace(request, headers={**request.headers, **headers}))
    assert told in problem


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("id", "a b", "body.id: 'a b' is no id"),
        ("vmSize", 4, "body.vmSize: 4 is no string"),
        ("taskSlotsPerNode", "4", "body.taskSlotsPerNode: '4' is no integer"),
        ("resizeTimeout", "15 minutes", "'15 minutes' is not written as a duration"),
        ("state", "active", "body.state is not in BatchPoolCreateOptions"),
        ("metadata", [{"name": "a"}], "body.metadata[0].value of BatchMetadataItem is missing"),
        ("taskSchedulingPolicy", {"nodeFillType": "all"}, "'all' is none of spread, pack"),
    ],
)
def test_a_wrong_body_is_told(field: str, value: object, told: str, problems: Problems) -> None:
    (problem,) = problems(_create_pool(**{field: value}))
    assert told in problem


def test_a_wrong_task_of_a_collection_is_told(problems: Problems) -> None:
    tasks = [{"id": "good", "commandLine": "true"}, {"id": "b d", "outputFiles": {}}]
    request = replace(
        _create_pool(),
        url="https://a.example/jobs/j/addtaskcollection?api-version=2025-06-01",
        body=json.dumps({"value": tasks}),
    )
    assert problems(request) == [
        "CreateTaskCollection: body.value[1].commandLine of BatchTaskCreateOptions is missing",
        "CreateTaskCollection: body.value[1].outputFiles: {} is no list",
        "CreateTaskCollection: body.value[1].id: 'b d' is no id",
    ]


def test_a_body_that_the_sdk_keeps_to_itself_is_held_to_the_version_before(
    problems: Problems,
) -> None:
    request = replace(
        _create_pool(),
        url="https://a.example/jobs/j/terminate?api-version=2025-06-01",
        body='{"terminationReason": "Enough"}',
    )
    (problem,) = problems(request)
    assert "body.terminationReason is not in JobTerminateParameter" in problem


def test_a_test_that_sends_a_wrong_request_fails(emulator: Connection, wire: Wire) -> None:
    folder_or_skip()
    key = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    batch = Batch(emulator.batch_endpoint, key)
    batch.jobs.get("no-such-job")
    wire.hold()

    options = models.BatchJobCreateOptions({"id": "a job", "poolInfo": {"poolId": 5}})
    with pytest.raises(HttpResponseError):
        batch.jobs._client.create_job(options)
    with pytest.raises(pytest.fail.Exception, match=r"CreateJob: body.poolInfo.poolId: 5 is no"):
        wire.hold()


def test_each_request_is_seen_once_and_whole(emulator: Connection, request_log: RequestLog) -> None:
    batch = Batch(
        emulator.batch_endpoint, AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    )
    task = TaskSpec("clip-1", "clip.mp4", "true", (), (), timedelta(hours=1))
    for number in range(3):
        assert batch.jobs.get(f"none-{number}") is None
    with pytest.raises(NotFoundError):
        batch.tasks.add("none", [task])
    assert batch.tasks.read_file("none", "clip-1", "stdout.txt", start=-9) is None

    requests = request_log.take()
    assert [(request.method, request.path) for request in requests] == [
        *(("GET", f"/jobs/none-{number}") for number in range(3)),
        ("POST", "/jobs/none/addtaskcollection"),
        ("HEAD", "/jobs/none/tasks/clip-1/files/stdout.txt"),
    ]
    assert json.loads(requests[3].body or "")["value"][0]["id"] == "clip-1"


def test_commands_in_processes_of_their_own_are_seen(
    emulator: Connection, request_log: RequestLog, tmp_path: Path
) -> None:
    account = {
        "BATCHFF_BATCH_ACCOUNT": emulator.batch_account,
        "BATCHFF_BATCH_ENDPOINT": emulator.batch_endpoint,
        "BATCHFF_BATCH_KEY": emulator.batch_key,
        "BATCHFF_STORAGE_CONNECTION_STRING": emulator.storage_connection_string,
        "BATCHFF_INPUT_CONTAINER": "seen-on-the-wire",
    }
    (tmp_path / "clip.mp4").write_bytes(b"media")
    for words in (["job", "list"], ["upload", str(tmp_path / "clip.mp4"), "--to", "seen"]):
        command = [sys.executable, "-m", "batchff", *words]
        subprocess.run(command, env={**os.environ, **account}, check=True, capture_output=True)

    requests = request_log.take()
    sent = {(each.service, each.method, each.path.rpartition("/")[2]) for each in requests}
    assert {("batch", "GET", "jobs"), ("blob", "PUT", "clip.mp4")} <= sent
    assert not [
        problem for each in requests if each.service == "blob" for problem in blob_problems(each)
    ]


_PUT = Request(
    "blob",
    "PUT",
    "/account/c/b",
    {
        "authorization": "SharedKey",
        "x-ms-date": "now",
        "x-ms-version": "2021-12-02",
        "x-ms-blob-type": "BlockBlob",
        "content-length": "5",
        "x-ms-meta-batchff": "1",
    },
)


def test_a_request_for_a_blob_is_held_to_the_documentation() -> None:
    assert list(blob_problems(_PUT)) == []
    bare = replace(_PUT, headers={"x-ms-meta-a-b": "1"}, url="/c/b?kind=new")
    assert list(blob_problems(bare)) == [
        "Put Blob: 'kind' in the query is not documented",
        "Put Blob: the header 'x-ms-meta-a-b' is not documented",
        "Put Blob: the header 'content-length' is missing",
        "Put Blob: the header 'x-ms-blob-type' is missing",
        "Put Blob: x-ms-version is ''",
        "Put Blob: it is signed by None",
    ]
    block = replace(_PUT, url="/c/b?comp=block&blockid=%21")
    assert "Put Block: '!' is no block's id" in list(blob_problems(block))
    source = {**_PUT.headers, "x-ms-copy-source": "http://a/c/b", "x-ms-blob-type": "BlockBlob"}
    copied = replace(_PUT, url="/c/b?comp=block&blockid=YQ%3D%3D", headers=source)
    assert "Put Block From URL: the header 'x-ms-blob-type' is not documented" in list(
        blob_problems(copied)
    )
    unknown = replace(_PUT, method="PATCH")
    assert list(blob_problems(unknown)) == ["PATCH is none of the operations that are known"]


@pytest.mark.parametrize("scheme", ["SharedKey", "Bearer"])
def test_what_lets_a_request_in_goes_with_a_date(scheme: str) -> None:
    headers = {"x-ms-version": "2021-12-02", "authorization": scheme}
    request = Request("blob", "GET", "/c/b", headers)
    assert list(blob_problems(request)) == ["Get Blob: it is signed and has no date"]
    dated = replace(request, headers={**headers, "x-ms-date": "now"})
    assert list(blob_problems(dated)) == []


def test_a_sas_lets_reads_in_and_nothing_else() -> None:
    sas = "sv=2021-12-02&sr=c&sp=rl&se=2030-01-01&sig=secret"
    read = replace(_PUT, method="GET", url=f"/c/b?{sas}", headers={"x-ms-version": "2021-12-02"})
    assert list(blob_problems(read)) == []
    signed = replace(read, headers={**read.headers, "authorization": "SharedKey"})
    assert list(blob_problems(signed)) == ["Get Blob: it is signed twice"]
    written = replace(read, method="DELETE")
    assert list(blob_problems(written)) == [
        "Delete Blob: a SAS that was given is used for more than reading"
    ]
