"""User delegation keys and what is signed with them, over TLS as clients do it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
import urllib3
from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ContainerSasPermissions,
    UserDelegationKey,
    generate_blob_sas,
    generate_container_sas,
)

from batchff.emulator.options import ServiceOptions, TlsFiles
from tests.emulator.blob.servers import error_code
from tests.emulator.entra import OBJECT, TENANT, Tenant
from tests.emulator.examples import completed, job, pool, task
from tests.emulator.running import Connection, running_service
from tests.identity.certificates import Certificates

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def blobs(
    secure_emulator: Connection, certificates: Certificates, tenant: Tenant
) -> Iterator[BlobServiceClient]:
    with signed_in(secure_emulator, certificates, tenant.credential()) as client:
        yield client


@pytest.fixture
def key(blobs: BlobServiceClient) -> UserDelegationKey:
    return blobs.get_user_delegation_key(now() - HOUR, now() + DAY)


@pytest.fixture
def container(blobs: BlobServiceClient) -> ContainerClient:
    container = blobs.create_container(f"test-{uuid4().hex}")
    container.upload_blob("clip.mov", b"film")
    return container


@pytest.fixture
def http(certificates: Certificates) -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(ca_certs=str(certificates.authority), retries=False) as pool:
        yield pool


def signed_in(
    service: Connection, certificates: Certificates, credential: Any
) -> BlobServiceClient:
    return BlobServiceClient(
        f"{service.blob_endpoint}/{service.identity.storage.name}",
        credential=credential,
        connection_verify=str(certificates.authority),
        retry_total=0,
    )


# The key


def test_a_key_says_whose_it_is_and_how_long_it_holds(blobs: BlobServiceClient) -> None:
    start, expiry = now().replace(microsecond=0), now().replace(microsecond=0) + timedelta(days=7)

    key = blobs.get_user_delegation_key(start, expiry)

    assert (key.signed_oid, key.signed_tid) == (OBJECT, TENANT)
    assert key.signed_start == start.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert key.signed_expiry == expiry.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert key.signed_service == "b"
    assert len(base64.b64decode(str(key.value))) == 32


def test_each_person_and_each_time_has_a_key_of_its_own(
    secure_emulator: Connection,
    certificates: Certificates,
    tenant: Tenant,
    blobs: BlobServiceClient,
) -> None:
    start, expiry = now(), now() + HOUR
    other = tenant.credential(oid="99999999-0000-0000-0000-000000000000")

    values = [blobs.get_user_delegation_key(start, expiry).value for _ in range(2)]
    values.append(blobs.get_user_delegation_key(start, expiry + HOUR).value)
    with signed_in(secure_emulator, certificates, other) as client:
        values.append(client.get_user_delegation_key(start, expiry).value)

    assert values[0] == values[1]
    assert len(set(values)) == 3
    assert secure_emulator.identity.storage.key not in values


@pytest.mark.parametrize(
    ("start", "expiry"),
    [
        (timedelta(), timedelta(days=7, minutes=1)),
        (timedelta(days=8), timedelta(days=8)),
        (HOUR, timedelta()),
        (-2 * DAY, -DAY),
    ],
    ids=["more than 7 days", "in 8 days", "backwards", "past"],
)
def test_a_key_for_other_times_is_refused(
    blobs: BlobServiceClient, start: timedelta, expiry: timedelta
) -> None:
    with pytest.raises(HttpResponseError) as refusal:
        blobs.get_user_delegation_key(now() + start, now() + expiry)

    assert refusal.value.status_code == 400
    assert error_code(refusal.value) == "InvalidXmlNodeValue"


@pytest.mark.parametrize("body", ["", "<KeyInfo>", "<Other />", "<KeyInfo />"])
def test_a_body_that_is_none_is_refused(
    secure_emulator: Connection, tenant: Tenant, http: urllib3.PoolManager, body: str
) -> None:
    account = secure_emulator.identity.storage.name
    answer = http.request(
        "POST",
        f"{secure_emulator.blob_endpoint}/{account}/?restype=service&comp=userdelegationkey",
        headers={
            "Authorization": f"Bearer {tenant.token('https://storage.azure.com')}",
            "x-ms-version": "2021-12-02",
        },
        body=body,
    )

    assert answer.status == 400
    assert answer.headers["x-ms-error-code"].startswith("InvalidXml")


def test_a_key_bound_to_another_tenants_user_is_refused_by_name(blobs: BlobServiceClient) -> None:
    with pytest.raises(HttpResponseError, match="DelegatedUserTid") as refusal:
        blobs.get_user_delegation_key(now(), now() + HOUR, delegated_user_tid=TENANT)
    assert refusal.value.status_code == 501


def test_neither_the_accounts_key_nor_a_sas_gets_one(
    secure_emulator: Connection,
    certificates: Certificates,
    key: UserDelegationKey,
    container: ContainerClient,
) -> None:
    account = secure_emulator.identity.storage
    shared = AzureNamedKeyCredential(account.name, account.key)
    for credential in (shared, container_sas(container, key, "racwdl")):
        with (
            signed_in(secure_emulator, certificates, credential) as client,
            pytest.raises(HttpResponseError) as refusal,
        ):
            client.get_user_delegation_key(now(), now() + HOUR)
        assert refusal.value.status_code == 403


# What is signed with it


def blob_sas(container: ContainerClient, key: UserDelegationKey, letters: str, **more: Any) -> str:
    return generate_blob_sas(
        str(container.account_name),
        container.container_name,
        "clip.mov",
        user_delegation_key=key,
        permission=BlobSasPermissions.from_string(letters),
        expiry=more.pop("expiry", now() + HOUR),
        **more,
    )


def container_sas(
    container: ContainerClient, key: UserDelegationKey, letters: str, **more: Any
) -> str:
    return generate_container_sas(
        str(container.account_name),
        container.container_name,
        user_delegation_key=key,
        permission=ContainerSasPermissions.from_string(letters),
        expiry=more.pop("expiry", now() + HOUR),
        **more,
    )


def test_a_blobs_sas_reads_that_blob_alone(
    container: ContainerClient, key: UserDelegationKey, http: urllib3.PoolManager
) -> None:
    container.upload_blob("other.mov", b"film")
    sas = blob_sas(container, key, "r", start=now() - HOUR, protocol="https")

    assert http.request("GET", f"{container.url}/clip.mov?{sas}").data == b"film"
    assert http.request("GET", f"{container.url}/other.mov?{sas}").status == 403
    assert http.request("DELETE", f"{container.url}/clip.mov?{sas}").status == 403


def test_a_containers_sas_does_what_its_letters_say(
    container: ContainerClient, key: UserDelegationKey, http: urllib3.PoolManager
) -> None:
    write, listing = container_sas(container, key, "cw"), container_sas(container, key, "l")
    headers = {"x-ms-blob-type": "BlockBlob"}
    new = f"{container.url}/new.mov"

    assert http.request("PUT", f"{new}?{write}", headers=headers, body=b"x").status == 201
    assert http.request("GET", f"{new}?{write}").status == 403
    names = http.request("GET", f"{container.url}?restype=container&comp=list&{listing}").data
    assert b"new.mov" in names


@pytest.mark.parametrize(
    "limits",
    [
        {"expiry": now() - HOUR},
        {"start": now() + HOUR / 2},
        {"ip": "10.1.2.3"},
    ],
    ids=["expired", "early", "address"],
)
def test_a_sas_holds_only_within_its_limits(
    container: ContainerClient,
    key: UserDelegationKey,
    http: urllib3.PoolManager,
    limits: dict[str, Any],
) -> None:
    sas = container_sas(container, key, "r", **limits)

    assert http.request("GET", f"{container.url}/clip.mov?{sas}").status == 403


def test_a_sas_holds_no_longer_than_its_key(
    blobs: BlobServiceClient, container: ContainerClient, http: urllib3.PoolManager
) -> None:
    key = blobs.get_user_delegation_key(now() + HOUR, now() + 2 * HOUR)
    sas = container_sas(container, key, "r", expiry=now() + 2 * HOUR)

    answer = http.request("GET", f"{container.url}/clip.mov?{sas}")

    assert answer.status == 403
    assert b"key time frame" in answer.data


@pytest.mark.parametrize(
    "name", ["skoid", "sktid", "skt", "ske", "sks", "skv", "sp", "se", "sv", "sr", "sig"]
)
def test_a_sas_that_was_changed_is_refused(
    container: ContainerClient, key: UserDelegationKey, http: urllib3.PoolManager, name: str
) -> None:
    sas = container_sas(container, key, "r")
    changed = sas.replace(f"&{name}=", f"&{name}=2", 1)
    if sas.startswith(f"{name}="):
        changed = sas.replace(f"{name}=", f"{name}=2", 1)
    assert changed != sas

    assert http.request("GET", f"{container.url}/clip.mov?{changed}").status == 403


@pytest.mark.parametrize("name", ["saoid", "suoid", "skdutid", "sduoid", "srh", "srq"])
def test_what_only_some_accounts_have_is_refused_by_name(
    secure_emulator: Connection,
    container: ContainerClient,
    key: UserDelegationKey,
    http: urllib3.PoolManager,
    name: str,
) -> None:
    sas = signed_by_the_book("2026-04-06", secure_emulator, container, key, {name: "x"})

    answer = http.request("GET", f"{container.url}/clip.mov?{sas}")

    assert answer.status == 501
    assert name in answer.data.decode()


VERSIONS = [
    *("2018-11-09", "2019-12-12", "2020-02-10", "2020-10-02", "2020-12-06", "2021-12-02"),
    *("2025-01-05", "2025-07-05", "2026-02-06", "2026-04-06", "2026-10-06"),
]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_versions_way_to_sign_is_known(
    secure_emulator: Connection,
    container: ContainerClient,
    key: UserDelegationKey,
    http: urllib3.PoolManager,
    version: str,
) -> None:
    sas = signed_by_the_book(version, secure_emulator, container, key)

    assert http.request("GET", f"{container.url}/clip.mov?{sas}").data == b"film"
    older = sas.replace(f"sv={version}", "sv=2018-03-28")
    assert http.request("GET", f"{container.url}/clip.mov?{older}").status == 403


def signed_by_the_book(
    version: str,
    service: Connection,
    container: ContainerClient,
    key: UserDelegationKey,
    more: dict[str, str] | None = None,
) -> str:
    """Sign as the documentation says, apart from any SDK."""
    given = {
        "sp": "r",
        "se": (now() + HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "skoid": str(key.signed_oid),
        "sktid": str(key.signed_tid),
        "skt": str(key.signed_start),
        "ske": str(key.signed_expiry),
        "sks": "b",
        "skv": str(key.signed_version),
        "spr": "https",
        "sv": version,
        "sr": "c",
        **(more or {}),
    }
    names = ["skoid", "sktid", "skt", "ske", "sks", "skv"]
    if version >= "2020-02-10":
        names += ["saoid", "suoid", "scid"]
    if version >= "2025-07-05":
        names += ["skdutid", "sduoid"]
    names += ["sip", "spr", "sv", "sr", "snapshot"]
    if version >= "2020-12-06":
        names += ["ses"]
    if version >= "2026-04-06":
        names += ["srh", "srq"]
    names += ["rscc", "rscd", "rsce", "rscl", "rsct"]
    account = service.identity.storage.name
    lines = [
        given["sp"],
        "",
        given["se"],
        f"/blob/{account}/{container.container_name}",
        *(given.get(name, "") for name in names),
    ]
    secret = base64.b64decode(str(key.value))
    digest = hmac.new(secret, "\n".join(lines).encode(), hashlib.sha256).digest()
    return urlencode(given | {"sig": base64.b64encode(digest).decode()}, quote_via=quote)


def test_it_holds_after_a_restart_and_without_tokens(
    tls: TlsFiles,
    tenant: Tenant,
    certificates: Certificates,
    tmp_path: Path,
    http: urllib3.PoolManager,
) -> None:
    options = ServiceOptions(tls=tls, token_key=tenant.public_key)
    with (
        running_service(tmp_path, options) as service,
        signed_in(service, certificates, tenant.credential()) as client,
    ):
        container = client.create_container("films")
        container.upload_blob("clip.mov", b"film")
        key = client.get_user_delegation_key(now(), now() + DAY)
        url = f"{container.url}/clip.mov?{blob_sas(container, key, 'r')}"
    with running_service(tmp_path, ServiceOptions(tls=tls)):
        assert http.request("GET", url).data == b"film"


def test_a_task_works_with_delegated_sas_alone(
    secure_emulator: Connection,
    tenant: Tenant,
    certificates: Certificates,
    container: ContainerClient,
    key: UserDelegationKey,
) -> None:
    name = container.container_name
    source = f"{container.url}/clip.mov?{blob_sas(container, key, 'r')}"
    target = f"{container.url}?{container_sas(container, key, 'cw')}"
    with BatchClient(
        secure_emulator.batch_endpoint,
        tenant.credential(),
        connection_verify=str(certificates.authority),
    ) as batch:
        batch.create_pool(pool(name))
        batch.create_job(job(name, name))
        batch.create_task(
            name,
            task(
                "t",
                "cp clip.mov copy.mov",
                resource_files=[models.ResourceFile(http_url=source, file_path="clip.mov")],
                output_files=[
                    models.OutputFile(
                        file_pattern="copy.mov",
                        destination=models.OutputFileDestination(
                            container=models.OutputFileBlobContainerDestination(
                                container_url=target, path="copy.mov"
                            )
                        ),
                        upload_options=models.OutputFileUploadConfiguration(
                            upload_condition="tasksuccess"
                        ),
                    )
                ],
            ),
        )
        ended = completed(batch, name, "t")

    assert ended.execution_info is not None
    assert ended.execution_info.failure_info is None
    assert container.download_blob("copy.mov").readall() == b"film"
