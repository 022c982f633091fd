"""With no account set up: the emulator that starts by itself, and its own commands."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient

from batchff.emulator import launch
from tests.emulator.examples import pool
from tests.emulator.running import wait_until
from tests.end_to_end.conftest import CLIPS, Batchff


@pytest.fixture(autouse=True)
def _nothing_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    launch.stop(launch.default_root())


def test_submit_starts_an_emulator_and_says_so(run: Batchff) -> None:
    first = run("submit", CLIPS / "city.mp4", "--out", "out")
    again = run("submit", CLIPS / "city.mp4", "--out", "out")

    assert first.code == again.code == 0
    assert first.err.splitlines()[0].startswith("no account is set up: using the emulator")
    assert "no account is set up" not in again.err
    assert Path("out/city.mp3").stat().st_size > 0


def test_whoever_names_local_isnt_told_that_there_is_no_account(run: Batchff) -> None:
    listed = run("--profile", "local", "pool", "list")
    assert listed.code == 0
    assert listed.err.startswith("the emulator on this machine (started at http://127.0.0.1:")


def test_usage_that_is_wrong_starts_nothing(run: Batchff) -> None:
    assert run("submit", "no-such-folder").code == 1
    assert run("submit", CLIPS, "--preset", "vhs").code == 2

    assert run("emulator", "status").out.startswith("not running")


def test_upload_with_storage_alone_starts_nothing(
    run: Batchff, emulator: launch.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", emulator.storage_connection_string)
    monkeypatch.setenv("BATCHFF_INPUT_CONTAINER", "storage-alone")

    assert run("upload", CLIPS).code == 0

    assert run("emulator", "status").out.startswith("not running")


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
    script = f'{exports}\nenv -0 | tr "\\n" " " | tr "\\0" "\\n" | grep ^AZURE_'
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
    blobs = BlobServiceClient.from_connection_string(environment["AZURE_STORAGE_CONNECTION_STRING"])
    assert list(blobs.list_containers()) == []


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
