from __future__ import annotations

from datetime import timedelta

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.emulator.launch import Connection
from tests.end_to_end.conftest import Batchff


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
    batchff("cleanup", "--all", "--yes")
