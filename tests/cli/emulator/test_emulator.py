"""`batchff emulator`, the service in a process of its own as for its users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.emulator import launch
from tests.cli.conftest import Batchff
from tests.emulator.entra import Tenant
from tests.emulator.examples import identity, pool
from tests.emulator.running import wait_until
from tests.identity.certificates import Certificates


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder for an emulator, which is stopped in the end."""
    folder = tmp_path / "emulator"
    yield folder
    launch.stop(folder)


def test_pools_get_no_more_cores_than_the_quota(batchff: Batchff, root: Path) -> None:
    assert batchff("emulator", "start", "--root", root, "--core-quota", 2).code == 0

    environment = batchff("--json", "emulator", "env", "--root", root).data
    credential = AzureNamedKeyCredential(
        environment["AZURE_BATCH_ACCOUNT"], environment["AZURE_BATCH_ACCESS_KEY"]
    )
    with BatchClient(environment["AZURE_BATCH_ENDPOINT"], credential) as client:
        client.create_pool(pool("p", nodes=3))
        wait_until(lambda: client.get_pool("p").allocation_state == "steady")
        made = client.get_pool("p")
        assert made.current_dedicated_nodes == 1
        assert [error.code for error in made.resize_errors or ()] == ["AccountCoreQuotaReached"]


def test_a_second_start_says_that_its_options_change_nothing(
    batchff: Batchff, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    started = batchff("--json", "emulator", "start", "--root", root.name)
    assert started.data["started"]
    assert started.data["root"] == str(root)

    again = batchff("emulator", "start", "--root", root, "--run-admin-tasks", "--idle", "0")
    assert again.code == 0
    assert again.out.startswith("emulator runs already, with the options it was started with: ")

    refused = batchff("emulator", "reset", "--yes", "--root", root)
    assert refused.code == 1
    assert refused.err == f"error: an emulator runs on {root} (Stop it first.)\n"


def test_with_a_certificate_it_speaks_https_and_takes_tokens(
    batchff: Batchff, root: Path, certificates: Certificates, tmp_path: Path
) -> None:
    tenant = Tenant(tmp_path)
    started = batchff(
        *("emulator", "start", "--root", root, "--tls-certificate", certificates.certificate),
        *("--tls-key", certificates.key, "--token-key", tenant.public_key),
        *("--pool-identity", identity("encoder")),
    )
    assert started.code == 0
    assert started.out.startswith("emulator started: Batch at https://127.0.0.1:")

    environment = batchff("--json", "emulator", "env", "--root", root).data
    assert "=https;" in environment["AZURE_STORAGE_CONNECTION_STRING"]
    with BatchClient(
        environment["AZURE_BATCH_ENDPOINT"],
        tenant.credential(),
        connection_verify=str(certificates.authority),
    ) as client:
        client.create_pool(pool("p", nodes=0))
        told = client.get_pool("p").identity
    assert told is not None and told.type == "UserAssigned"
    assert "Batch at https://" in batchff("emulator", "status", "--root", root).out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--tls-key", "key.pem"), "--tls-certificate and --tls-key go together"),
        (("--token-key", "key.pem"), "--token-key needs --tls-certificate"),
        (("--pool-identity", "encoder"), "isn't the resource id of an identity"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_starts(
    words: tuple[str, str], reason: str, batchff: Batchff, root: Path
) -> None:
    refused = batchff("emulator", "start", "--root", root, *words)

    assert refused.code == 2
    assert reason in refused.err
    assert not root.exists()


@pytest.mark.parametrize("words", [("--batch-port", "65536"), ("--core-quota", "-1")])
def test_a_number_that_cannot_be_is_refused_before_anything_starts(
    words: tuple[str, str], batchff: Batchff, root: Path
) -> None:
    refused = batchff("emulator", "start", "--root", root, *words)

    assert refused.code == 2
    assert f"Invalid value for '{words[0]}'" in refused.err
    assert not root.exists()
