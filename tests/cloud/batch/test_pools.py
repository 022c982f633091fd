from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.errors import ProfileError, ServiceError
from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import NewPool, PoolSpec, PoolStatus, StartTask
from batchff.model.states import PoolState
from batchff.model.tasks import ResourceFile
from tests.cloud.batch.test_pool_options import SUBNET
from tests.cloud.small_servers import KEY_OF_NOTHING
from tests.emulator.running import wait_until
from tests.foreign import make_pool

SPEC = PoolSpec("Standard_D2s_v5", nodes=1, spot=0, slots=2, image="auto")
NONE, ONE = (f"$TargetDedicatedNodes = {nodes};" for nodes in (0, 1))
INTERVAL = timedelta(minutes=5)


def made(pool: str, batch: Batch, formula: str = NONE) -> PoolStatus:
    image = next(image for image in batch.pools.images() if "ubuntu" in image.offer)
    metadata = PoolFacts(SPEC, "tour").metadata()
    assert batch.pools.create(NewPool(pool, SPEC, image, formula, INTERVAL, None, metadata))
    return status(pool, batch)


def status(pool: str, batch: Batch) -> PoolStatus:
    found = batch.pools.get(pool)
    assert found is not None
    return found


def test_a_pool_is_made_once_and_read_back_with_its_facts(batch: Batch) -> None:
    pool = made("pools-once", batch)
    assert (pool.state, pool.slots, pool.autoscaled) == (PoolState.ACTIVE, 2, True)
    assert pool.batchff == PoolFacts(SPEC, "tour")
    again = NewPool("pools-once", SPEC, next(batch.pools.images()), ONE, INTERVAL, None, {})
    assert not batch.pools.create(again)
    assert batch.pools.get("pools-gone") is None


def test_pools_of_others_are_listed_without_facts(service: BatchClient, batch: Batch) -> None:
    made("pools-ours", batch)
    make_pool(service, "pools-theirs", nodes=0)
    listed = {pool.id: pool.batchff is not None for pool in batch.pools.all()}
    assert listed == {"pools-ours": True, "pools-theirs": False}


def test_only_linux_images_are_offered(batch: Batch) -> None:
    images = list(batch.pools.images())
    assert images
    assert not any("windows" in image.agent for image in images)


def test_a_pool_gets_another_formula_unless_it_just_had_one(batch: Batch) -> None:
    made("pools-scaled", batch)
    assert batch.pools.scale("pools-scaled", ONE, INTERVAL)
    assert not batch.pools.scale("pools-scaled", NONE, INTERVAL)
    wait_until(lambda: status("pools-scaled", batch).target_nodes == 1)


def test_metadata_are_replaced_and_nodes_asked_for(service: BatchClient, batch: Batch) -> None:
    make_pool(service, "pools-changed", nodes=0)
    batch.pools.set_metadata("pools-changed", PoolFacts(job="tour").metadata())
    assert status("pools-changed", batch).batchff == PoolFacts(job="tour")
    wait_until(lambda: status("pools-changed", batch).allocation_state == "steady")
    batch.pools.resize("pools-changed", 1, 1)
    wait_until(lambda: len(batch.pools.nodes("pools-changed")) == 2)
    assert sorted(node.spot for node in batch.pools.nodes("pools-changed")) == [False, True]
    assert batch.pools.nodes("pools-gone") == []


def test_a_nodes_file_is_read_where_it_is_there(service: BatchClient, batch: Batch) -> None:
    make_pool(service, "pools-read", start="echo ready")
    wait_until(lambda: [node.state for node in batch.pools.nodes("pools-read")] == ["idle"])
    (node,) = batch.pools.nodes("pools-read")
    assert batch.pools.read_node_file("pools-read", node.id, "startup/stdout.txt") == b"ready\n"
    assert batch.pools.read_node_file("pools-read", node.id, "startup/gone.txt") is None
    assert batch.pools.read_node_file("pools-read", "no-such-node", "startup/stdout.txt") is None


def test_a_pool_is_deleted_if_it_is_still_the_one_that_was_seen(batch: Batch) -> None:
    seen = made("pools-deleted", batch)
    batch.pools.set_metadata("pools-deleted", {})
    with pytest.raises(ServiceError) as raised:
        batch.pools.delete("pools-deleted", etag=seen.etag)
    assert raised.value.code == "ConditionNotMet"
    batch.pools.delete("pools-deleted", etag=status("pools-deleted", batch).etag)
    batch.pools.delete("pools-deleted")
    batch.pools.delete("never-made")


def test_with_a_key_of_azures_no_pool_is_made_in_a_subnet() -> None:
    credential = AzureNamedKeyCredential("a", KEY_OF_NOTHING)
    azure = Batch("https://a.westeurope.batch.azure.com", credential)
    azure.pools.refuse_unmakeable(SPEC)
    with pytest.raises(ProfileError, match="no pool can be made in a subnet"):
        azure.pools.refuse_unmakeable(replace(SPEC, subnet=SUBNET))


def test_a_pool_gets_another_start_task_with_its_metadata(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "pools-restarted", nodes=0, start="echo first")
    file = ResourceFile("ffmpeg.gz", "https://example.org/f?sig=secret")
    task = StartTask("echo second", admin=False, resource_files=(file,))
    batch.pools.set_metadata("pools-restarted", PoolFacts(job="tour").metadata(), task)
    changed = service.get_pool("pools-restarted").start_task
    assert changed is not None and changed.resource_files is not None
    assert changed.command_line == "echo second"
    assert [each.file_path for each in changed.resource_files] == ["ffmpeg.gz"]
    batch.pools.set_metadata("pools-restarted", {})
    kept = service.get_pool("pools-restarted").start_task
    assert kept is not None and kept.command_line == "echo second"


def test_pools_are_listed_by_the_beginning_of_their_ids(service: BatchClient, batch: Batch) -> None:
    for pool in ("begin-a", "begin-b", "other-begin"):
        make_pool(service, pool, nodes=0)
    assert [pool.id for pool in batch.pools.beginning("begin-")] == ["begin-a", "begin-b"]
