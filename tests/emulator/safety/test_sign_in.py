"""Signing in with tokens of Entra ID, as SDKs do it, and what the services answer to wrong ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import urllib3
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import BlobServiceClient

from tests.emulator.blob.servers import error_code
from tests.emulator.entra import BATCH, STORAGE, Tenant, claims_of
from tests.emulator.examples import completed, job, pool, task
from tests.emulator.running import Connection
from tests.identity.certificates import Certificates

Claims = dict[str, Any]
WRONG: dict[str, Claims] = {
    "expired": {"exp": int(time.time()) - 120},
    "early": {"nbf": int(time.time()) + 24 * 3600},
    "for another service": {"aud": "https://vault.azure.net"},
    "of another issuer": {"iss": "https://login.example/"},
}


@pytest.fixture
def batch(
    secure_emulator: Connection, certificates: Certificates, tenant: Tenant
) -> Callable[..., BatchClient]:
    """Makes a client of Batch that signs in with a token of these claims."""

    def client(**claims: Any) -> BatchClient:
        return BatchClient(
            secure_emulator.batch_endpoint,
            tenant.credential(**claims),
            connection_verify=str(certificates.authority),
            retry_total=0,
        )

    return client


@pytest.fixture
def blobs(
    secure_emulator: Connection, certificates: Certificates, tenant: Tenant
) -> Callable[..., BlobServiceClient]:
    """Makes a client of Blob that signs in with a token of these claims."""

    def client(**claims: Any) -> BlobServiceClient:
        return BlobServiceClient(
            f"{secure_emulator.blob_endpoint}/{secure_emulator.identity.storage.name}",
            credential=tenant.credential(**claims),
            connection_verify=str(certificates.authority),
            retry_total=0,
        )

    return client


def test_a_token_does_in_batch_what_the_key_does(batch: Callable[..., BatchClient]) -> None:
    with batch() as client:
        client.create_pool(pool("by-token"))
        client.create_job(job("by-token", "by-token"))
        client.create_task("by-token", task("t"))

        assert completed(client, "by-token", "t").state == "completed"


def test_a_token_does_with_blobs_what_the_key_does(
    blobs: Callable[..., BlobServiceClient],
) -> None:
    with blobs() as client:
        container = client.create_container("by-token")
        container.upload_blob("a", b"first")
        container.upload_blob("a", b"second", overwrite=True)

        assert container.download_blob("a").readall() == b"second"
        assert [blob.name for blob in container.list_blobs()] == ["a"]
        client.delete_container("by-token")


@pytest.mark.parametrize("name", WRONG)
def test_batch_refuses_a_token_that_does_not_hold(
    batch: Callable[..., BatchClient], name: str
) -> None:
    with batch(**WRONG[name]) as client, pytest.raises(HttpResponseError) as refusal:
        list(client.list_pools())

    assert refusal.value.status_code == 403
    assert refusal.value.error is not None
    assert refusal.value.error.code == "AuthenticationFailed"


@pytest.mark.parametrize("name", WRONG)
def test_storage_asks_for_another_token_where_one_does_not_hold(
    blobs: Callable[..., BlobServiceClient], name: str
) -> None:
    with blobs(**WRONG[name]) as client, pytest.raises(ClientAuthenticationError) as refusal:
        list(client.list_containers())

    assert refusal.value.status_code == 401
    assert error_code(refusal.value) == "InvalidAuthenticationInfo"


def test_each_service_refuses_a_token_for_the_other(
    batch: Callable[..., BatchClient], blobs: Callable[..., BlobServiceClient]
) -> None:
    with batch(aud=STORAGE) as client, pytest.raises(HttpResponseError, match="Audience"):
        list(client.list_pools())
    with blobs(aud=BATCH) as storage, pytest.raises(ClientAuthenticationError):
        list(storage.list_containers())


def test_storage_says_where_a_token_is_to_be_had(
    secure_emulator: Connection, certificates: Certificates
) -> None:
    path = f"/{secure_emulator.identity.storage.name}/?comp=list"
    for authorization in ({}, {"Authorization": "Bearer x"}):
        answer = get(secure_emulator.blob_endpoint, path, certificates, authorization)

        assert answer.status == 401
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith("Bearer authorization_uri=https://login.microsoftonline.com/")
        assert challenge.endswith(" resource_id=https://storage.azure.com")


def test_storage_takes_no_token_for_another_account(
    secure_emulator: Connection, certificates: Certificates, tenant: Tenant
) -> None:
    own = {"Authorization": f"Bearer {tenant.token(STORAGE)}"}

    answer = get(secure_emulator.blob_endpoint, "/another/?comp=list", certificates, own)

    assert answer.status == 403


def test_storage_takes_no_token_from_clients_older_than_tokens(
    secure_emulator: Connection, certificates: Certificates, tenant: Tenant
) -> None:
    account = secure_emulator.identity.storage.name
    old = {"Authorization": f"Bearer {tenant.token(STORAGE)}", "x-ms-version": "2017-07-29"}

    answer = get(secure_emulator.blob_endpoint, f"/{account}/?comp=list", certificates, old)

    assert answer.status == 403


def test_a_token_needs_a_loopback_host_too(
    secure_emulator: Connection, certificates: Certificates, tenant: Tenant
) -> None:
    own = {"Authorization": f"bearer {tenant.token(BATCH)}"}
    path = "/pools?api-version=2025-06-01"

    assert get(secure_emulator.batch_endpoint, path, certificates, own).status == 200
    foreign = own | {"Host": "evil.example"}
    assert get(secure_emulator.batch_endpoint, path, certificates, foreign).status == 403


def test_an_unsigned_token_is_refused_by_both(
    secure_emulator: Connection, certificates: Certificates
) -> None:
    account = secure_emulator.identity.storage.name
    for endpoint, path, resource, status in (
        (secure_emulator.batch_endpoint, "/pools?api-version=2025-06-01", BATCH, 403),
        (secure_emulator.blob_endpoint, f"/{account}/?comp=list", STORAGE, 401),
    ):
        token = jwt.encode(claims_of(resource), "", "none")
        answer = get(endpoint, path, certificates, {"Authorization": f"Bearer {token}"})
        assert answer.status == status


def test_the_keys_work_beside_tokens(
    secure_emulator: Connection, certificates: Certificates
) -> None:
    account = secure_emulator.identity.batch
    key = AzureNamedKeyCredential(account.name, account.key)
    with BatchClient(
        secure_emulator.batch_endpoint, key, connection_verify=str(certificates.authority)
    ) as client:
        assert list(client.list_supported_images())


def test_a_token_is_in_no_answer_and_in_no_log(
    secure_emulator: Connection,
    certificates: Certificates,
    tenant: Tenant,
    caplog: pytest.LogCaptureFixture,
) -> None:
    account = secure_emulator.identity.storage.name
    token = tenant.token(STORAGE, exp=1)
    with caplog.at_level(logging.DEBUG):
        for endpoint, path in (
            (secure_emulator.batch_endpoint, "/pools?api-version=2025-06-01"),
            (secure_emulator.blob_endpoint, f"/{account}/?comp=list"),
        ):
            answer = get(endpoint, path, certificates, {"Authorization": f"Bearer {token}"})
            assert answer.status in (401, 403)
            for part in token.split("."):
                assert part not in answer.data.decode()
                assert part not in caplog.text


def get(
    endpoint: str, path: str, certificates: Certificates, headers: dict[str, str]
) -> urllib3.BaseHTTPResponse:
    """Send a request as it stands."""
    with urllib3.PoolManager(ca_certs=str(certificates.authority), retries=False) as pool:
        sent = {"x-ms-version": "2021-12-02", **headers}
        return pool.request("GET", f"{endpoint}{path}", headers=sent)
