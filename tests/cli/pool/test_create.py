"""`batchff pool create`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.emulator.launch import Connection
from tests.commands import CLIPS, Batchff


def test_nodes_that_come_are_told(batchff: Batchff) -> None:
    ran = batchff("pool", "create", "ours", "--nodes", "1", "--wait", "--timeout", "1m")

    assert (ran.code, ran.out) == (0, "ours\n")
    lines = ran.err.splitlines()
    assert lines[0] == "pool ours made"
    assert lines[-1] == "nodes: 1 idle"


def test_waiting_ends_where_the_quota_allows_no_node(batchff: Batchff) -> None:
    words = ("--nodes", "1", "--vm-size", "Standard_D16s_v5")
    ran = batchff("pool", "create", "large", *words, "--wait")

    assert ran.code == 1
    assert ran.err == (
        "pool large made\n"
        "pool large stays, and its nodes are removed\n"
        "error: pool 'large' can't run a task: nodes can't be had: AccountCoreQuotaReached: "
        "The specified account core quota has been reached (ask for fewer nodes "
        "(batchff pool resize) or another --vm-size, or have the quota raised: "
        "see Quotas of the Batch account in the Azure portal)\n"
    )


def test_waiting_ends_where_no_node_can_fetch_its_ffmpeg(batchff: Batchff) -> None:
    words = ("--ffmpeg", "http://127.0.0.1:1/ffmpeg.tar.xz", "--ffmpeg-sha256", "0" * 64)
    ran = batchff("--json", "pool", "create", "ours", "--nodes", "1", *words, "--wait")

    assert ran.code == 1
    reason = "BlobDownloadMiscError: Miscellaneous error encountered while downloading"
    (failed,) = [event for event in ran.events if event["event"] == "node.failed"]
    assert failed["reason"].startswith(reason)
    assert "FilePath http://127.0.0.1:1/ffmpeg.tar.xz" in failed["reason"]
    assert f"the start task failed on node {failed['node']}: {reason}" in ran.error["message"]
    assert ran.error["hint"].endswith("batchff pool delete ours")


def test_a_timeout_goes_with_waiting(batchff: Batchff) -> None:
    ran = batchff("pool", "create", "ours", "--timeout", "1m")
    assert (ran.code, ran.err) == (2, "error: --timeout goes with --wait\n")


def test_a_pool_is_scaled_by_the_service_whatever_becomes_of_the_client(
    batchff: Batchff, account: Connection
) -> None:
    batchff("pool", "create", "scaled", "--nodes", "2", "--slots", "3", "--wait")

    service = BatchClient(
        account.batch_endpoint,
        AzureNamedKeyCredential(account.batch_account, account.batch_key),
    )
    pool = service.get_pool("scaled")
    assert pool.enable_auto_scale
    assert pool.auto_scale_evaluation_interval == timedelta(minutes=5)
    assert "$NodeDeallocationOption = taskcompletion;" in (pool.auto_scale_formula or "")
    assert pool.target_dedicated_nodes == 2
    assert pool.task_slots_per_node == 3
    assert pool.start_task is not None
    assert "ffmpeg" in pool.start_task.command_line


def test_asking_for_a_pool_twice_finds_it(batchff: Batchff) -> None:
    first = batchff("--json", "pool", "create", "--slots", "7")
    again = batchff("--json", "pool", "create", "--slots", "7")
    other = batchff("--json", "pool", "create", "--slots", "8")

    assert first.result["created"] is True
    assert again.result == {"pool": first.result["pool"], "created": False}
    assert other.result["pool"] != first.result["pool"]


def test_the_default_image_is_looked_up_in_the_services_list(
    batchff: Batchff, service: BatchClient
) -> None:
    batchff("pool", "create", "auto")
    batchff(
        "pool", "create", "older", "--image", "canonical:0001-com-ubuntu-server-jammy:22_04-lts"
    )

    def image(pool: str) -> tuple[Any, Any]:
        machine = service.get_pool(pool).virtual_machine_configuration
        assert machine is not None
        return machine.image_reference.offer, machine.node_agent_sku_id

    assert image("auto") == ("ubuntu-24_04-lts", "batch.node.ubuntu 24.04")
    assert image("older") == ("0001-com-ubuntu-server-jammy", "batch.node.ubuntu 22.04")
    unknown = batchff("--json", "pool", "create", "new", "--image", "debian:debian-12:21")
    assert unknown.code == 1
    assert "debian:debian-12:12" in unknown.error["hint"]
    assert "new" not in [pool.id for pool in service.list_pools()]


def test_a_pool_that_stands_with_another_specification_is_told_in_what(batchff: Batchff) -> None:
    batchff("pool", "create", "stands", "--slots", "2", "--nodes", "1")

    other = batchff("pool", "create", "stands", "--slots", "3", "--vm-size", "Standard_D8s_v5")

    assert other.code == 1
    assert (
        "pool 'stands' exists with --vm-size Standard_D4s_v5 instead of Standard_D8s_v5, "
        "--slots 2 instead of 3" in other.err
    )


def test_only_the_counts_of_nodes_are_changed_in_place(
    batchff: Batchff, service: BatchClient
) -> None:
    batchff("pool", "create", "grows", "--nodes", "1")

    planned = batchff("submit", CLIPS, "--pool", "grows", "--spot", "2", "--dry-run")
    assert (planned.code, "from now on" in planned.err) == (0, False)

    grown = batchff("--json", "pool", "create", "grows", "--spot", "2", "--max-nodes", "3")

    assert grown.result["created"] is False
    (notice,) = [event["message"] for event in grown.events if event["event"] == "notice"]
    assert notice == (
        "pool grows now has --nodes 0 instead of 1, --spot 2 instead of 0, "
        "--max-nodes 3 instead of 1"
    )
    pool = service.get_pool("grows")
    assert {item.name: item.value for item in pool.metadata or ()}["batchff_spot"] == "2"
    again = batchff("--json", "pool", "create", "grows", "--spot", "2", "--max-nodes", "3")
    assert not [event for event in again.events if event["event"] == "notice"]


def test_what_the_service_refuses_is_named(batchff: Batchff) -> None:
    group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/films"
    subnet = f"{group}/providers/Microsoft.Network/virtualNetworks/net/subnets/sub"
    refused = batchff("--json", "pool", "create", "inside", "--subnet", subnet)

    assert refused.code == 1
    assert "(subnetId: " in refused.error["message"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server, and the folder of what it has."""
    folder = tmp_path / "web"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(folder))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", folder
        finally:
            server.shutdown()
            thread.join()
