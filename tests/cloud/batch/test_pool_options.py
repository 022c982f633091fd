"""What is asked of a Batch service for pools and their tasks, as it comes out of the real SDK.

The requests are held to the REST description too, as all that are sent in the suite.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.batch.pool_options import start_task_options
from batchff.model.pools import Image, NewPool, PoolSpec
from batchff.model.tasks import OutputFile, ResourceFile, TaskSpec
from batchff.node.start_task import start_task
from tests.cloud.small_servers import KEY_OF_NOTHING

GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/media/providers"
SUBNET = f"{GROUP}/Microsoft.Network/virtualNetworks/net/subnets/nodes"
IDENTITY = f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/encoder"
NOBLE = Image(
    "canonical", "ubuntu-24_04-lts", "server", "latest", "batch.node.ubuntu 24.04", verified=True
)
SPEC = PoolSpec("Standard_D4s_v5", nodes=2, spot=0, slots=4, image="auto")


def new_pool(spec: PoolSpec) -> NewPool:
    return NewPool(
        "pool",
        spec,
        NOBLE,
        "$TargetDedicatedNodes = 2;",
        timedelta(minutes=5),
        start_task(spec),
        {"batchff": "1"},
    )


@contextmanager
def willing_service() -> Iterator[tuple[Batch, list[Any]]]:
    """A Batch service that takes what comes; the bodies that came."""
    taken: list[Any] = []

    class Willing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            tasks = taken[-1].get("value")
            answer = {
                "value": [{"status": "success", "taskId": task["id"]} for task in tasks or ()]
            }
            body = json.dumps(answer).encode() if tasks else b""
            self.send_response(200 if tasks else 201)
            self.send_header("request-id", "1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    with HTTPServer(("127.0.0.1", 0), Willing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        credential = AzureNamedKeyCredential("a", KEY_OF_NOTHING)
        try:
            yield Batch(f"http://127.0.0.1:{server.server_port}", credential), taken
        finally:
            server.shutdown()
            thread.join()


def asked_for(spec: PoolSpec) -> dict[str, Any]:
    with willing_service() as (batch, taken):
        assert batch.pools.create(new_pool(spec))
    (body,) = taken
    assert isinstance(body, dict)
    return body


def test_a_plain_pool_installs_ffmpeg_as_administrator_and_is_tried_again() -> None:
    body = asked_for(SPEC)

    assert body["virtualMachineConfiguration"] == {
        "imageReference": {
            "publisher": "canonical",
            "offer": "ubuntu-24_04-lts",
            "sku": "server",
            "version": "latest",
        },
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    }
    task = body["startTask"]
    assert task["userIdentity"] == {"autoUser": {"scope": "pool", "elevationLevel": "admin"}}
    assert (task["waitForSuccess"], task["maxTaskRetryCount"]) == (True, 2)
    assert (body["enableAutoScale"], body["taskSlotsPerNode"]) == (True, 4)
    assert "networkConfiguration" not in body
    assert "targetDedicatedNodes" not in body, "the formula's business"


def test_a_static_ffmpeg_is_fetched_by_the_service_and_needs_no_administrator() -> None:
    url = "https://example.org/ffmpeg.tar.xz"
    spec = replace(SPEC, ffmpeg="url", ffmpeg_url=url, ffmpeg_sha256="ab" * 32)
    task = asked_for(spec)["startTask"]

    assert task["resourceFiles"] == [{"httpUrl": url, "filePath": "ffmpeg.tar"}]
    assert "ab" * 32 in task["commandLine"]
    assert task["userIdentity"]["autoUser"]["elevationLevel"] == "nonadmin"


def test_nodes_for_containers_fetch_the_image_and_have_no_start_task() -> None:
    body = asked_for(replace(SPEC, container_image="example.org/ffmpeg:7"))

    assert body["virtualMachineConfiguration"]["containerConfiguration"] == {
        "type": "dockerCompatible",
        "containerImageNames": ["example.org/ffmpeg:7"],
    }
    assert "startTask" not in body


def test_an_image_in_an_azure_registry_is_fetched_with_the_pools_identity() -> None:
    body = asked_for(replace(SPEC, container_image="media.azurecr.io/ffmpeg:7", identity=IDENTITY))

    containers = body["virtualMachineConfiguration"]["containerConfiguration"]
    assert containers["containerRegistries"] == [
        {"registryServer": "media.azurecr.io", "identityReference": {"resourceId": IDENTITY}}
    ]


def test_nodes_are_put_into_a_subnet() -> None:
    assert asked_for(replace(SPEC, subnet=SUBNET))["networkConfiguration"] == {"subnetId": SUBNET}


def test_a_task_in_a_container_runs_sh_whatever_the_images_entry_point() -> None:
    task = TaskSpec(
        "task", "clip", "sh encode.sh", (), (), timedelta(hours=1), container_image="ffmpeg:7"
    )
    with willing_service() as (batch, taken):
        batch.tasks.add("job", [task])

    (sent,) = taken[0]["value"]
    assert sent["commandLine"] == "sh encode.sh"
    assert sent["containerSettings"] == {
        "imageName": "ffmpeg:7",
        "containerRunOptions": "--rm --entrypoint=",
        "workingDirectory": "taskWorkingDirectory",
    }


def test_a_task_reaches_blobs_by_the_pools_identity() -> None:
    blob, container = "https://a.blob.core.windows.net/in/b", "https://a.blob.core.windows.net/out"
    task = TaskSpec(
        "task",
        "clip",
        "sh encode.sh",
        (ResourceFile("b", blob, IDENTITY),),
        (OutputFile("c", "d", "tasksuccess", container, IDENTITY),),
        timedelta(hours=1),
    )
    with willing_service() as (batch, taken):
        batch.tasks.add("job", [task])

    (sent,) = taken[0]["value"]
    reference = {"resourceId": IDENTITY}
    assert sent["resourceFiles"] == [
        {"httpUrl": blob, "filePath": "b", "identityReference": reference}
    ]
    assert sent["outputFiles"][0]["destination"]["container"] == {
        "path": "d",
        "containerUrl": container,
        "identityReference": reference,
    }


def test_the_bundled_ffmpeg_is_fetched_with_the_pools_identity_where_it_has_one() -> None:
    spec = replace(SPEC, ffmpeg="bundled", ffmpeg_version="9.0.2", ffmpeg_sha256="ab" * 32)
    file = ResourceFile("ffmpeg.gz", "https://example.org/f", IDENTITY)
    given = start_task(spec, file)
    assert given is not None
    body = start_task_options(given).as_dict()
    assert body["resourceFiles"] == [
        {
            "httpUrl": "https://example.org/f",
            "filePath": "ffmpeg.gz",
            "identityReference": {"resourceId": IDENTITY},
        }
    ]
    assert body["userIdentity"]["autoUser"]["elevationLevel"] == "nonadmin"
