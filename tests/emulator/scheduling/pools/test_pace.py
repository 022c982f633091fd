"""Where pools take time: what comes of a resize comes after it, and not before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.state.states import AllocationState, PoolState
from tests.emulator.scheduling.scene import Scene, play

_SLOW = SchedulerOptions(allocation_seconds=2)


def _state(scene: Scene) -> AllocationState:
    pool = scene.store.pools.find("pool")
    assert pool is not None
    return pool.allocation_state


def test_a_new_pool_is_resized_for_a_while(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=2)
        assert (_state(scene), scene.nodes()) == (AllocationState.RESIZING, [])

        await scene.advance(seconds=3)

        await scene.until(lambda: _state(scene) is AllocationState.STEADY)
        assert len(scene.nodes()) == 2

    play(tmp_path, scenario, _SLOW)


def test_a_new_pool_that_wants_nothing_is_resized_for_a_while_too(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=0)
        assert _state(scene) is AllocationState.RESIZING

        await scene.advance(seconds=3)

        await scene.until(lambda: _state(scene) is AllocationState.STEADY)
        assert scene.nodes() == []

    play(tmp_path, scenario, _SLOW)


def test_a_resize_that_is_stopped_keeps_its_targets_and_says_so(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool = scene.pool(nodes=1, low_priority=2)
        await scene.advance(seconds=1)
        now = scene.store.tick()
        stopping = replace(pool, allocation_state=AllocationState.STOPPING, allocation_time=now)
        scene.store.pools.save(stopping)

        scene.scheduler.pool_changed("pool")

        assert _state(scene) is AllocationState.STOPPING
        await scene.advance(seconds=10)
        await scene.until(lambda: _state(scene) is AllocationState.STEADY)
        stopped = scene.store.pools.find("pool")
        assert stopped is not None
        assert (stopped.target_dedicated, stopped.target_low_priority) == (1, 2)
        assert stopped.modified == pool.modified
        assert [error["code"] for error in stopped.resize_errors] == ["ResizeStopped"] * 2
        assert scene.nodes() == []

    play(tmp_path, scenario, _SLOW)


def test_a_pool_is_seen_to_be_deleted(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool = scene.pool(nodes=0)
        now = scene.store.tick()
        scene.store.pools.save(replace(pool, state=PoolState.DELETING, state_time=now))

        scene.scheduler.pool_changed("pool")
        assert scene.store.pools.find("pool") is not None
        await scene.advance(seconds=3)

        await scene.until(lambda: scene.store.pools.find("pool") is None)

    play(tmp_path, scenario, _SLOW)
