"""What keeps others out, on the emulator as its users start it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    BlobClient,
    BlobServiceClient,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)

from batchff.emulator import launch
from batchff.emulator.launch.connection import Connection
from tests.emulator import examples
from tests.emulator.blob.servers import BlobServer, blob_path, running_emulator

HOUR = timedelta(hours=1)
SIGNERS = {
    "account": lambda server, container, **limits: generate_account_sas(
        server.account, server.key, ResourceTypes(object=True), **limits
    ),
    "container": lambda server, container, **limits: generate_container_sas(
        server.account, container, server.key, **limits
    ),
    "blob": lambda server, container, **limits: generate_blob_sas(
        server.account, container, "clip.mov", account_key=server.key, **limits
    ),
}
STARTS = {None: True, -HOUR: True, HOUR: False}
EXPIRIES = {HOUR: True, -HOUR: False}
ADDRESSES = {
    None: True,
    "127.0.0.1": True,
    "127.0.0.1-127.0.0.9": True,
    "127.0.0.2": False,
    "10.0.0.0-126.255.255.255": False,
}
PROTOCOLS = {None: True, "https,http": True, "https": False}
PERMISSIONS = {"r": True, "rd": True, "w": False}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobServer]:
    with running_emulator(tmp_path_factory.mktemp("emulator") / "root") as server:
        yield server


@pytest.mark.parametrize("kind", SIGNERS)
def test_a_sas_opens_only_where_every_one_of_its_limits_allows_it(
    server: BlobServer, kind: str
) -> None:
    container = server.new_container()
    container.upload_blob("clip.mov", b"content")
    path = blob_path(container.container_name, "clip.mov")
    now = datetime.now(UTC)
    for start, expiry, address, protocol, permission in product(
        STARTS, EXPIRIES, ADDRESSES, PROTOCOLS, PERMISSIONS
    ):
        limits = {
            "start": None if start is None else now + start,
            "expiry": now + expiry,
            "ip": address,
            "protocol": protocol,
            "permission": permission,
        }
        allowed = all(
            (
                STARTS[start],
                EXPIRIES[expiry],
                ADDRESSES[address],
                PROTOCOLS[protocol],
                PERMISSIONS[permission],
            )
        )
        sas = SIGNERS[kind](server, container.container_name, **limits)
        answer = server.send("GET", path, sas=sas)
        assert answer.status == (200 if allowed else 403), limits
        assert (answer.body == b"content") is allowed


@contextmanager
def any_mode() -> Iterator[None]:
    """Let files have whatever mode they are made with."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def test_nobody_else_can_read_what_is_kept_also_in_a_folder_that_was_there(
    tmp_path: Path,
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    root.chmod(0o755)
    try:
        with any_mode():
            connection = launch.start(root)
        with BlobServiceClient.from_connection_string(
            connection.storage_connection_string
        ) as storage:
            storage.create_container("films").upload_blob("clip.mov", b"content")
        modes = {path.name: path.stat().st_mode & 0o777 for path in root.iterdir()}
    finally:
        launch.stop(root)

    open_to_others = {name: oct(mode) for name, mode in modes.items() if mode & 0o077}
    assert open_to_others.keys() <= {"lock", "starting"}
    assert {"identity.json", "batch.db", "blob.db", "blobs", "nodes"} <= modes.keys()


def test_neither_keys_nor_signatures_come_into_the_log_or_a_tasks_files(tmp_path: Path) -> None:
    root = tmp_path / "root"
    try:
        connection = launch.start(root)
        signed = refused_transfers(connection)
        said = [root / "log.txt", *(path for path in (root / "nodes").rglob("*"))]
        texts = [path.read_text(errors="replace") for path in said if path.is_file()]
    finally:
        launch.stop(root)
    assert len(texts) > 3
    for secret in (connection.batch_key, connection.storage_key, "sig=", signed):
        assert not [text for text in texts if secret in text]


def refused_transfers(connection: Connection) -> str:
    """Run tasks whose files can't be had or stored, and send a request with a wrong SAS.

    Return the signature that was in their URLs.
    """
    sas = generate_account_sas(
        connection.storage_account,
        connection.storage_key,
        ResourceTypes(object=True),
        "rw",
        datetime.now(UTC) + HOUR,
    )
    missing = f"{connection.blob_endpoint}/films/clip.mov?{sas}"
    with pytest.raises(HttpResponseError), BlobClient.from_blob_url(missing + "x") as blob:
        blob.upload_blob(b"content")
    key = AzureNamedKeyCredential(connection.batch_account, connection.batch_key)
    with BatchClient(connection.batch_endpoint, key) as client:
        client.create_pool(examples.pool("pool"))
        client.create_job(examples.job("job", "pool"))
        for task_id, url in (("fetches", missing), ("tries", nobody_at(missing))):
            file = models.ResourceFile(http_url=url, file_path="clip.mov")
            client.create_task("job", examples.task(task_id, resource_files=[file]))
        client.create_task("job", examples.task("sends", output_files=[everything_to(missing)]))
        for task_id in ("fetches", "tries", "sends"):
            ended = examples.completed(client, "job", task_id)
            assert ended.execution_info is not None
            assert ended.execution_info.failure_info is not None
    return sas.partition("sig=")[2][:20]


def nobody_at(url: str) -> str:
    """Give a URL like another one, of a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return urlsplit(url)._replace(netloc=f"127.0.0.1:{port}").geturl()


def everything_to(container_url: str) -> models.OutputFile:
    return models.OutputFile(
        file_pattern="../std*.txt",
        destination=models.OutputFileDestination(
            container=models.OutputFileBlobContainerDestination(container_url=container_url)
        ),
        upload_options=models.OutputFileUploadConfiguration(
            upload_condition=models.OutputFileUploadCondition.TASK_COMPLETION
        ),
    )
