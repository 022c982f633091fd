"""`batchff pool resize` and `pool delete`."""

from __future__ import annotations

import pytest
from azure.batch import BatchClient, models

from tests.cli.pool.conftest import made, metadata, shown
from tests.commands import Batchff
from tests.emulator.running import wait_until
from tests.foreign import IMAGE, make_job, make_pool


def test_a_pool_of_ours_gets_the_formula_for_its_new_counts(
    batchff: Batchff, service: BatchClient
) -> None:
    made(batchff, "ours", "--nodes", "1")

    ran = batchff("pool", "resize", "ours", "--nodes", "2", "--spot", "1")

    assert shown(ran) == "pool ours is to have 2 dedicated and 1 Spot nodes\n"
    wait_until(lambda: len(list(service.list_nodes("ours"))) == 3)
    assert service.get_pool("ours").enable_auto_scale
    kept = metadata(service, "ours")
    assert (kept["batchff_nodes"], kept["batchff_spot"]) == ("2", "1")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nothing to change"),
        (["--nodes", "0"], "a pool needs a node"),
        (["--nodes", "3", "--max-nodes", "2"], "--max-nodes 2 is fewer than 3 dedicated nodes"),
    ],
)
def test_counts_that_can_not_be_are_refused(batchff: Batchff, words: list[str], told: str) -> None:
    batchff("pool", "create", "ours", "--nodes", "1")

    ran = batchff("pool", "resize", "ours", *words)

    assert ran.code == 2
    assert ran.err.startswith(f"error: {told}")


def test_somebody_elses_pool_is_resized_as_it_is(batchff: Batchff, service: BatchClient) -> None:
    make_pool(service, "fixed", nodes=1)
    wait_until(lambda: service.get_pool("fixed").allocation_state == "steady")

    assert batchff("--json", "pool", "resize", "fixed", "--spot", "1").result == {
        "pool": "fixed",
        "nodes": 1,
        "spot": 1,
    }

    pool = service.get_pool("fixed")
    assert (pool.target_dedicated_nodes, pool.target_low_priority_nodes) == (1, 1)
    refused = batchff("pool", "resize", "fixed", "--max-nodes", "5")
    assert refused.err == "error: --max-nodes is for batchff's pools, and 'fixed' is none\n"


def test_somebody_elses_formula_stays(batchff: Batchff, service: BatchClient) -> None:
    service.create_pool(
        models.BatchPoolCreateOptions(
            id="scaled",
            vm_size="Standard_D2s_v5",
            virtual_machine_configuration=IMAGE,
            enable_auto_scale=True,
            auto_scale_formula="$TargetDedicatedNodes = 0;",
        )
    )

    ran = batchff("pool", "resize", "scaled", "--nodes", "2")

    assert ran.code == 1
    assert ran.err == (
        "error: pool 'scaled' scales itself by a formula that isn't batchff's "
        "(change the formula with the program that made it)\n"
    )


def test_a_pool_is_deleted_and_its_jobs_are_told(batchff: Batchff, service: BatchClient) -> None:
    batchff("pool", "create", "ours", "--nodes", "1")
    make_job(service, "waiting", "OURS", "sleep 600")

    asked = batchff("pool", "delete", "ours")
    assert asked.code == 2
    assert "give --yes" in asked.err

    ran = batchff("pool", "delete", "ours", "--yes")
    assert shown(ran) == ("pool ours is being deleted; 1 job waits for it until stopped: waiting\n")
    wait_until(lambda: "ours" not in [pool.id for pool in service.list_pools()])


def test_only_batchffs_pools_are_deleted(batchff: Batchff, service: BatchClient) -> None:
    make_pool(service, "theirs", nodes=0)

    ran = batchff("pool", "delete", "theirs", "--yes")

    assert ran.code == 1
    assert ran.err.startswith("error: pool 'theirs' wasn't made by batchff, so it isn't deleted")
    assert service.get_pool("theirs").state == "active"


def test_the_beginning_of_a_pools_id_does_where_one_pool_has_it_and_the_pool_is_named(
    batchff: Batchff, service: BatchClient
) -> None:
    for pool in ("begin-a", "begin-b", "lone-b7207"):
        assert batchff("pool", "create", pool).code == 0
    ran = batchff("pool", "delete", "begin", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: pool 'begin' could be begin-a, begin-b (give more of the id)\n"
    assert batchff("pool", "show", "lone").out.startswith("pool     lone-b7207\n")
    ran = batchff("pool", "delete", "lone", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: with --yes, a pool needs its whole id (the pool that")
    deleted = batchff("pool", "delete", "lone-b7207", "--yes")
    assert deleted.out == "pool lone-b7207 is being deleted\n"
