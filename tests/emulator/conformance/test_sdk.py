"""The real SDK goes through a job's life; every answer that it gets is held to the description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from azure.batch import BatchClient, models
from azure.batch.models._models import BatchJobTerminateOptions
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline import PipelineResponse

from tests.emulator import examples
from tests.emulator.conformance.description import Description
from tests.emulator.conformance.everything import Everything
from tests.emulator.conformance.validation import differences
from tests.emulator.running import wait_until


@dataclass(slots=True)
class Witness:
    """Sees each answer before the SDK makes objects of it."""

    description: Description
    seen: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def __call__(self, answer: PipelineResponse) -> None:  # type: ignore[type-arg]
        request, response = answer.http_request, answer.http_response
        path = urlsplit(request.url).path
        operation = self.description.operation(request.method, path)
        assert operation is not None, f"{request.method} {path} is not described"
        self.seen.add(operation.name)
        if response.status_code == 404:
            return  # what is being deleted is looked for until it is gone
        if response.status_code != operation.status:
            self.problems.append(f"{operation.name}: {response.status_code}")
        elif operation.response is not None:
            body = json.loads(response.read())
            self.problems += differences(self.description, operation.response, body, operation.name)


@pytest.fixture
def witness(newest: Description) -> Witness:
    return Witness(newest)


@pytest.fixture
def client(everything: Everything, witness: Witness) -> Iterator[BatchClient]:
    account = everything.service.identity.batch
    credential = AzureNamedKeyCredential(account.name, account.key)
    endpoint = everything.service.batch_endpoint
    with BatchClient(endpoint, credential, retry_total=0, raw_response_hook=witness) as client:
        yield client


def test_what_the_sdk_is_told_is_as_described(
    everything: Everything, client: BatchClient, witness: Witness
) -> None:
    pool, job = everything.name(), everything.name()
    assert list(client.list_supported_images())
    client.create_pool(examples.pool(pool, nodes=1, task_slots_per_node=2))
    assert client.pool_exists(pool)
    wait_until(lambda: [node.state for node in client.list_nodes(pool)] == ["idle"])
    metadata = [models.BatchMetadataItem(name="a", value="b")]
    client.update_pool(pool, models.BatchPoolUpdateOptions(metadata=metadata))
    client.create_job(examples.job(job, pool))
    client.update_job(job, models.BatchJobUpdateOptions(priority=5))
    client.create_tasks(job, [examples.task("good", "echo out"), examples.task("bad", "false")])
    for task in ("good", "bad"):
        examples.completed(client, job, task)
    client.reactivate_task(job, "bad")
    assert client.get_job_task_counts(job).task_counts.succeeded == 1
    assert len(list(client.list_tasks(job, max_results=1))) == 2
    assert "stdout.txt" in [file.name for file in client.list_task_files(job, "good")]
    assert client.get_task_file_properties(job, "good", "stdout.txt").content_length == 4
    assert examples.output(client, job, "good") == "out\n"
    node = next(iter(client.list_nodes(pool)))
    client.get_node(pool, node.id)
    assert list(client.list_node_files(pool, node.id))
    assert [counts for counts in client.list_pool_node_counts() if counts.pool_id == pool]
    client.delete_task(job, "good")
    reason = BatchJobTerminateOptions(termination_reason="Enough")
    client.begin_terminate_job(job, reason, polling_interval=0).wait()
    assert [each.id for each in client.list_jobs(filter=f"id eq '{job}'")] == [job]
    resize = models.BatchPoolResizeOptions(target_dedicated_nodes=0)
    client.begin_resize_pool(pool, resize, polling_interval=0).wait()
    client.begin_delete_job(job, polling_interval=0).wait()
    client.begin_delete_pool(pool, polling_interval=0).wait()
    assert not list(client.list_pools(filter=f"id eq '{pool}'"))

    assert not witness.problems
    assert {"CreatePool", "CreateTaskCollection", "DownloadTaskFile", "ListNodes"} <= witness.seen
