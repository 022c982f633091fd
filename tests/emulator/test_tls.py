"""The emulator over HTTPS, with an authority that only these tests know."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ServiceRequestError
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from batchff.emulator import launch
from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch import control
from batchff.emulator.options import ServiceOptions, TlsFiles
from batchff.emulator.tls import check_tls, node_trust, service_trust
from tests.emulator.blob.servers import serving
from tests.emulator.examples import completed, job, output, pool, task
from tests.emulator.running import Connection, running_service
from tests.identity.certificates import Certificates


@pytest.fixture
def batch(secure_emulator: Connection, certificates: Certificates) -> Iterator[BatchClient]:
    account = secure_emulator.identity.batch
    with BatchClient(
        secure_emulator.batch_endpoint,
        AzureNamedKeyCredential(account.name, account.key),
        connection_verify=str(certificates.authority),
    ) as client:
        yield client


@pytest.fixture
def blobs(secure_emulator: Connection, certificates: Certificates) -> Iterator[BlobServiceClient]:
    account = secure_emulator.identity.storage
    with BlobServiceClient(
        f"{secure_emulator.blob_endpoint}/{account.name}",
        credential=AzureNamedKeyCredential(account.name, account.key),
        connection_verify=str(certificates.authority),
    ) as client:
        yield client


def test_the_keys_work_over_https(batch: BatchClient, blobs: BlobServiceClient) -> None:
    assert list(batch.list_supported_images())
    assert blobs.get_account_information()["account_kind"] == "StorageV2"


def test_all_urls_that_it_tells_are_https(batch: BatchClient) -> None:
    batch.create_pool(pool("told", nodes=0))

    assert str(batch.get_pool("told").url).startswith("https://127.0.0.1:")


def test_a_client_that_does_not_know_the_authority_gets_nothing(
    secure_emulator: Connection,
) -> None:
    account = secure_emulator.identity.batch
    key = AzureNamedKeyCredential(account.name, account.key)
    with (
        BatchClient(secure_emulator.batch_endpoint, key, retry_total=0) as client,
        pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        list(client.list_pools())


def test_a_task_takes_its_files_from_it_and_brings_them_to_it(
    secure_emulator: Connection, batch: BatchClient, blobs: BlobServiceClient
) -> None:
    container = blobs.create_container("films")
    container.upload_blob("clip.mov", b"film")
    url = f"{container.url}?{_sas(secure_emulator, 'films')}"
    clip = f"{container.url}/clip.mov?{_sas(secure_emulator, 'films')}"
    batch.create_pool(pool("works"))
    batch.create_job(job("works", "works"))

    batch.create_task(
        "works",
        task(
            "t",
            "sh -c 'env > env.txt; cp clip.mov copy.mov'",
            resource_files=[models.ResourceFile(http_url=clip, file_path="clip.mov")],
            output_files=[_output("copy.mov", url), _output("env.txt", url)],
        ),
    )

    ended = completed(batch, "works", "t")
    assert ended.execution_info is not None
    assert ended.execution_info.failure_info is None
    assert container.download_blob("copy.mov").readall() == b"film"
    environment = container.download_blob("env.txt").readall()
    assert b"AZ_BATCH_ACCOUNT_URL=https://127.0.0.1:" in environment
    assert b"CA_BUNDLE" not in environment


def _sas(connection: Connection, container: str) -> str:
    account = connection.identity.storage
    return generate_container_sas(
        account.name,
        container,
        account.key,
        permission=ContainerSasPermissions(read=True, write=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
        protocol="https",
    )


def _output(name: str, url: str) -> models.OutputFile:
    return models.OutputFile(
        file_pattern=name,
        destination=models.OutputFileDestination(
            container=models.OutputFileBlobContainerDestination(container_url=url, path=name)
        ),
        upload_options=models.OutputFileUploadConfiguration(upload_condition="taskcompletion"),
    )


def test_started_detached_it_is_found_told_of_and_stopped_over_https(
    tmp_path: Path, certificates: Certificates, tls: TlsFiles
) -> None:
    root = tmp_path / "emulator"
    try:
        connection = launch.start(root, ServiceOptions(tls=tls))

        assert connection.batch_endpoint.startswith("https://127.0.0.1:")
        assert connection.certificate == tls.certificate
        assert launch.find(root) == launch.start(root) == connection
        assert launch.status(root).blob_endpoint == connection.blob_endpoint
        said = connection.environment()["AZURE_STORAGE_CONNECTION_STRING"]
        assert said.startswith("DefaultEndpointsProtocol=https;")
        assert f"BlobEndpoint={connection.blob_endpoint};" in said
        with BlobServiceClient.from_connection_string(
            said, connection_verify=str(certificates.authority)
        ) as blob:
            blob.create_container("films")
        with pytest.raises(EmulatorError, match="The specified node does not exist"):
            control.preempt(root, "none", 60)
    finally:
        assert launch.stop(root)


def test_its_ports_are_the_same_with_and_without_tls(tmp_path: Path, tls: TlsFiles) -> None:
    with running_service(tmp_path) as plain:
        pass
    with running_service(tmp_path, ServiceOptions(tls=tls)) as secure:
        assert secure.batch_endpoint == plain.batch_endpoint.replace("http:", "https:")


def test_a_certificate_that_is_not_there_is_told(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem")
    with pytest.raises(EmulatorError, match="can't be read: No such file"):
        launch.start(tmp_path / "root", ServiceOptions(tls=files))


def test_a_key_of_another_certificate_is_told(tmp_path: Path, tls: TlsFiles) -> None:
    files = TlsFiles(tls.certificate, issued(tmp_path, trustme.CA(), "127.0.0.1").key)
    service = running_service(tmp_path / "root", ServiceOptions(tls=files))
    with pytest.raises(EmulatorError, match="aren't a certificate and its key"), service:
        pass


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [(-2, -1, r"expired on \d{4}-\d\d-\d\d \d\d:\d\dZ; no client"), (1, 2, "begins 20")],
)
def test_a_certificate_that_is_not_good_now_is_told_at_once(
    tmp_path: Path, begin: int, end: int, said: str
) -> None:
    now = datetime.now(UTC)
    days = (now + timedelta(days=begin), now + timedelta(days=end))
    files = issued(tmp_path, trustme.CA(), "127.0.0.1", days)
    with pytest.raises(EmulatorError, match=said):
        launch.start(tmp_path / "root", ServiceOptions(tls=files))


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (Path(), "can't be read: Is a directory"),
        (Path("locked.pem"), "aren't a certificate and its key"),
        (Path("text.pem"), "aren't a certificate and its key"),
    ],
)
def test_a_key_that_can_not_be_used_is_told(
    tmp_path: Path, tls: TlsFiles, key: Path, said: str
) -> None:
    private = load_pem_private_key(tls.key.read_bytes(), None)
    locked = private.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    (tmp_path / "text.pem").write_text("no key\n")
    with pytest.raises(EmulatorError, match=said):
        check_tls(TlsFiles(tls.certificate, tmp_path / key), "127.0.0.1", datetime.now(UTC))


def test_a_certificate_for_another_name_is_told(tmp_path: Path) -> None:
    files = issued(tmp_path, trustme.CA(), "emulator.example")
    service = running_service(tmp_path / "root", ServiceOptions(tls=files))
    with pytest.raises(EmulatorError, match=r"is not for 127\.0\.0\.1") as error, service:
        pass
    assert "IP:127.0.0.1" in str(error.value.hint)


def test_nodes_believe_the_emulator_the_environment_and_no_one_else(
    secure_emulator: Connection,
    certificates: Certificates,
    tls: TlsFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = issued(tmp_path, trustme.CA(), "127.0.0.1").certificate

    assert believes(service_trust(tls.certificate), secure_emulator)
    assert believes(node_trust(tls.certificate), secure_emulator)
    assert not believes(service_trust(other), secure_emulator)
    assert not believes(node_trust(other), secure_emulator)
    with monkeypatch.context() as environment:
        environment.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
        assert believes(node_trust(other), secure_emulator)
        assert not believes(service_trust(other), secure_emulator)
    with monkeypatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(certificates.authority))
        assert believes(node_trust(other), secure_emulator)


def test_without_any_of_these_the_systems_authorities_are_read_when_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    assert node_trust(None) is None


def believes(trust: ssl.SSLContext | None, service: Connection) -> bool:
    assert trust is not None
    url = urlsplit(service.blob_endpoint)
    with socket.create_connection((url.hostname, url.port)) as plain:
        try:
            trust.wrap_socket(plain, server_hostname=url.hostname).close()
        except ssl.SSLCertVerificationError:
            return False
    return True


def issued(
    folder: Path,
    authority: trustme.CA,
    name: str,
    days: tuple[datetime, datetime] | tuple[None, None] = (None, None),
) -> TlsFiles:
    """Issue a certificate for a name or address, good from one time to another."""
    begin, end = days
    made = authority.issue_cert(name, not_before=begin, not_after=end)
    files = TlsFiles(folder / "certificate.pem", folder / "key.pem")
    made.cert_chain_pems[0].write_to_path(files.certificate)
    made.private_key_pem.write_to_path(files.key)
    return files


def test_a_bundle_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(EmulatorError, match="REQUESTS_CA_BUNDLE"):
        node_trust(None)


def test_a_task_takes_files_from_storage_of_another_authority(
    tls: TlsFiles, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    other = issued(tmp_path, authority, "127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))

    async def film(scope: Scope, receive: Receive, send: Send) -> None:
        await Response("film")(scope, receive, send)

    secured = {"ssl_certfile": other.certificate, "ssl_keyfile": other.key, "lifespan": "off"}
    with (
        serving(film, **secured) as port,
        running_service(tmp_path / "emulator", ServiceOptions(tls=tls)) as service,
        BatchClient(
            service.batch_endpoint,
            AzureNamedKeyCredential(service.identity.batch.name, service.identity.batch.key),
            connection_verify=str(certificates.authority),
        ) as client,
    ):
        client.create_pool(pool("p"))
        client.create_job(job("j", "p"))
        url = f"https://127.0.0.1:{port}/clip.mov"
        clip = models.ResourceFile(http_url=url, file_path="clip.mov")
        client.create_task("j", task("t", "cat clip.mov", resource_files=[clip]))
        completed(client, "j", "t")
        assert output(client, "j", "t") == "film"
