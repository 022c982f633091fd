"""Files that come and go by a pool's identity, without a SAS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from azure.batch import BatchClient, models
from azure.storage.blob import (
    BlobServiceClient,
    ContainerClient,
)

from batchff.emulator.options import ServiceOptions
from batchff.emulator.simulation.settings import read_simulation
from tests.emulator.examples import completed, identity, job, pool, run, task
from tests.emulator.running import Connection, running_service, wait_until

OWN = models.BatchNodeIdentityReference(resource_id=identity("encoder"))


OPTIONS = ServiceOptions(pool_identities=(identity("encoder"), identity("archive")))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with running_service(tmp_path_factory.mktemp("identities"), OPTIONS) as connection:
        with connection.client() as client:
            client.create_pool(pool("p"))
        yield connection


@pytest.fixture
def client(service: Connection) -> Iterator[BatchClient]:
    with service.client() as client:
        yield client


@pytest.fixture
def job_id(client: BatchClient) -> str:
    name = f"job-{uuid4().hex[:8]}"
    client.create_job(job(name, "p"))
    return name


@pytest.fixture
def container(service: Connection) -> Iterator[ContainerClient]:
    with service.storage() as storage:
        container = storage.create_container(f"test-{uuid4().hex}")
        for name in ("in/a clip.mov", "in/b.mov", "other.mov"):
            container.upload_blob(name, name.encode())
        yield container


def output(container: ContainerClient, pattern: str, **options: Any) -> models.OutputFile:
    return models.OutputFile(
        file_pattern=pattern,
        destination=models.OutputFileDestination(
            container=models.OutputFileBlobContainerDestination(
                container_url=container.url, **options
            )
        ),
        upload_options=models.OutputFileUploadConfiguration(upload_condition="taskcompletion"),
    )


def failure(ended: models.BatchTask) -> str | None:
    assert ended.execution_info is not None
    info = ended.execution_info.failure_info
    return str(info.code) if info is not None else None


def test_a_pool_tells_its_identities(client: BatchClient) -> None:
    told = client.get_pool("p").identity

    assert told is not None
    assert told.type == "UserAssigned"
    assert told.user_assigned_identities is not None
    ids = [each.resource_id for each in told.user_assigned_identities]
    assert ids == [identity("encoder"), identity("archive")]
    client_ids = {each.client_id for each in told.user_assigned_identities}
    principal_ids = {each.principal_id for each in told.user_assigned_identities}
    assert len(client_ids | principal_ids) == 4
    assert next(iter(client.list_pools(select=["identity"]))).identity == told


def test_a_task_takes_and_brings_files_by_an_identity(
    client: BatchClient, job_id: str, container: ContainerClient
) -> None:
    ended = run(
        client,
        job_id,
        "sh -c 'mkdir out; cat one.mov in/* > out/all.mov; env > out/env.txt'",
        resource_files=[
            models.ResourceFile(
                http_url=container.get_blob_client("other.mov").url,
                file_path="one.mov",
                identity_reference=OWN,
            ),
            models.ResourceFile(
                storage_container_url=container.url, blob_prefix="in/", identity_reference=OWN
            ),
        ],
        output_files=[
            output(container, "out/*", path="done", identity_reference=OWN),
            output(container, "../fileuploadout.txt", path="none", identity_reference=OWN),
        ],
    )

    assert failure(ended) is None
    made = container.download_blob("done/all.mov").readall()
    assert made == b"other.mov" + b"in/a clip.mov" + b"in/b.mov"
    assert b"sig=" not in container.download_blob("done/env.txt").readall()


def test_a_start_task_takes_files_by_an_identity(
    client: BatchClient, container: ContainerClient
) -> None:
    name = f"pool-{uuid4().hex[:8]}"
    source = models.ResourceFile(
        http_url=container.get_blob_client("other.mov").url,
        file_path="one.mov",
        identity_reference=OWN,
    )
    start_task = models.BatchStartTask(
        command_line="cat one.mov", resource_files=[source], wait_for_success=True
    )

    client.create_pool(pool(name, start_task=start_task))

    wait_until(lambda: [node.state for node in client.list_nodes(name)] == ["idle"])


def test_ids_are_the_same_in_capitals_and_small_letters(
    client: BatchClient, job_id: str, container: ContainerClient
) -> None:
    shouted = models.BatchNodeIdentityReference(resource_id=str(OWN.resource_id).upper())
    ended = run(
        client,
        job_id,
        "true",
        output_files=[output(container, "../stdout.txt", identity_reference=shouted)],
    )

    assert failure(ended) is None


def reference(url: str, who: models.BatchNodeIdentityReference = OWN) -> models.ResourceFile:
    return models.ResourceFile(http_url=url, file_path="f", identity_reference=who)


def test_without_the_identity_or_a_sas_the_blob_stays_closed(
    client: BatchClient, job_id: str, container: ContainerClient
) -> None:
    file = models.ResourceFile(http_url=f"{container.url}/other.mov", file_path="f")

    assert failure(run(client, job_id, "true", resource_files=[file])) == "BlobAccessDenied"


def test_pools_that_have_lost_their_identities_open_nothing(tmp_path: Path) -> None:
    with (
        running_service(tmp_path, OPTIONS) as service,
        service.client() as client,
        service.storage() as storage,
    ):
        films = storage.create_container("films")
        source = reference(f"{films.url}/clip.mov")
        target = output(films, "../stdout.txt", identity_reference=OWN)
        client.create_pool(pool("p", nodes=0))
        client.create_job(job("j", "p"))
        client.create_task("j", task("in", resource_files=[source]))
        client.create_task("j", task("out", output_files=[target]))
    with running_service(tmp_path) as service, service.client() as client:
        assert client.get_pool("p").identity is None
        client.begin_resize_pool("p", models.BatchPoolResizeOptions(target_dedicated_nodes=1))

        assert failure(completed(client, "j", "in")) == "BlobAccessDenied"
        assert failure(completed(client, "j", "out")) == "FileUploadAccessDenied"


def test_simulated_tasks_bring_their_files_by_an_identity_too(tmp_path: Path) -> None:
    simulation = read_simulation({"task_time": "1s", "node_boot_time": "1s", "output_size": "8"})
    options = ServiceOptions(pool_identities=(identity("encoder"),), simulation=simulation)
    with (
        running_service(tmp_path, options) as service,
        service.client() as client,
        BlobServiceClient(service.storage().url, credential=service.identity.storage.key) as blobs,
    ):
        container = blobs.create_container("films")
        client.create_pool(pool("p"))
        client.create_job(job("j", "p"))

        out = output(container, "a.mov", identity_reference=OWN)
        assert failure(run(client, "j", "true", output_files=[out])) is None
        assert container.download_blob("a.mov").readall() == bytes(8)
