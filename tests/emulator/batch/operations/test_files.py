from __future__ import annotations

from urllib.parse import quote

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import ResourceNotFoundError

from tests.emulator.examples import (
    awaited_output,
    code_of,
    completed,
    output,
    pool_document,
    run,
    task,
)
from tests.emulator.examples import job as job_of
from tests.emulator.running import Connection

COMMAND = "sh -c 'mkdir -p a/b; printf 0123456789 > a/b/digits; echo out'"


@pytest.fixture
def done(client: BatchClient, job: str) -> str:
    """A job whose task `t` wrote wd/a/b/digits."""
    run(client, job, COMMAND)
    return job


def test_a_tasks_files_are_listed(client: BatchClient, done: str) -> None:
    top = {each.name: each for each in client.list_task_files(done, "t")}
    everything = [each.name for each in client.list_task_files(done, "t", recursive=True)]

    assert set(top) == {"stdout.txt", "stderr.txt", "wd", "certs"}
    assert top["wd"].is_directory and top["wd"].properties is None
    properties = top["stdout.txt"].properties
    assert properties is not None and properties.content_length == 4
    assert "wd/a/b/digits" in everything
    paged = client.list_task_files(done, "t", recursive=True, max_results=2)
    assert [each.name for each in paged] == everything


def test_a_list_can_be_filtered_by_name(client: BatchClient, done: str) -> None:
    found = client.list_task_files(done, "t", recursive=True, filter="startswith(name, 'wd/a')")

    assert [each.name for each in found] == ["wd/a", "wd/a/b", "wd/a/b/digits"]


def test_a_file_is_read_whole_and_in_part(client: BatchClient, done: str) -> None:
    assert output(client, done, "t", "wd/a/b/digits") == "0123456789"
    part = client.download_task_file(done, "t", "wd/a/b/digits", ocp_range="bytes=2-4")
    assert b"".join(part) == b"234"
    rest = client.download_task_file(done, "t", "wd/a/b/digits", ocp_range="bytes=7-")
    assert b"".join(rest) == b"789"


def test_a_part_answers_200_with_the_files_headers(service: Connection, done: str) -> None:
    path = f"/jobs/{done}/tasks/t/files/wd/a/b/digits"

    response = service.send("GET", path, headers={"ocp-range": "bytes=0-99"})

    assert (response.status, response.data) == (200, b"0123456789")
    assert response.headers["Content-Length"] == "10"
    assert response.headers["ocp-batch-file-isdirectory"] == "False"
    assert response.headers["ocp-batch-file-mode"] == "0o100644"
    assert response.headers["ocp-batch-file-url"].endswith("digits")
    assert not {"ETag", "ocp-creation-time"} & set(response.headers)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ("bytes=10-12", 416, "InvalidRange"),
        ("bytes=5-4", 416, "InvalidRange"),
        ("bytes=-4", 400, "InvalidHeaderValue"),
        ("lines=1-2", 400, "InvalidHeaderValue"),
    ],
)
def test_a_range_that_cannot_be(
    service: Connection, done: str, sent: str, status: int, code: str
) -> None:
    path = f"/jobs/{done}/tasks/t/files/wd/a/b/digits"

    response = service.send("GET", path, headers={"ocp-range": sent})

    assert (response.status, code_of(response)) == (status, code)


def test_a_files_properties_are_told_without_its_content(service: Connection, done: str) -> None:
    file = service.send("HEAD", f"/jobs/{done}/tasks/t/files/stdout.txt")
    folder = service.send("HEAD", f"/jobs/{done}/tasks/t/files/wd")

    assert (file.status, file.headers["Content-Length"]) == (200, "4")
    assert file.headers["ocp-batch-file-isdirectory"] == "False"
    assert (folder.status, folder.headers["ocp-batch-file-isdirectory"]) == (200, "True")


@pytest.mark.parametrize(
    "path",
    [
        "nothing.txt",
        "..",
        "wd/../../../../../../identity.json",
        "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/identity.json",
        "..%2f..%2f..%2f..%2f..%2f..%2fidentity.json",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "wd/a%00",
        ".",
        "x" * 5000,
    ],
)
def test_nothing_but_a_tasks_own_files_is_found(service: Connection, done: str, path: str) -> None:
    for method in ("GET", "DELETE"):
        response = service.send(method, f"/jobs/{done}/tasks/t/files/{path}")
        assert (response.status, code_of(response)) == (404, "FileNotFound")


def test_a_link_out_of_the_task_is_not_followed(
    service: Connection, client: BatchClient, job: str
) -> None:
    run(client, job, "sh -c 'ln -s /etc/passwd link; ln -s / root'")

    for path in ("wd/link", "wd/root/etc/passwd"):
        response = service.send("GET", f"/jobs/{job}/tasks/t/files/{path}")
        assert response.status == 404


def test_a_node_of_windows_names_its_files_so(
    service: Connection, client: BatchClient, name: str
) -> None:
    body = pool_document(name, targetDedicatedNodes=1)
    body["virtualMachineConfiguration"] = {
        "imageReference": {
            "publisher": "MicrosoftWindowsServer",
            "offer": "WindowsServer",
            "sku": "2022-datacenter",
        },
        "nodeAgentSKUId": "batch.node.windows amd64",
    }
    assert service.send("POST", "/pools", body).status == 201
    client.create_job(job_of(name, name))
    ended = run(client, name, "echo out")
    assert ended.node_info is not None and ended.node_info.node_id is not None
    directory = f"workitems\\{name}\\job-1\\t"
    stdout = f"{directory}\\stdout.txt"
    files = f"/pools/{name}/nodes/{ended.node_info.node_id}/files"

    listed = service.send("GET", f"{files}?recursive=true").json()["value"]
    file = service.send("GET", f"{files}/{quote(stdout)}")
    command = run_another(client, name, "cmd /c dir")

    assert ended.node_info.task_root_directory == directory
    assert stdout in [each["name"] for each in listed]
    assert file.data == b"out\n"
    assert "ocp-creation-time" in file.headers and "ocp-batch-file-mode" not in file.headers
    failure = command.execution_info
    assert failure is not None and failure.failure_info is not None
    assert failure.failure_info.code == "CommandProgramNotFound"


def run_another(client: BatchClient, job: str, command: str) -> models.BatchTask:
    client.create_task(job, task("another", command))
    return completed(client, job, "another")


def test_a_node_has_the_services_folders(client: BatchClient, pool: str) -> None:
    node = next(iter(client.list_nodes(pool))).id

    names = [each.name for each in client.list_node_files(pool, node)]

    assert names == ["applications", "fsmounts", "shared", "startup", "volatile", "workitems"]


def test_files_are_deleted(service: Connection, client: BatchClient, done: str) -> None:
    client.delete_task_file(done, "t", "stdout.txt")
    with pytest.raises(ResourceNotFoundError):
        output(client, done, "t")

    full = service.send("DELETE", f"/jobs/{done}/tasks/t/files/wd")
    assert (full.status, code_of(full)) == (409, "OperationInvalidForCurrentState")
    client.delete_task_file(done, "t", "wd", recursive=True)
    assert [each.name for each in client.list_task_files(done, "t")] == ["stderr.txt", "certs"]


def test_a_task_that_has_not_run_has_no_files(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    client.create_task(idle_job, task("t"))

    response = service.send("GET", f"/jobs/{idle_job}/tasks/t/files")

    assert (response.status, code_of(response)) == (404, "TaskFilesUnavailable")


def test_output_can_be_read_while_the_task_runs(client: BatchClient, job: str) -> None:
    client.create_task(job, task("t", "sh -c 'echo first; sleep 600'"))

    assert awaited_output(client, job, "t", "stdout.txt") == "first\n"
    assert client.get_task(job, "t").state == "running"


def test_a_nodes_files_can_be_read(client: BatchClient, done: str, pool: str) -> None:
    node = client.get_task(done, "t").node_info
    assert node is not None and node.node_id is not None
    path = f"workitems/{done}/job-1/t/stdout.txt"

    assert b"".join(client.download_node_file(pool, node.node_id, path)) == b"out\n"
    names = [each.name for each in client.list_node_files(pool, node.node_id)]
    assert {"shared", "workitems"} <= set(names)
    client.delete_node_file(pool, node.node_id, path)
    with pytest.raises(ResourceNotFoundError):
        output(client, done, "t")
