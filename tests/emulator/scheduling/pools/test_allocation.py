"""A resize has so long and no longer; what hasn't left by then leaves all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.state.model import Pool, Task
from batchff.emulator.state.states import AllocationState, Deallocation, NodeState, TaskState
from batchff.emulator.state.transitions import pool_resized
from tests.emulator.scheduling.scene import Scene, play

_TIMED_OUT = ["AllocationTimedout"]


def _pool(scene: Scene) -> Pool:
    pool = scene.store.pools.find("pool")
    assert pool is not None
    return pool


def _codes(scene: Scene) -> list[str]:
    return [error["code"] for error in _pool(scene).resize_errors]


def _resize(scene: Scene, nodes: int, how: Deallocation, timeout: str = "PT15M") -> None:
    now = scene.store.tick()
    scene.store.pools.save(pool_resized(_pool(scene), nodes, 0, how, now, timeout))
    scene.scheduler.pool_changed("pool")


async def _steady(scene: Scene) -> None:
    await scene.until(lambda: _pool(scene).allocation_state is AllocationState.STEADY)


async def _busy_pool(scene: Scene, go: Path) -> Task:
    """Make a pool whose node runs a task until `go` is there."""
    scene.pool()
    job = scene.job()
    scene.task(job, command=f"sh -c 'until test -e {go}; do sleep 0.02; done'")
    return await scene.state(job, TaskState.RUNNING)


def test_a_resize_that_waits_for_tasks_ends_when_its_time_is_over(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        await _busy_pool(scene, tmp_path / "go")
        _resize(scene, 0, Deallocation.TASK_COMPLETION, "PT30M")
        await scene.advance(minutes=29)
        await scene.advance(seconds=50)
        assert _pool(scene).allocation_state is AllocationState.RESIZING

        scene.clock.advance(seconds=20)

        await _steady(scene)
        assert _codes(scene) == _TIMED_OUT
        assert _pool(scene).target_dedicated == 0
        assert [node.state for node in scene.nodes()] == [NodeState.LEAVING_POOL]
        assert scene.task_now(scene.job_now()).state is TaskState.RUNNING

        (tmp_path / "go").touch()
        await scene.until(lambda: not scene.nodes())
        task = scene.task_now(scene.job_now())
        assert (task.state, task.requeues) == (TaskState.COMPLETED, 0)
        assert _codes(scene) == _TIMED_OUT

    play(tmp_path, scenario)


def test_a_node_that_outstayed_a_resize_can_be_removed_at_once(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        await _busy_pool(scene, tmp_path / "go")
        _resize(scene, 0, Deallocation.TASK_COMPLETION, "PT5M")
        await scene.advance(minutes=6)
        await _steady(scene)

        resized = pool_resized(_pool(scene), 0, 0, Deallocation.REQUEUE, scene.store.tick())
        scene.store.pools.save(resized)
        scene.scheduler.remove_nodes(resized, scene.nodes())

        await scene.until(lambda: not scene.nodes())
        await _steady(scene)
        assert _codes(scene) == []
        assert scene.task_now(scene.job_now()).requeues == 1

    play(tmp_path, scenario)


def test_a_pool_that_grows_again_makes_a_node_beside_the_one_that_is_leaving(
    tmp_path: Path,
) -> None:
    async def scenario(scene: Scene) -> None:
        await _busy_pool(scene, tmp_path / "go")
        _resize(scene, 0, Deallocation.TASK_COMPLETION, "PT5M")
        await scene.advance(minutes=6)
        await _steady(scene)

        _resize(scene, 1, Deallocation.REQUEUE)

        states = {NodeState.LEAVING_POOL, NodeState.IDLE}
        await scene.until(lambda: {node.state for node in scene.nodes()} == states)
        assert scene.task_now(scene.job_now()).state is TaskState.RUNNING
        (tmp_path / "go").touch()
        await _steady(scene)
        assert (_codes(scene), len(scene.nodes())) == ([], 1)

    play(tmp_path, scenario)


def test_a_resize_is_done_after_a_restart_of_the_service(tmp_path: Path) -> None:
    """What was on its way out ran nothing any more."""

    async def first(scene: Scene) -> None:
        await _busy_pool(scene, tmp_path / "go")
        _resize(scene, 0, Deallocation.TASK_COMPLETION, "PT5M")

    async def second(scene: Scene) -> None:
        await _steady(scene)
        assert (_codes(scene), scene.nodes()) == ([], [])

    play(tmp_path, first)
    play(tmp_path, second)


def test_only_the_kind_of_node_that_is_not_as_wanted_is_named(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=1, low_priority=1, taskSchedulingPolicy={"nodeFillType": "pack"})
        job = scene.job()
        for number in range(2):
            scene.task(job, str(number), command="sleep 600")
            await scene.state(job, TaskState.RUNNING, str(number))

        now = scene.store.tick()
        how = Deallocation.TASK_COMPLETION
        scene.store.pools.save(pool_resized(_pool(scene), 1, 0, how, now))
        scene.scheduler.pool_changed("pool")
        await scene.advance(minutes=16)

        await _steady(scene)
        (error,) = _pool(scene).resize_errors
        assert "low priority" in error["message"]

    play(tmp_path, scenario)


def test_the_quota_limits_each_kind_of_node_over_all_pools(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool("first", nodes=3)
        scene.pool("second", nodes=3, low_priority=4)

        assert len(scene.nodes("first")) == 3
        second = scene.nodes("second")
        assert [node.dedicated for node in second] == [True] * 1 + [False] * 4
        pool = scene.store.pools.find("second")
        assert pool is not None
        assert pool.allocation_state is AllocationState.STEADY
        assert [error["code"] for error in pool.resize_errors] == ["AccountCoreQuotaReached"]
        first = scene.store.pools.find("first")
        assert first is not None and first.resize_errors == []

    play(tmp_path, scenario, SchedulerOptions(core_quota=8))


def test_what_one_pool_gives_back_another_gets_when_it_asks_again(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        first = scene.pool("first", nodes=2)
        scene.pool("second", nodes=1)
        assert scene.nodes("second") == []

        for pool_id, nodes in (("first", 0), ("second", 2)):
            pool = scene.store.pools.find(pool_id)
            assert pool is not None
            resizing = AllocationState.RESIZING
            scene.store.pools.save(replace(pool, target_dedicated=nodes, allocation_state=resizing))
            scene.scheduler.pool_changed(pool_id)
            await scene.until(lambda: not scene.nodes("first"))

        assert len(scene.nodes("second")) == 2
        assert first.seq != 0

    play(tmp_path, scenario, SchedulerOptions(core_quota=4))
