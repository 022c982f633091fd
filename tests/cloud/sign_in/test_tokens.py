"""Storage by tokens over TLS: both of them as in Azure, on the emulator and on Azurite."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
import urllib3

from batchff.cloud.credentials import open_storage
from batchff.cloud.storage import Storage
from batchff.emulator.options import ServiceOptions, TlsFiles
from batchff.errors import BatchffError, ExitCode
from batchff.model.byte_ranges import ByteRange
from batchff.profile import resolve_profile
from tests import azurite
from tests.emulator.running import running_service
from tests.identity.proxy import running_proxy
from tests.identity.sign_in import SECRET, SignIn
from tests.storage_servers import download_to

# One of each server for them all.
pytestmark = pytest.mark.xdist_group("tokens")

STAMP = {"batchff": "1"}


@dataclass(frozen=True)
class Account:
    """A storage account that a token can open."""

    name: str
    url: str

    def storage(self) -> Storage:
        settings = {"storage_account": self.name, "storage_endpoint": self.url}
        return open_storage(resolve_profile(None, {**settings, "auth": "service-principal"}))


@pytest.fixture(scope="module")
def emulator(_endpoints: SignIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    certificates = _endpoints.certificates
    options = ServiceOptions(
        tls=TlsFiles(certificates.certificate, certificates.key),
        token_key=_endpoints.tenant.public_key,
    )
    with running_service(tmp_path_factory.mktemp("emulator"), options) as service:
        name = service.identity.storage.name
        yield Account(name, f"{service.blob_endpoint}/{name}")


@pytest.fixture(scope="module")
def real_azurite(
    _endpoints: SignIn, azurite_program: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    certificates = _endpoints.certificates
    options = (
        *("--inMemoryPersistence", "--oauth", "basic"),
        *("--cert", str(certificates.certificate), "--key", str(certificates.key)),
    )
    folder = tmp_path_factory.mktemp("azurite")
    with azurite.running_azurite(azurite_program, folder, *options) as url:
        yield Account(azurite.ACCOUNT, url)


@pytest.fixture(params=["emulator", "real_azurite"])
def account(
    request: pytest.FixtureRequest, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> Account:
    """Each of the two in turn, with an environment that signs in to them."""
    for name, value in sign_in.environment("service-principal").items():
        monkeypatch.setenv(name, value)
    account: Account = request.getfixturevalue(request.param)
    return account


only_the_emulator = pytest.mark.parametrize("account", ["emulator"], indirect=True)


@pytest.fixture
def container(account: Account) -> str:
    """A new container."""
    name = f"test-{uuid4().hex}"
    account.storage().ensure_container(name, STAMP)
    return name


def test_files_go_out_and_come_home(account: Account, container: str, tmp_path: Path) -> None:
    storage = account.storage()
    sent = tmp_path / "clip.mov"
    sent.write_bytes(b"frames" * 1000)
    storage.upload_file(container, "a b/clip", sent, metadata=STAMP, bytes_done=lambda _: None)

    [listed] = storage.list_blobs(container, "a b/", metadata=True)
    assert (listed.name, listed.size, dict(listed.metadata)) == ("a b/clip", 6000, STAMP)
    home = tmp_path / "home.mov"
    download_to(home, storage, container, "a b/clip")
    assert home.read_bytes() == sent.read_bytes()
    assert storage.blob_info(container, "a b/clip").size == 6000
    assert storage.read_end(container, "a b/clip", 6) == b"frames"
    storage.delete_blob(container, "a b/clip")
    assert not list(storage.list_blobs(container))


# Azurite 3.35 can't check a SAS of this SDK: it doesn't know what is signed since 2025-07-05.
@only_the_emulator
def test_a_blob_is_put_together(
    account: Account, container: str, caplog: pytest.LogCaptureFixture
) -> None:
    storage = account.storage()
    storage.upload_bytes(container, "in put", b"frames", STAMP)
    caplog.set_level(logging.DEBUG)

    for blob in ("a", "b"):
        storage.compose(container, blob, (container, "in put"), [b"head", ByteRange(2, 5)], STAMP)

    assert [storage.read_end(container, blob, 100) for blob in ("a", "b")] == [b"headame"] * 2
    said = "".join(record.getMessage() for record in caplog.records)
    assert "sig=" not in said
    keys = [record for record in caplog.records if f"{account.url}/?" in record.getMessage()]
    assert len(keys) == 1  # one delegated key for both


@only_the_emulator
def test_a_sas_is_signed_with_a_delegated_key(
    account: Account, container: str, sign_in: SignIn
) -> None:
    storage = account.storage()
    storage.upload_bytes(container, "in put", b"frames", STAMP)
    expiry = datetime.now(UTC) + timedelta(hours=1)
    read = storage.read_url(container, "in put", expiry=expiry)
    write = storage.write_url(container, expiry=expiry).replace("?", "/output?")
    assert "skoid=" in read and "skoid=" in write
    with urllib3.PoolManager(ca_certs=str(sign_in.certificates.authority)) as anybody:
        assert anybody.request("GET", read).data == b"frames"
        block = {"x-ms-blob-type": "BlockBlob"}
        assert anybody.request("PUT", read, body=b"others", headers=block).status == 403
        assert anybody.request("PUT", write, body=b"encoded", headers=block).status == 201
        assert anybody.request("GET", write).status == 403
    assert storage.read_end(container, "output", 100) == b"encoded"


@only_the_emulator
def test_a_containers_sas_lists_and_reads_and_does_nothing_else(
    account: Account, container: str, sign_in: SignIn
) -> None:
    storage = account.storage()
    storage.upload_bytes(container, "chunks/1", b"frames", STAMP)
    url = storage.read_container_url(container, expiry=datetime.now(UTC) + timedelta(hours=1))
    blob = url.replace("?", "/chunks/1?")
    with urllib3.PoolManager(ca_certs=str(sign_in.certificates.authority)) as anybody:
        listed = anybody.request("GET", f"{url}&restype=container&comp=list&prefix=chunks/")
        assert b"<Name>chunks/1</Name>" in listed.data
        assert anybody.request("GET", blob).data == b"frames"
        assert anybody.request("DELETE", blob).status == 403


@only_the_emulator
def test_one_delegated_key_signs_all_that_ends_at_one_time(
    account: Account, container: str, caplog: pytest.LogCaptureFixture
) -> None:
    storage = account.storage()
    expiry = datetime.now(UTC) + timedelta(days=6)
    caplog.set_level(logging.INFO, "azure")

    with ThreadPoolExecutor(8) as threads:
        urls = threads.map(
            lambda number: storage.read_url(container, f"clip {number}", expiry=expiry), range(40)
        )
        keys = {(facts["skt"][0], facts["ske"][0]) for facts in map(parse_qs, urls)}

    assert {end for _, end in keys} == {expiry.strftime("%Y-%m-%dT%H:%M:%SZ")}
    asked = [record for record in caplog.records if f"{account.url}/?" in record.getMessage()]
    assert len(asked) == len(keys) == 1


def test_a_client_outlives_its_tokens(account: Account, container: str, sign_in: SignIn) -> None:
    storage = account.storage()
    sign_in.lifetime = 30
    sign_in.given.clear()
    for name in ("a", "b"):
        storage.upload_bytes(container, name, b"frames", STAMP)
        assert [blob.name for blob in storage.list_blobs(container, name)] == [name]
    [tokens] = sign_in.given.values()
    assert len(tokens) >= 4


def test_a_token_that_is_refused_is_told_without_it(
    account: Account, container: str, sign_in: SignIn
) -> None:
    storage = account.storage()
    sign_in.lifetime = -3600
    for ask in (
        lambda: list(storage.list_blobs(container)),
        lambda: storage.blob_info(container, "a"),
        lambda: storage.read_url(container, "a", expiry=datetime.now(UTC) + timedelta(hours=1)),
    ):
        with pytest.raises(BatchffError) as raised:
            ask()
        error = raised.value
        assert error.exit_code is ExitCode.SIGN_IN
        told = ("clock", "Storage Blob Data Contributor", "tenant_id")
        assert any(part in error.hint for part in told), error.hint
        for tokens in sign_in.given.values():
            assert not [token for token in tokens if token in error.message + error.hint]


@only_the_emulator
def test_neither_secrets_nor_tokens_are_logged(
    account: Account, container: str, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    storage = account.storage()
    storage.upload_bytes(container, "a", b"frames", STAMP)
    url = storage.read_url(container, "a", expiry=datetime.now(UTC) + timedelta(hours=1))
    list(storage.list_blobs(container))
    assert {record.name.partition(".")[0] for record in caplog.records} >= {"azure", "msal"}
    signature = url.rpartition("sig=")[2]
    for secret in (SECRET, signature, *(t for given in sign_in.given.values() for t in given)):
        assert secret not in caplog.text


@only_the_emulator
def test_all_of_it_goes_through_a_proxy(
    account: Account, sign_in: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_proxy() as (url, asked):
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.delenv("no_proxy", raising=False)
        container = f"test-{uuid4().hex}"
        storage = account.storage()
        storage.ensure_container(container, STAMP)
        sent = tmp_path / "clip.mov"
        sent.write_bytes(b"frames")
        storage.upload_file(container, "clip", sent, metadata=STAMP, bytes_done=lambda _: None)
        del storage
    hosts = {
        address.removeprefix("https://").partition("/")[0] for address in (account.url, sign_in.url)
    }
    assert set(asked) == hosts


@only_the_emulator
def test_an_account_whose_certificate_nobody_trusts_gets_no_token(
    account: Account, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = account.storage()
    list(storage.list_blobs("none"))
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(BatchffError, match="TLS: unable to get local issuer certificate"):
        list(account.storage().list_blobs("none"))


@only_the_emulator
def test_whom_to_trust_may_be_a_folder_and_must_be_there(
    account: Account, sign_in: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    shutil.copy(sign_in.certificates.authority, folder / "ours.pem")
    subprocess.run(["openssl", "rehash", folder], check=True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder))
    assert list(account.storage().list_blobs("none")) == []
    storage = account.storage()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(BatchffError) as raised:
        list(storage.list_blobs("none"))
    assert "none.pem" in raised.value.message
