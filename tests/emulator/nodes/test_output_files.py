from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import BatchClient, models
from azure.storage.blob import ContainerClient, ContainerSasPermissions, generate_container_sas

from tests.emulator.examples import output, run
from tests.emulator.running import Connection


@pytest.fixture
def container(service: Connection) -> Iterator[ContainerClient]:
    with service.storage() as storage:
        made = storage.create_container(f"outputs-{uuid.uuid4().hex[:8]}")
        yield made
        if made.exists():
            made.delete_container()


@pytest.fixture
def url(service: Connection, container: ContainerClient) -> str:
    return _signed(service, container)


def _signed(service: Connection, container: ContainerClient, write: bool = True) -> str:
    account = service.identity.storage
    sas = generate_container_sas(
        account.name,
        container.container_name,
        account_key=account.key,
        permission=ContainerSasPermissions(write=write, read=not write),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    return f"{container.url}?{sas}"


def _output(
    pattern: str, url: str, path: str | None = None, condition: str = "taskcompletion", **more: str
) -> models.OutputFile:
    headers = [models.OutputFileUploadHeader(name=key, value=value) for key, value in more.items()]
    return models.OutputFile(
        file_pattern=pattern,
        destination=models.OutputFileDestination(
            container=models.OutputFileBlobContainerDestination(
                container_url=url, path=path, upload_headers=headers or None
            )
        ),
        upload_options=models.OutputFileUploadConfiguration(upload_condition=condition),
    )


def _blobs(container: ContainerClient) -> dict[str, bytes]:
    names = [blob.name for blob in container.list_blobs()]
    return {name: container.download_blob(name).readall() for name in names}


COMMAND = "sh -c 'echo log; mkdir -p d/e; printf 1 >a.txt; printf 2 >d/b.txt; printf 3 >d/e/c.txt'"


@pytest.mark.parametrize(
    ("pattern", "path", "names"),
    [
        ("a.txt", "out/renamed.bin", {"out/renamed.bin"}),
        ("a.txt", None, {"a.txt"}),
        ("d/b.txt", None, {"b.txt"}),
        ("*.txt", "out", {"out/a.txt"}),
        ("*.txt", "out/", {"out/a.txt"}),
        ("**/*.txt", "all", {"all/a.txt", "all/d/b.txt", "all/d/e/c.txt"}),
        ("d/**/*", "all", {"all/b.txt", "all/e/c.txt"}),
        ("?.txt", None, {"a.txt"}),
        ("../std*.txt", "logs", {"logs/stdout.txt", "logs/stderr.txt"}),
        ("$AZ_BATCH_TASK_DIR/stdout.txt", "log", {"log"}),
        ("nothing*", "out", set()),
        ("nothing.txt", "out", set()),
    ],
)
def test_a_pattern_names_files_and_a_path_names_blobs(
    client: BatchClient,
    batch_job: str,
    container: ContainerClient,
    url: str,
    pattern: str,
    path: str | None,
    names: set[str],
) -> None:
    done = run(client, batch_job, COMMAND, output_files=[_output(pattern, url, path)])

    assert done.execution_info is not None and done.execution_info.result == "success"
    assert set(_blobs(container)) == names


@pytest.mark.parametrize(
    ("command", "names"),
    [("true", {"always", "good"}), ("false", {"always", "bad"})],
)
def test_the_outcome_decides_what_is_sent(
    client: BatchClient,
    batch_job: str,
    container: ContainerClient,
    url: str,
    command: str,
    names: set[str],
) -> None:
    outputs = [
        _output("../stdout.txt", url, "always", "taskcompletion"),
        _output("../stdout.txt", url, "good", "tasksuccess"),
        _output("../stdout.txt", url, "bad", "taskfailure"),
    ]
    run(client, batch_job, command, output_files=outputs)

    assert set(_blobs(container)) == names


def test_the_content_is_the_same_and_headers_are_set(
    client: BatchClient, batch_job: str, container: ContainerClient, url: str
) -> None:
    headers = {"x-ms-blob-content-type": "audio/mpeg"}
    name = "dir with space/ü & %41.txt"
    run(client, batch_job, COMMAND, output_files=[_output("a.txt", url, name, **headers)])

    assert _blobs(container) == {name: b"1"}
    properties = container.get_blob_client(name).get_blob_properties()
    assert properties.content_settings.content_type == "audio/mpeg"


def test_an_empty_file_is_sent(
    client: BatchClient, batch_job: str, container: ContainerClient, url: str
) -> None:
    run(client, batch_job, "touch empty", output_files=[_output("empty", url)])

    assert _blobs(container) == {"empty": b""}


def test_a_large_file_is_sent_in_blocks(
    client: BatchClient, batch_job: str, container: ContainerClient, url: str
) -> None:
    command = "sh -c 'truncate -s 260M large; printf end >> large'"
    run(client, batch_job, command, output_files=[_output("large", url)])

    blob = container.get_blob_client("large")
    size = blob.get_blob_properties().size
    assert size == (260 << 20) + 3
    assert blob.download_blob(offset=size - 4).readall() == b"\0end"
    assert len(blob.get_block_list()[0]) == 5


@pytest.mark.parametrize(
    ("case", "code"),
    [("container", "FileUploadContainerNotFound"), ("sas", "FileUploadAccessDenied")],
)
def test_a_failed_upload_completes_the_task_and_is_told(
    client: BatchClient,
    batch_job: str,
    container: ContainerClient,
    service: Connection,
    case: str,
    code: str,
) -> None:
    url = _signed(service, container, write=case == "container")
    if case == "container":
        container.delete_container()
    constraints = models.BatchTaskConstraints(max_task_retry_count=3)
    done = run(
        client, batch_job, COMMAND, output_files=[_output("*.txt", url)], constraints=constraints
    )

    info = done.execution_info
    assert info is not None and info.failure_info is not None
    assert (info.exit_code, info.result, info.retry_count) == (0, "failure", 0)
    assert info.failure_info.code == code
    said = output(client, batch_job, "t", "fileuploaderr.txt")
    assert "a.txt" in said and "sig=" not in said
    assert output(client, batch_job, "t", "fileuploadout.txt") == ""


def test_what_was_sent_is_told(
    client: BatchClient, batch_job: str, container: ContainerClient, url: str
) -> None:
    run(client, batch_job, COMMAND, output_files=[_output("a.txt", url, "x")])

    said = output(client, batch_job, "t", "fileuploadout.txt")
    assert f"{container.url}/x" in said and "sig=" not in said
