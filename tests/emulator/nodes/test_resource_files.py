from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.batch import BatchClient, models
from azure.storage.blob import ContainerClient, ContainerSasPermissions, generate_container_sas

from batchff.emulator.nodes.resource_files import fetch_resource_files
from batchff.emulator.nodes.transfer import Cancelled, Storage, TransferError
from tests.cloud.small_servers import serving_at
from tests.emulator.examples import job, output, pool, run
from tests.emulator.running import Connection, wait_until


@pytest.fixture
def container(service: Connection) -> Iterator[ContainerClient]:
    with service.storage() as storage:
        made = storage.create_container(f"inputs-{uuid.uuid4().hex[:8]}")
        made.upload_blob("one.txt", b"one")
        made.upload_blob("deep/two words & %25.txt", b"two")
        made.upload_blob("deep/three.txt", b"three")
        yield made


@pytest.fixture
def sas(service: Connection, container: ContainerClient) -> str:
    return _sas(service, container, read=True, list=True)


def _sas(service: Connection, container: ContainerClient, **permissions: bool) -> str:
    account = service.identity.storage
    return generate_container_sas(
        account.name,
        container.container_name,
        account_key=account.key,
        permission=ContainerSasPermissions(**permissions),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )


def _blob(container: ContainerClient, name: str, sas: str) -> str:
    return f"{container.get_blob_client(name).url}?{sas}"


def _failure(client: BatchClient, job_id: str, **options: Any) -> models.BatchTaskFailureInfo:
    done = run(client, job_id, "true", **options)
    assert done.execution_info is not None and done.execution_info.failure_info is not None
    assert done.execution_info.exit_code is None
    return done.execution_info.failure_info


def test_a_file_comes_under_the_name_it_is_given(
    client: BatchClient, batch_job: str, container: ContainerClient, sas: str
) -> None:
    files = [
        models.ResourceFile(http_url=_blob(container, "one.txt", sas), file_path="a/plain"),
        models.ResourceFile(
            http_url=_blob(container, "deep/two words & %25.txt", sas),
            file_path="run me",
            file_mode="0755",
        ),
    ]
    run(client, batch_job, "sh -c 'cat a/plain; stat -c %a a/plain run*'", resource_files=files)

    assert output(client, batch_job, "t") == "one770\n755\n"


def test_a_container_comes_whole_or_by_prefix(
    client: BatchClient, batch_job: str, container: ContainerClient, sas: str
) -> None:
    url = f"{container.url}?{sas}"
    files = [
        models.ResourceFile(storage_container_url=url),
        models.ResourceFile(storage_container_url=url, blob_prefix="deep/t", file_path="below"),
    ]
    run(client, batch_job, "find . -type f", resource_files=files)

    assert sorted(output(client, batch_job, "t").splitlines()) == [
        "./below/deep/three.txt",
        "./below/deep/two words & %25.txt",
        "./deep/three.txt",
        "./deep/two words & %25.txt",
        "./one.txt",
    ]


def test_an_empty_prefix_is_for_all_blobs_and_one_that_none_has_for_nothing(
    client: BatchClient, batch_job: str, container: ContainerClient, sas: str
) -> None:
    url = f"{container.url}?{sas}"
    files = [
        models.ResourceFile(storage_container_url=url, blob_prefix="", file_path="all"),
        models.ResourceFile(storage_container_url=url, blob_prefix="deep/x", file_path="none"),
    ]
    run(client, batch_job, "find . -type f", resource_files=files)

    assert sorted(output(client, batch_job, "t").splitlines()) == [
        "./all/deep/three.txt",
        "./all/deep/two words & %25.txt",
        "./all/one.txt",
    ]


@pytest.mark.parametrize("allowed", ["read", "list"])
def test_a_container_needs_a_sas_to_list_and_to_read(
    client: BatchClient,
    batch_job: str,
    service: Connection,
    container: ContainerClient,
    allowed: str,
) -> None:
    url = f"{container.url}?{_sas(service, container, **{allowed: True})}"
    file = models.ResourceFile(storage_container_url=url, blob_prefix="deep/")

    failure = _failure(client, batch_job, resource_files=[file])

    assert failure.code == "BlobAccessDenied"
    assert "sig=" not in str(failure.as_dict())


def test_of_two_files_with_one_path_the_later_one_is_taken(
    client: BatchClient, batch_job: str, container: ContainerClient, sas: str
) -> None:
    files = [
        models.ResourceFile(http_url=_blob(container, name, sas), file_path=path)
        for name, path in (("one.txt", "a/x"), ("deep/three.txt", "a/./x"))
    ]

    run(client, batch_job, "cat a/x", resource_files=files)

    assert output(client, batch_job, "t") == "three"


def test_a_container_of_the_accounts_own_storage_needs_no_sas(
    client: BatchClient, batch_job: str, container: ContainerClient
) -> None:
    name = container.container_name
    files = [
        models.ResourceFile(
            auto_storage_container_name=name, blob_prefix="deep/t", file_mode="750"
        ),
        models.ResourceFile(auto_storage_container_name=name, blob_prefix="one", file_path="below"),
    ]
    done = run(client, batch_job, "find . -type f -printf '%p %m\\n'", resource_files=files)

    assert sorted(output(client, batch_job, "t").splitlines()) == [
        "./below/one.txt 770",
        "./deep/three.txt 750",
        "./deep/two words & %25.txt 750",
    ]
    assert "sig=" not in str(done.as_dict())


def test_an_empty_file_and_a_large_one_come_whole(
    client: BatchClient, batch_job: str, container: ContainerClient, sas: str
) -> None:
    container.upload_blob("empty", b"")
    container.upload_blob("large", bytes(9 << 20))
    files = [
        models.ResourceFile(http_url=_blob(container, name, sas), file_path=name)
        for name in ("empty", "large")
    ]
    run(client, batch_job, "stat -c %s empty large", resource_files=files)

    assert output(client, batch_job, "t") == f"0\n{9 << 20}\n"


def test_a_start_task_gets_its_files_too(
    client: BatchClient, container: ContainerClient, sas: str
) -> None:
    file = models.ResourceFile(http_url=_blob(container, "one.txt", sas), file_path="one")
    start = models.BatchStartTask(
        command_line="sh -c 'cp one $AZ_BATCH_NODE_SHARED_DIR'", resource_files=[file]
    )
    name = f"pool-{uuid.uuid4().hex[:8]}"
    client.create_pool(pool(name, start_task=start))
    client.create_job(job(name, name))

    run(client, name, "sh -c 'cat $AZ_BATCH_NODE_SHARED_DIR/one'")

    assert output(client, name, "t") == "one"


def test_a_blob_that_is_not_there(
    client: BatchClient, batch_job: str, container: ContainerClient, sas: str
) -> None:
    file = models.ResourceFile(http_url=_blob(container, "nothing", sas), file_path="x")

    failure = _failure(client, batch_job, resource_files=[file])

    assert failure.code == "BlobNotFound"
    assert failure.category == "UserError"
    assert "sig=" not in str(failure.as_dict())


def test_a_container_that_is_not_there(
    client: BatchClient, batch_job: str, container: ContainerClient, sas: str
) -> None:
    url = f"{container.url}-not?{sas}"

    file = models.ResourceFile(storage_container_url=url)

    assert _failure(client, batch_job, resource_files=[file]).code in (
        "BlobNotFound",
        "BlobAccessDenied",
    )


def test_a_container_that_is_not_in_the_accounts_own_storage(
    client: BatchClient, batch_job: str
) -> None:
    file = models.ResourceFile(auto_storage_container_name="nothing-here")

    failure = _failure(client, batch_job, resource_files=[file])

    assert failure.code == "BlobNotFound"
    assert "sig=" not in str(failure.as_dict())


def test_a_sas_that_does_not_allow_it(
    client: BatchClient, batch_job: str, service: Connection, container: ContainerClient
) -> None:
    url = _blob(container, "one.txt", _sas(service, container, write=True))

    file = models.ResourceFile(http_url=url, file_path="x")

    assert _failure(client, batch_job, resource_files=[file]).code == "BlobAccessDenied"


def test_a_server_that_is_not_there(client: BatchClient, batch_job: str) -> None:
    url = "http://127.0.0.1:9/secret?sig=abc"
    file = models.ResourceFile(http_url=url, file_path="x")

    failure = _failure(client, batch_job, resource_files=[file])

    assert failure.code == "BlobDownloadMiscError"
    assert "abc" not in str(failure.as_dict())


@pytest.mark.parametrize("path", ["../escaped", "/tmp/escaped", "a/../../../x", "..", "."])
def test_a_path_that_leads_out_is_refused(
    client: BatchClient,
    batch_job: str,
    container: ContainerClient,
    sas: str,
    service: Connection,
    path: str,
) -> None:
    file = models.ResourceFile(http_url=_blob(container, "one.txt", sas), file_path=path)

    assert _failure(client, batch_job, resource_files=[file]).code == "ResourceFileCreateFailed"
    assert not Path("/tmp/escaped").exists()
    assert not list(service.root.path.rglob("escaped"))


def test_no_sas_stands_in_a_tasks_directory_or_in_the_log(
    client: BatchClient,
    batch_job: str,
    container: ContainerClient,
    sas: str,
    service: Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = models.ResourceFile(http_url=_blob(container, "one.txt", sas), file_path="x")
    run(client, batch_job, "env", resource_files=[file])

    signature = sas.partition("sig=")[2][:20]
    for path in service.root.nodes.rglob("*"):
        if path.is_file():
            assert signature.encode() not in path.read_bytes()
    assert signature not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("batchff")
    )


class Blobs(BaseHTTPRequestHandler):
    """Blobs that are there, and one that has no end."""

    gathered: threading.Barrier

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if "comp=list" in self.path:
            self.list_page()
            return
        if self.path.startswith("/together"):
            self.gathered.wait(timeout=60)
        self.send_response(200)
        if self.path == "/endless":
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(bytes(1 << 20))
            return
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"blob")

    def list_page(self) -> None:
        """Answer with one blob on a page, of three."""
        asked = parse_qs(urlsplit(self.path).query)
        page = int(asked.get("marker", ["0"])[0])
        marker = str(page + 1) if page < 2 else ""
        name = f"{asked['prefix'][0]}{page}"
        blob = f"<Blobs><Blob><Name>{name}</Name></Blob></Blobs>"
        body = f"<R>{blob}<NextMarker>{marker}</NextMarker></R>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""


@pytest.fixture
def storage() -> Iterator[Storage]:
    made = Storage(patience=0.1)
    yield made
    made.close()


def test_files_are_fetched_several_at_a_time(storage: Storage, tmp_path: Path) -> None:
    class Gathering(Blobs):
        gathered = threading.Barrier(4)

    with serving_at(Gathering) as url:
        files = [
            {"httpUrl": f"{url}/together/{index}", "filePath": f"{index}/x"} for index in range(8)
        ]
        fetch_resource_files(storage, files, tmp_path, threading.Event())

    assert [(tmp_path / str(index) / "x").read_bytes() for index in range(8)] == [b"blob"] * 8


def test_a_container_is_listed_page_by_page(storage: Storage, tmp_path: Path) -> None:
    with serving_at(Blobs) as url:
        files = [{"storageContainerUrl": f"{url}/c?sv=1&sig=2", "blobPrefix": "a b/c"}]
        fetch_resource_files(storage, files, tmp_path, threading.Event())

    assert sorted(path.name for path in (tmp_path / "a b").iterdir()) == ["c0", "c1", "c2"]


def test_when_one_file_is_missing_the_others_are_given_up(storage: Storage, tmp_path: Path) -> None:
    with serving_at(Blobs) as url, pytest.raises(TransferError) as raised:
        files = [
            {"httpUrl": f"{url}/{name}", "filePath": name} for name in ("endless", "missing", "a")
        ]
        fetch_resource_files(storage, files, tmp_path, threading.Event())

    assert raised.value.failure.code == "BlobNotFound"


def test_a_task_that_is_ended_stops_fetching(storage: Storage, tmp_path: Path) -> None:
    cancelled = threading.Event()
    with serving_at(Blobs) as url, ThreadPoolExecutor(1) as threads:
        files = [{"httpUrl": f"{url}/endless", "filePath": "x"}]
        fetching = threads.submit(fetch_resource_files, storage, files, tmp_path, cancelled)
        wait_until(lambda: (tmp_path / "x").exists())
        cancelled.set()
        with pytest.raises(Cancelled):
            fetching.result()
