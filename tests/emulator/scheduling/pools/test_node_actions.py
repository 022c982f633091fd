from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.emulator.state.model import Pool
from batchff.emulator.state.states import Deallocation, NodeState, PoolState, Scheduling, TaskState
from batchff.emulator.state.transitions import pool_resized
from tests.emulator.scheduling.scene import Scene, play

KEEP_AN_HOUR = {"retentionTime": "PT1H"}


async def _idle(scene: Scene, nodes: int = 1) -> None:
    await scene.until(lambda: [node.state for node in scene.nodes()] == [NodeState.IDLE] * nodes)


async def _work_elsewhere(scene: Scene) -> None:
    """Run a task in another pool: what was due has been looked at when it has ended."""
    scene.pool("other")
    job = scene.job("other", "other")
    scene.task(job)
    await scene.state(job, TaskState.COMPLETED)


def _remove(scene: Scene, pool: Pool, how: Deallocation) -> None:
    resized = pool_resized(pool, 0, 0, how, scene.store.tick())
    scene.store.pools.save(resized)
    scene.scheduler.remove_nodes(resized, scene.nodes())


@pytest.mark.parametrize("action", ["reboot", "reimage", "remove"])
def test_retained_data_is_waited_for(tmp_path: Path, action: str) -> None:
    async def scenario(scene: Scene) -> None:
        pool = scene.pool()
        await _idle(scene)
        (node,) = scene.nodes()
        job = scene.job()
        scene.task(job, constraints=KEEP_AN_HOUR)
        await scene.state(job, TaskState.COMPLETED)
        await _idle(scene)

        if action == "remove":
            _remove(scene, pool, Deallocation.RETAINED_DATA)
        else:
            getattr(scene.scheduler.nodes, action)(node, Deallocation.RETAINED_DATA)
        waiting = scene.nodes()[0].state
        scene.clock.advance(minutes=59)
        await _work_elsewhere(scene)
        assert scene.nodes()[0].state is waiting
        assert list(tmp_path.glob("nodes/*/workitems/job/job-1/task"))
        scene.clock.advance(minutes=2)

        if action == "remove":
            await scene.until(lambda: not scene.nodes())
        else:
            await _idle(scene)
        assert not list(tmp_path.glob("nodes/*/workitems/job/job-1/task"))

    play(tmp_path, scenario)


def test_a_pool_that_is_deleted_waits_for_nothing_any_more(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool = scene.pool(nodes=2)
        await _idle(scene, 2)
        job = scene.job()
        scene.task(job, "kept", constraints={"retentionTime": "P10000D"})
        scene.task(job, "runs", command="sleep 600")
        await scene.state(job, TaskState.COMPLETED, "kept")
        await scene.state(job, TaskState.RUNNING, "runs")
        _remove(scene, pool, Deallocation.RETAINED_DATA)
        assert len(scene.nodes()) == 2

        deleting = scene.store.pools.find("pool")
        assert deleting is not None
        scene.store.pools.save(replace(deleting, state=PoolState.DELETING))
        scene.scheduler.pool_changed("pool")

        await scene.until(lambda: scene.store.pools.find("pool") is None)
        assert scene.task_now(job, "runs").requeues == 1

    play(tmp_path, scenario)


def test_a_restart_ends_a_start_task_that_nobody_waits_for(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(startTask={"commandLine": "sleep 600", "waitForSuccess": False})
        await scene.until(lambda: scene.store.processes.all())
        await _idle(scene)
        (first,) = scene.store.processes.all()

        scene.scheduler.nodes.reboot(scene.nodes()[0], Deallocation.REQUEUE)

        await scene.until(lambda: scene.store.processes.all() not in ([], [first]))
        await _idle(scene)

    play(tmp_path, scenario)


def test_a_node_that_was_to_leave_is_gone_after_a_restart_of_the_service(tmp_path: Path) -> None:
    async def first(scene: Scene) -> None:
        pool = scene.pool(nodes=2)
        await _idle(scene, 2)
        job = scene.job()
        scene.task(job, command="sleep 600")
        busy = (await scene.state(job, TaskState.RUNNING)).node
        (leaving,) = [node for node in scene.nodes() if node.id == busy]
        how = Deallocation.TASK_COMPLETION
        resized = pool_resized(pool, 1, 0, how, scene.store.tick())
        scene.store.pools.save(resized)
        scene.scheduler.remove_nodes(resized, [leaving])
        (tmp_path / "leaving").write_text(leaving.id)

    async def second(scene: Scene) -> None:
        left = (tmp_path / "leaving").read_text()
        assert [node.id for node in scene.nodes()] != [left]
        assert len(scene.nodes()) == 1
        assert not (tmp_path / "nodes" / left).exists()
        pool = scene.store.pools.find("pool")
        assert pool is not None and pool.allocation_state == "steady"
        task = await scene.state(scene.job_now(), TaskState.RUNNING)
        assert task.requeues == 1

    play(tmp_path, first)
    play(tmp_path, second)


def test_a_reimage_that_was_asked_for_is_done_after_a_restart_of_the_service(
    tmp_path: Path,
) -> None:
    async def first(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job, command="sleep 600")
        await scene.state(job, TaskState.RUNNING)
        (node,) = scene.nodes()
        (tmp_path / "nodes" / node.id / "shared" / "file").touch()
        scene.scheduler.nodes.reimage(node, Deallocation.TASK_COMPLETION)

    async def second(scene: Scene) -> None:
        await scene.state(scene.job_now(), TaskState.RUNNING)
        assert list(tmp_path.glob("nodes/*/shared"))
        assert not list(tmp_path.glob("nodes/*/shared/file"))

    play(tmp_path, first)
    play(tmp_path, second)


def test_scheduling_stays_disabled_over_a_restart_of_the_service(tmp_path: Path) -> None:
    async def first(scene: Scene) -> None:
        scene.pool()
        await _idle(scene)
        scene.scheduler.nodes.disable_scheduling(scene.nodes()[0], Deallocation.REQUEUE)

    async def second(scene: Scene) -> None:
        await scene.until(lambda: scene.nodes()[0].state is NodeState.OFFLINE)
        scene.task(scene.job())
        assert not scene.scheduler.is_busy
        assert scene.nodes()[0].scheduling is Scheduling.DISABLED

    play(tmp_path, first)
    play(tmp_path, second)


def _disk(scene: Scene) -> Path:
    return scene.root / "nodes" / scene.nodes()[0].id


def test_a_deallocated_node_takes_no_task_until_it_is_started(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(startTask={"commandLine": "sh -c 'echo started'"})
        await _idle(scene)
        (before,) = scene.nodes()
        (_disk(scene) / "shared" / "file").touch()

        scene.scheduler.nodes.deallocate(before, Deallocation.REQUEUE)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.DEALLOCATED)
        await scene.until(lambda: not _disk(scene).exists())
        job = scene.job()
        scene.task(job)
        await _work_elsewhere(scene)
        assert scene.task_now(job).state is TaskState.ACTIVE
        assert not scene.scheduler.is_busy

        scene.scheduler.nodes.start(scene.nodes()[0])

        assert (await scene.state(job, TaskState.COMPLETED)).node == before.id
        assert scene.nodes()[0].booted > before.booted
        assert (_disk(scene) / "startup" / "stdout.txt").read_text() == "started\n"
        assert not (_disk(scene) / "shared" / "file").exists()

    play(tmp_path, scenario)


def test_a_pool_can_be_rid_of_a_node_that_is_deallocated(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=2)
        await _idle(scene, 2)
        oldest, other = scene.nodes()
        scene.scheduler.nodes.deallocate(oldest, Deallocation.REQUEUE)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.DEALLOCATED)

        pool = scene.store.pools.find("pool")
        assert pool is not None
        now = scene.store.tick()
        scene.store.pools.save(pool_resized(pool, 1, 0, Deallocation.REQUEUE, now))
        scene.scheduler.pool_changed("pool")

        await scene.until(lambda: [node.id for node in scene.nodes()] == [other.id])

    play(tmp_path, scenario)


@pytest.mark.parametrize("done", [True, False])
def test_a_node_stays_deallocated_over_a_restart_of_the_service(tmp_path: Path, done: bool) -> None:
    async def first(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job, command="sleep 600")
        await scene.state(job, TaskState.RUNNING)
        how = Deallocation.REQUEUE if done else Deallocation.TASK_COMPLETION
        scene.scheduler.nodes.deallocate(scene.nodes()[0], how)
        if done:
            await scene.until(lambda: scene.nodes()[0].state is NodeState.DEALLOCATED)
        else:
            assert scene.nodes()[0].state is NodeState.DEALLOCATING

    async def second(scene: Scene) -> None:
        job = scene.job_now()
        assert scene.nodes()[0].state is NodeState.DEALLOCATED
        await scene.until(lambda: not _disk(scene).exists())
        await _work_elsewhere(scene)
        assert scene.task_now(job).state is TaskState.ACTIVE

        scene.scheduler.nodes.start(scene.nodes()[0])

        assert (await scene.state(job, TaskState.RUNNING)).requeues == 1

    play(tmp_path, first)
    play(tmp_path, second)
