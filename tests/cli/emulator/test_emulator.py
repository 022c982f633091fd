"""`batchff emulator`, the service in a process of its own as for its users."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient

from batchff.emulator import launch
from tests.commands import Batchff
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


def test_pools_get_no_more_cores_than_the_quota(run: Batchff, root: Path) -> None:
    assert run("emulator", "start", "--root", root, "--core-quota", 2).code == 0

    environment = run("--json", "emulator", "env", "--root", root).result
    credential = AzureNamedKeyCredential(
        environment["AZURE_BATCH_ACCOUNT"], environment["AZURE_BATCH_ACCESS_KEY"]
    )
    with BatchClient(environment["AZURE_BATCH_ENDPOINT"], credential) as client:
        client.create_pool(pool("p", nodes=3))
        wait_until(lambda: client.get_pool("p").allocation_state == "steady")
        made = client.get_pool("p")
        assert made.current_dedicated_nodes == 1
        assert [error.code for error in made.resize_errors or ()] == ["AccountCoreQuotaReached"]


def test_a_second_start_refuses_other_options_by_name(
    run: Batchff, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    started = run("--json", "emulator", "start", "--root", root.name, "--strict", "--idle", "1h")
    assert started.result["started"]
    assert started.result["root"] == str(root)

    for options in ((), ("--strict",), ("--idle", "60m", "--batch-port", "0")):
        again = run("emulator", "start", "--root", root, *options)
        assert again.code == 0
        assert again.out.startswith("emulator runs already: Batch at http://127.0.0.1:")

    other = ("--run-admin-tasks", "--idle", "0", "--strict")
    refused = run("emulator", "start", "--root", root, *other)
    assert refused.code == 1
    assert refused.err == (
        f"error: an emulator runs on {root} already, with another --idle, --run-admin-tasks"
        f" (Stop it first: batchff emulator stop --root {root})\n"
    )

    refused = run("emulator", "reset", "--yes", "--root", root)
    assert refused.code == 1
    assert refused.err == f"error: an emulator runs on {root} (Stop it first.)\n"


def test_a_root_that_is_a_file_is_an_error_in_one_line(run: Batchff, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    for place, reason in ((file, "it's a file"), (file / "below", "Not a directory")):
        refused = run("emulator", "start", "--root", place)
        assert refused.code == 1
        assert refused.err == f"error: the emulator can't use the folder {place}: {reason}\n"


def test_with_a_certificate_it_speaks_https_and_takes_tokens(
    run: Batchff, root: Path, certificates: Certificates, tmp_path: Path
) -> None:
    tenant = Tenant(tmp_path)
    started = run(
        *("emulator", "start", "--root", root, "--tls-certificate", certificates.certificate),
        *("--tls-key", certificates.key, "--token-key", tenant.public_key),
        *("--pool-identity", identity("encoder")),
    )
    assert started.code == 0
    assert started.out.startswith("emulator started: Batch at https://127.0.0.1:")

    environment = run("--json", "emulator", "env", "--root", root).result
    assert "=https;" in environment["AZURE_STORAGE_CONNECTION_STRING"]
    with BatchClient(
        environment["AZURE_BATCH_ENDPOINT"],
        tenant.credential(),
        connection_verify=str(certificates.authority),
    ) as client:
        client.create_pool(pool("p", nodes=0))
        told = client.get_pool("p").identity
    assert told is not None and told.type == "UserAssigned"
    assert "Batch at https://" in run("emulator", "status", "--root", root).out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--tls-key", "key.pem"), "--tls-certificate and --tls-key go together"),
        (("--token-key", "key.pem"), "--token-key needs --tls-certificate"),
        (("--pool-identity", "encoder"), "isn't the resource id of an identity"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_starts(
    words: tuple[str, str], reason: str, run: Batchff, root: Path
) -> None:
    refused = run("emulator", "start", "--root", root, *words)

    assert refused.code == 2
    assert reason in refused.err
    assert not root.exists()


@pytest.mark.parametrize("words", [("--batch-port", "65536"), ("--core-quota", "-1")])
def test_a_number_that_cannot_be_is_refused_before_anything_starts(
    words: tuple[str, str], run: Batchff, root: Path
) -> None:
    refused = run("emulator", "start", "--root", root, *words)

    assert refused.code == 2
    assert f"Invalid value for '{words[0]}'" in refused.err
    assert not root.exists()


@pytest.fixture(autouse=True)
def _nothing_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    launch.stop(launch.default_root())


def test_the_emulators_commands(run: Batchff) -> None:
    started = run("--json", "emulator", "start")
    assert started.result["started"] is True
    assert run("--json", "emulator", "start").result["started"] is False
    assert run("--json", "emulator", "status").result["running"] is True
    refused = run("emulator", "reset", "--yes")
    assert refused.code == 1
    assert "an emulator runs on" in refused.err
    assert run("emulator", "stop").out == "emulator stopped\n"
    assert run("emulator", "stop").out == "no emulator runs\n"
    assert run("emulator", "reset", "--yes").out == "emulator reset\n"
    assert not (launch.default_root() / "identity.json").exists()


def test_reset_asks_first(run: Batchff) -> None:
    run("emulator", "start")
    run("emulator", "stop")

    ran = run("emulator", "reset")

    assert ran.code == 2
    assert "--yes" in ran.err
    assert (launch.default_root() / "identity.json").exists()


def test_env_is_what_any_azure_program_needs(run: Batchff) -> None:
    exports = run("emulator", "env").out
    script = f'{exports}\nenv -0 | tr "\\n" " " | tr "\\0" "\\n" | grep ^AZUR'
    seen = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    environment = dict(line.split("=", 1) for line in seen.splitlines())

    assert environment == json.loads(run("emulator", "env", "--json").out)
    assert environment == run("--json", "emulator", "env").result
    batch = BatchClient(
        environment["AZURE_BATCH_ENDPOINT"],
        AzureNamedKeyCredential(
            environment["AZURE_BATCH_ACCOUNT"], environment["AZURE_BATCH_ACCESS_KEY"]
        ),
    )
    assert list(batch.list_pools()) == []
    blobs_by = environment["AZURE_STORAGE_CONNECTION_STRING"]
    blobs = BlobServiceClient.from_connection_string(blobs_by)
    assert list(blobs.list_containers()) == []
    assert environment["AZURITE_CONNECTION_STRING"] == blobs_by
    assert environment["AZURE_STORAGE_BLOB_ENDPOINT"] == blobs.url.rstrip("/")


def test_a_token_is_accepted_by_an_emulator_with_its_key(
    run: Batchff, root: Path, certificates: Certificates, tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    token = run("emulator", "token", "--token-key", key).out.strip()
    assert os.stat(key).st_mode & 0o077 == 0
    run(
        *("emulator", "start", "--root", root, "--tls-certificate", certificates.certificate),
        *("--tls-key", certificates.key, "--token-key", key),
    )
    storage = run("--json", "emulator", "token", "--token-key", key, "--for", "storage").result
    environment = run("--json", "emulator", "env", "--root", root).result
    trust: dict[str, Any] = {"connection_verify": str(certificates.authority)}
    with BatchClient(environment["AZURE_BATCH_ENDPOINT"], Held(token), **trust) as client:
        assert list(client.list_pools()) == []
    blobs = BlobServiceClient(
        environment["AZURE_STORAGE_BLOB_ENDPOINT"], credential=Held(storage["token"]), **trust
    )
    assert list(blobs.list_containers()) == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--for", "queue"), "--for 'queue' is no service here (use batch or storage)"),
        (("--token-key", "none/key.pem"), "can't be made: No such file or directory"),
        (("--token-key", __file__), "is not the PEM file of a private key"),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    words: tuple[str, str], reason: str, run: Batchff, tmp_path: Path
) -> None:
    refused = run("emulator", "token", "--token-key", tmp_path / "key.pem", *words)
    assert refused.code != 0
    assert reason in refused.err


@dataclass(frozen=True)
class Held:
    """A credential of one token."""

    token: str

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(self.token, int(time.time()) + 3600)


def test_its_keys_are_readable_by_nobody_else(run: Batchff) -> None:
    run("emulator", "start")
    root = launch.default_root()

    for file in (root / "identity.json", root / "running.json"):
        assert os.stat(file).st_mode & 0o077 == 0
    assert os.stat(root).st_mode & 0o077 == 0


def test_a_spot_node_is_preempted_by_a_command(run: Batchff) -> None:
    environment = run("--json", "emulator", "env").result
    credential = AzureNamedKeyCredential(
        environment["AZURE_BATCH_ACCOUNT"], environment["AZURE_BATCH_ACCESS_KEY"]
    )
    batch = BatchClient(environment["AZURE_BATCH_ENDPOINT"], credential)
    batch.create_pool(pool("pool", nodes=0, target_low_priority_nodes=1))
    wait_until(lambda: [node.state for node in batch.list_nodes("pool")] == ["idle"])
    node = next(iter(batch.list_nodes("pool"))).id

    preempted = run("emulator", "preempt", node, "--return-after", "1h")
    again = run("emulator", "preempt", node)

    assert preempted.out.strip() == f"{node} preempted; it comes back after 3600 seconds"
    assert batch.get_node("pool", node).state == "preempted"
    assert again.code == 1
    assert "The node is preempted" in again.err


def test_a_spot_node_is_unusable_first_where_a_command_says_so(run: Batchff) -> None:
    environment = run("--json", "emulator", "env").result
    credential = AzureNamedKeyCredential(
        environment["AZURE_BATCH_ACCOUNT"], environment["AZURE_BATCH_ACCESS_KEY"]
    )
    batch = BatchClient(environment["AZURE_BATCH_ENDPOINT"], credential)
    batch.create_pool(pool("pool", nodes=0, target_low_priority_nodes=1))
    wait_until(lambda: [node.state for node in batch.list_nodes("pool")] == ["idle"])
    node = next(iter(batch.list_nodes("pool"))).id

    preempted = run("emulator", "preempt", node, "--unusable-first", "90s")

    assert preempted.out.strip() == (
        f"{node} unusable; preempted after 90 seconds; it comes back after 150 seconds"
    )
    assert batch.get_node("pool", node).state == "unusable"
