from __future__ import annotations

from pathlib import Path

from batchff.emulator.state.states import Deallocation, NodeState, TaskState
from batchff.emulator.state.transitions import pool_resized
from tests.emulator.scheduling.scene import Scene, play


async def _spot_pool(scene: Scene, nodes: int = 1) -> None:
    scene.pool(nodes=0, low_priority=nodes)
    await scene.until(lambda: [node.state for node in scene.nodes()] == [NodeState.IDLE] * nodes)


def test_a_preempted_node_comes_back_with_its_id_and_an_empty_disk(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        await _spot_pool(scene)
        (before,) = scene.nodes()
        job = scene.job()
        scene.task(job, command="sleep 600")
        await scene.state(job, TaskState.RUNNING)
        disk = tmp_path / "nodes" / before.id
        (disk / "shared" / "file").touch()

        scene.scheduler.preemption.preempt(before, 3600)

        requeued = await scene.state(job, TaskState.ACTIVE)
        assert (requeued.requeues, requeued.node) == (1, None)
        assert scene.nodes()[0].state is NodeState.PREEMPTED
        await scene.until(lambda: not disk.exists())
        assert scene.store.processes.all() == []

        await scene.until(lambda: not list((tmp_path / "nodes").iterdir()))
        scene.clock.advance(hours=1, seconds=1)

        running = await scene.state(job, TaskState.RUNNING)
        (after,) = scene.nodes()
        assert running.node == after.id == before.id
        assert after.allocated > before.allocated
        assert not (disk / "shared" / "file").exists()

    play(tmp_path, scenario)


def test_the_tasks_of_a_preempted_node_go_to_others(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        await _spot_pool(scene, 2)
        job = scene.job()
        scene.task(job, command="sleep 600")
        first = (await scene.state(job, TaskState.RUNNING)).node
        (node,) = [node for node in scene.nodes() if node.id == first]

        scene.scheduler.preemption.preempt(node, 3600)

        await scene.until(lambda: scene.task_now(job).requeues == 1)
        second = await scene.state(job, TaskState.RUNNING)
        assert second.node != first

    play(tmp_path, scenario)


def test_a_node_is_preempted_in_any_of_its_states(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=0, low_priority=1, startTask={"commandLine": "sleep 600"})
        await scene.until(lambda: scene.store.processes.all())

        scene.scheduler.preemption.preempt(scene.nodes()[0], 60)
        await scene.until(lambda: not scene.store.processes.all())
        assert scene.nodes()[0].state is NodeState.PREEMPTED
        await scene.until(lambda: not list((tmp_path / "nodes").iterdir()))
        scene.clock.advance(seconds=61)

        await scene.until(lambda: scene.store.processes.all())
        assert scene.nodes()[0].state is NodeState.WAITING_FOR_START_TASK

    play(tmp_path, scenario)


def test_a_shrinking_pool_lets_preempted_nodes_go_first(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        await _spot_pool(scene, 3)
        oldest, *others = scene.nodes()
        scene.scheduler.preemption.preempt(oldest, 3600)

        pool = scene.store.pools.find("pool")
        assert pool is not None
        now = scene.store.tick()
        scene.store.pools.save(pool_resized(pool, 0, 2, Deallocation.REQUEUE, now))
        scene.scheduler.pool_changed("pool")

        await scene.until(lambda: len(scene.nodes()) == 2)
        assert [node.id for node in scene.nodes()] == [node.id for node in others]

    play(tmp_path, scenario)


def test_a_preempted_node_stays_away_over_a_restart_of_the_service(tmp_path: Path) -> None:
    async def first(scene: Scene) -> None:
        await _spot_pool(scene)
        scene.scheduler.preemption.preempt(scene.nodes()[0], 3600)

    async def second(scene: Scene) -> None:
        job = scene.job()
        scene.task(job)
        assert scene.nodes()[0].state is NodeState.PREEMPTED
        returns = scene.nodes()[0].returns
        assert returns is not None
        await scene.advance(minutes=50)
        assert scene.task_now(job).state is TaskState.ACTIVE

        scene.clock.advance(minutes=11)

        await scene.state(job, TaskState.COMPLETED)
        assert scene.nodes()[0].returns is None

    play(tmp_path, first)
    play(tmp_path, second)


def test_a_node_that_is_unusable_first_is_preempted_then_and_comes_back(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        await _spot_pool(scene)
        (before,) = scene.nodes()
        job = scene.job()
        scene.task(job, command="sleep 600")
        await scene.state(job, TaskState.RUNNING)

        scene.scheduler.preemption.preempt(before, 3600, unusable_seconds=600)

        requeued = await scene.state(job, TaskState.ACTIVE)
        assert (requeued.requeues, requeued.node) == (1, None)
        await scene.until(lambda: scene.store.processes.all() == [])
        await scene.advance(minutes=9)
        assert scene.nodes()[0].state is NodeState.UNUSABLE
        assert scene.scheduler.is_busy, "its task waits for its return"

        scene.clock.advance(minutes=2)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.PREEMPTED)
        await scene.advance(minutes=57)
        assert scene.nodes()[0].state is NodeState.PREEMPTED

        scene.clock.advance(minutes=3)
        running = await scene.state(job, TaskState.RUNNING)
        assert running.node == before.id

    play(tmp_path, scenario)


def test_a_node_that_is_unusable_when_the_service_ends_is_preempted_when_it_starts(
    tmp_path: Path,
) -> None:
    async def first(scene: Scene) -> None:
        await _spot_pool(scene)
        scene.scheduler.preemption.preempt(scene.nodes()[0], 3600, unusable_seconds=600)
        assert scene.nodes()[0].state is NodeState.UNUSABLE

    async def second(scene: Scene) -> None:
        job = scene.job()
        scene.task(job)
        assert scene.nodes()[0].state is NodeState.PREEMPTED
        await scene.advance(minutes=65)
        assert scene.task_now(job).state is TaskState.ACTIVE

        scene.clock.advance(minutes=6)
        await scene.state(job, TaskState.COMPLETED)

    play(tmp_path, first)
    play(tmp_path, second)
