from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    ContainerClient,
    ContainerSasPermissions,
    generate_container_sas,
)

from batchff.emulator.options import ServiceOptions
from tests.emulator.examples import identity, job, pool, task
from tests.emulator.running import Connection, running_service

OWN = models.BatchNodeIdentityReference(resource_id=identity("encoder"))


OTHER = models.BatchNodeIdentityReference(resource_id=identity("stranger"))


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


def reference(url: str, who: models.BatchNodeIdentityReference = OWN) -> models.ResourceFile:
    return models.ResourceFile(http_url=url, file_path="f", identity_reference=who)


def test_an_identity_that_the_pool_has_not_is_refused(
    client: BatchClient, job_id: str, container: ContainerClient
) -> None:
    files = [reference(f"{container.url}/other.mov", OTHER)]
    start_task = models.BatchStartTask(command_line="true", resource_files=files)
    preparation = models.BatchJobPreparationTask(command_line="true", resource_files=files)

    attempts: list[Callable[[], object]] = [
        lambda: client.create_task(job_id, task("t", resource_files=files)),
        lambda: client.create_pool(pool("refused", start_task=start_task)),
        lambda: client.create_job(job("refused", "p", job_preparation_task=preparation)),
    ]
    for attempt in attempts:
        with pytest.raises(HttpResponseError, match="InvalidPropertyValue") as error:
            attempt()
        assert error.value.status_code == 400
        assert "no such identity" in str(error.value)


def test_of_a_collection_only_the_task_with_a_foreign_identity_is_refused(
    client: BatchClient, job_id: str, container: ContainerClient
) -> None:
    url = f"{container.url}/other.mov"
    results = client.create_task_collection(
        job_id,
        models.BatchTaskGroup(
            task_values=[
                task("own", resource_files=[reference(url)]),
                task("foreign", resource_files=[reference(url, OTHER)]),
            ]
        ),
    )

    assert results.result_values is not None
    statuses = {each.task_id: each.status for each in results.result_values}
    assert statuses == {"own": "Success", "foreign": "ClientError"}


def test_an_identity_goes_with_no_sas(
    service: Connection, client: BatchClient, job_id: str, container: ContainerClient
) -> None:
    account = service.identity.storage
    sas = generate_container_sas(
        account.name,
        container.container_name,
        account.key,
        permission=ContainerSasPermissions(read=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    with pytest.raises(HttpResponseError, match="has a SAS already"):
        client.create_task(
            job_id, task("t", resource_files=[reference(f"{container.url}/other.mov?{sas}")])
        )


@pytest.mark.parametrize(
    "url", ["https://films.blob.core.windows.net/in/clip.mov", "http://127.0.0.1:1/x/clip.mov"]
)
def test_an_identity_opens_the_emulators_own_storage_alone(
    client: BatchClient, job_id: str, url: str
) -> None:
    with pytest.raises(HttpResponseError, match="own storage alone") as error:
        client.create_task(job_id, task("t", resource_files=[reference(url)]))

    assert error.value.status_code == 501
