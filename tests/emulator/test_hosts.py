"""The names under which the emulator answers, and the account in them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.batch import models
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient, generate_container_sas

from batchff.emulator.hosts import account_in, is_loopback
from batchff.emulator.root import Account
from tests.emulator.examples import completed, job, pool, task
from tests.emulator.running import Connection, client_of, running_service


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:5", "own.blob.localhost:5"]
)
def test_a_name_of_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost"],
)
def test_any_other_name_is_foreign(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("host", "service", "account"),
    [
        ("own.blob.localhost:5", "blob", "own"),
        ("Own.Batch.localhost", "batch", "own"),
        ("own.batch.localhost", "blob", ""),
        ("a.own.blob.localhost", "blob", ""),
        ("own.blob.core.windows.net", "blob", ""),
        ("localhost", "blob", ""),
    ],
)
def test_the_account_is_before_the_services_name(host: str, service: str, account: str) -> None:
    assert account_in(host, service) == account


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with running_service(tmp_path_factory.mktemp("emulator")) as connection:
        yield connection


@pytest.fixture
def _resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve names below localhost, as RFC 6761 says; not every system does."""
    ask: Callable[..., Any] = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **options: Any) -> Any:
        name = "127.0.0.1" if str(host).endswith(".localhost") else host
        return ask(name, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def named(endpoint: str, account: str, service: str) -> str:
    """Give an endpoint in the style of Azure's own."""
    return endpoint.replace("127.0.0.1", f"{account}.{service}.localhost")


@pytest.mark.usefixtures("_resolved")
def test_the_sdks_work_with_the_accounts_name_in_the_host(own: Connection) -> None:
    storage = own.identity.storage
    blobs = BlobServiceClient(
        named(own.blob_endpoint, storage.name, "blob"),
        credential=AzureNamedKeyCredential(storage.name, storage.key),
        use_env_settings=False,
    )
    container = blobs.create_container("films")
    container.upload_blob("a/b c.txt", b"film")
    container.get_blob_client("copy").start_copy_from_url(
        own.storage().get_blob_client("films", "a/b c.txt").url
    )
    assert [each.name for each in container.list_blobs()] == ["a/b c.txt", "copy"]
    assert own.storage().get_blob_client("films", "copy").download_blob().readall() == b"film"

    endpoint = named(own.batch_endpoint, own.identity.batch.name, "batch")
    with client_of(endpoint, own.identity.batch) as client:
        client.create_pool(pool("p"))
        client.create_job(job("j", "p"))
        url = client.get_job("j").url
        assert url is not None and url.startswith(endpoint)


def test_nodes_fetch_by_such_a_name_where_no_resolver_knows_it(own: Connection) -> None:
    own.storage().create_container("sources").upload_blob("a.txt", b"film")
    account = own.identity.storage
    sas = generate_container_sas(
        account.name,
        "sources",
        account.key,
        permission="r",
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    url = f"{named(own.blob_endpoint, account.name, 'blob')}/sources/a.txt?{sas}"
    with own.client() as client:
        client.create_pool(pool("nodes"))
        client.create_job(job("fetch", "nodes"))
        fetched = models.ResourceFile(file_path="a.txt", http_url=url)
        client.create_task("fetch", task("t", "grep -q film a.txt", resource_files=[fetched]))
        done = completed(client, "fetch", "t")
    assert done.execution_info is not None and done.execution_info.exit_code == 0


def test_a_refusal_names_both_accounts_but_no_key(own: Connection) -> None:
    def refusal(name: str) -> str:
        account = Account(name, own.identity.batch.key)
        with client_of(own.batch_endpoint, account) as client:
            try:
                list(client.list_pools())
            except Exception as error:
                return str(error)
        raise AssertionError("it was let in")

    assert f"signed for '127', and this account is '{own.identity.batch.name}'" in refusal("127")
    assert own.identity.batch.key not in refusal(own.identity.batch.key)
