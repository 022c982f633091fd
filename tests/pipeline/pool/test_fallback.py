"""Spot nodes that don't come or don't stay, on the emulator's scheduler: no client takes part."""

from __future__ import annotations

from pathlib import Path

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.state.model import Job, Node
from batchff.emulator.state.states import JobState, NodeState, TaskState
from batchff.model.pools import PoolSpec
from batchff.pipeline.pool.autoscale import scaling_formula
from tests.emulator.scheduling.pools.autoscaling import advance, pool_now, run_at, scaling
from tests.emulator.scheduling.scene import Scene, play

FIVE_MINUTES = 300


def pool_of(scene: Scene, spot: int, max_nodes: int = 0, nodes: int = 0) -> None:
    spec = PoolSpec("Standard_D2s_v5", nodes, spot, 1, "auto", max_nodes)
    scaling(scene, scaling_formula(spec, scene.clock.now()))


def work(scene: Scene, tasks: int) -> Job:
    """Give the pool tasks that run till their job ends."""
    job = scene.job()
    for number in range(tasks):
        scene.task(job, f"task-{number}", "sleep 600")
    return job


def kinds(scene: Scene) -> tuple[int, int]:
    """Count the pool's nodes that are there, dedicated ones and Spot ones."""
    there = [node.dedicated for node in scene.nodes() if node.state is not NodeState.PREEMPTED]
    return sum(there), len(there) - sum(there)


def targets(scene: Scene) -> tuple[int, int]:
    pool = pool_now(scene)
    return pool.target_dedicated, pool.target_low_priority


async def nodes_run(scene: Scene, count: int) -> list[Node]:
    def running() -> list[Node]:
        return [node for node in scene.nodes() if node.state is NodeState.RUNNING]

    await scene.until(lambda: len(running()) == count)
    return running()


async def evaluated(scene: Scene, minutes: int) -> None:
    await advance(scene, FIVE_MINUTES)
    await run_at(scene, minutes * 60)


def test_dedicated_nodes_stand_in_for_spot_nodes_that_the_quota_keeps_back(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool_of(scene, spot=2)
        job = work(scene, 3)
        await run_at(scene, 0)
        await nodes_run(scene, 1)
        await evaluated(scene, 5)
        assert (targets(scene), kinds(scene)) == ((0, 2), (0, 1))

        await evaluated(scene, 10)

        assert targets(scene) == (1, 1)
        await nodes_run(scene, 2)
        assert kinds(scene) == (1, 1)

        scene.scheduler.jobs.terminate(job, "Done")
        await scene.until(lambda: scene.job_now().state is JobState.COMPLETED)
        await evaluated(scene, 15)
        await evaluated(scene, 20)

        assert targets(scene) == (0, 0)
        await scene.until(lambda: not scene.nodes())

    play(tmp_path, scenario, SchedulerOptions(core_quota=2))


def test_dedicated_nodes_leave_when_spot_nodes_come_back_but_not_from_their_tasks(
    tmp_path: Path,
) -> None:
    async def scenario(scene: Scene) -> None:
        pool_of(scene, spot=2, max_nodes=4)
        job = work(scene, 4)
        await run_at(scene, 0)
        for node in await nodes_run(scene, 2):
            scene.scheduler.preemption.preempt(node, 12 * 60)
        await evaluated(scene, 5)
        assert targets(scene) == (0, 2)

        await evaluated(scene, 10)
        assert targets(scene) == (2, 2)
        await nodes_run(scene, 2)
        assert kinds(scene) == (2, 0)

        await evaluated(scene, 15)
        assert targets(scene) == (1, 2), "they were there for half of the time"
        await evaluated(scene, 20)

        assert targets(scene) == (0, 2)
        for number in range(4):
            await scene.state(job, TaskState.RUNNING, f"task-{number}")
        leaving = [node.id for node in scene.nodes() if node.state is NodeState.LEAVING_POOL]
        tasks = [scene.task_now(job, f"task-{number}") for number in range(4)]
        assert len([task for task in tasks if task.node in leaving]) == 2

        scene.scheduler.jobs.terminate(job, "Done")
        await scene.until(lambda: kinds(scene) == (0, 2))

    play(tmp_path, scenario)


def test_a_node_that_is_preempted_again_and_again_is_replaced(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool_of(scene, spot=1)
        work(scene, 1)
        await run_at(scene, 0)
        for _ in range(5):
            (node,) = await nodes_run(scene, 1)
            scene.scheduler.preemption.preempt(node, 100)
            await advance(scene, 120)

        await run_at(scene, 600)

        assert targets(scene) == (1, 0)
        await scene.until(lambda: [node for node in scene.nodes() if node.dedicated])

    play(tmp_path, scenario)
