from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import BatchClient, models
from azure.storage.blob import ContainerClient, ContainerSasPermissions, generate_container_sas

from batchff.emulator.options import ServiceOptions
from batchff.emulator.simulation.settings import read_simulation
from tests.emulator.examples import job, pool, run
from tests.emulator.running import Connection, running_service

OUTPUT_BYTES = 3000


SETTINGS = {"task_time": "90m", "clock_speed": 10_000, "output_size": OUTPUT_BYTES}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    options = ServiceOptions(simulation=read_simulation(SETTINGS))
    with running_service(tmp_path_factory.mktemp("emulator"), options) as connection:
        with connection.client() as client:
            client.create_pool(pool("pool"))
        yield connection


@pytest.fixture
def client(service: Connection) -> Iterator[BatchClient]:
    with service.client() as client:
        yield client


def output_file(
    container: ContainerClient, sas: str, pattern: str, path: str | None, condition: str
) -> models.OutputFile:
    return models.OutputFile(
        file_pattern=pattern,
        destination=models.OutputFileDestination(
            container=models.OutputFileBlobContainerDestination(
                container_url=f"{container.url}?{sas}", path=path
            )
        ),
        upload_options=models.OutputFileUploadConfiguration(upload_condition=condition),
    )


def test_outputs_that_are_named_are_sent_where_their_condition_is_met(
    service: Connection, client: BatchClient
) -> None:
    client.create_job(job("outputs", "pool"))
    account = service.identity.storage
    with service.storage() as storage:
        container = storage.create_container("outputs")
        sas = generate_container_sas(
            account.name,
            "outputs",
            account_key=account.key,
            permission=ContainerSasPermissions(write=True),
            expiry=datetime.now(UTC) + timedelta(hours=1),
        )
        files = [
            output_file(container, sas, "film.mp3", "to/film.mp3", "tasksuccess"),
            output_file(container, sas, "../stderr.txt", None, "taskcompletion"),
            output_file(container, sas, "*.jpg", "frames", "tasksuccess"),
            output_file(container, sas, "core", "core", "taskfailure"),
        ]

        ended = run(client, "outputs", "encode", output_files=files)

        assert ended.execution_info is not None
        assert ended.execution_info.failure_info is None
        sizes = {blob.name: blob.size for blob in container.list_blobs()}
        assert sizes == {"to/film.mp3": OUTPUT_BYTES, "stderr.txt": OUTPUT_BYTES}


def test_an_output_that_cannot_be_sent_fails_its_task(
    service: Connection, client: BatchClient
) -> None:
    client.create_job(job("refused", "pool"))
    with service.storage() as storage:
        nowhere = storage.get_container_client("nowhere")
        files = [output_file(nowhere, "", "film.mp3", None, "taskcompletion")]

        ended = run(client, "refused", "encode", output_files=files)

    assert ended.execution_info is not None
    assert ended.execution_info.exit_code == 0
    assert ended.execution_info.failure_info is not None
    assert ended.execution_info.failure_info.code == "FileUploadAccessDenied"
