from __future__ import annotations

from dataclasses import replace

from batchff.emulator.state.creation import new_pool
from batchff.emulator.state.model import Pool
from batchff.emulator.state.states import AllocationState, PoolState
from batchff.emulator.state.store import Store
from tests.emulator.examples import pool_document


def pool_in(store: Store, name: str, **fields: object) -> Pool:
    pool = new_pool(pool_document(name, targetDedicatedNodes=1), store.tick())
    pool = replace(pool, **fields)  # type: ignore[arg-type]
    return replace(pool, seq=store.pools.add(pool))


def test_an_id_is_found_whatever_its_case_and_keeps_it(store: Store) -> None:
    pool = pool_in(store, "Films")
    assert store.pools.find("FILMS") == pool
    assert store.pools.find("films") == pool
    assert pool.id == "Films"
    assert store.pools.find("film") is None


def test_what_is_on_its_way_out_neither_scales_nor_resizes(store: Store) -> None:
    scaling = pool_in(store, "a", autoscale_due=5, allocation_state=AllocationState.STEADY)
    resizing = pool_in(store, "b", allocation_state=AllocationState.RESIZING)
    leaving = {"state": PoolState.DELETING, "autoscale_due": 5}
    deleted = pool_in(store, "c", allocation_state=AllocationState.RESIZING, **leaving)

    assert store.pools.autoscaling() == [scaling]
    assert store.pools.resizing() == [resizing]
    assert store.pools.all() == [scaling, resizing, deleted]
