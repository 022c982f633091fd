"""Pools on which no task can run, on the emulator's scheduler: no client takes part."""

from __future__ import annotations

from pathlib import Path

from batchff.emulator.state.states import NodeState, TaskState
from batchff.model.pools import PoolSpec
from batchff.pipeline.pool.autoscale import scaling_formula
from tests.emulator.scheduling.pools.autoscaling import advance, pool_now, run_at, scaling
from tests.emulator.scheduling.scene import Scene, play


def pool_of(scene: Scene, start: str, spot: int = 0) -> None:
    spec = PoolSpec("Standard_D2s_v5", 1 - spot, spot, 1, "auto")
    scaling(
        scene,
        scaling_formula(spec, scene.clock.now(), 1),
        startTask={"commandLine": start, "waitForSuccess": True},
    )


def target(scene: Scene) -> int:
    pool = pool_now(scene)
    return pool.target_dedicated + pool.target_low_priority


async def evaluated(scene: Scene, minutes: int) -> int:
    """Pass to the next time that the formula is worked out; give the nodes that it asks for."""
    await advance(scene, 300)
    await run_at(scene, minutes * 60)
    return target(scene)


async def targets_until(scene: Scene, first: int, last: int) -> dict[int, int]:
    """The nodes that are asked for, by the minute at which it changed."""
    changes: dict[int, int] = {}
    before = target(scene)
    for minutes in range(first, last + 1, 5):
        now = await evaluated(scene, minutes)
        if now != before:
            changes[minutes] = before = now
    return changes


def test_nodes_whose_start_task_fails_go_after_an_hour_and_come_once_in_six(
    tmp_path: Path,
) -> None:
    async def scenario(scene: Scene) -> None:
        pool_of(scene, "sh -c 'exit 1'")
        job = scene.job()
        scene.task(job)
        await run_at(scene, 0)
        await scene.until(
            lambda: [node.state for node in scene.nodes()] == [NodeState.START_TASK_FAILED]
        )

        changes = await targets_until(scene, 5, 7 * 60)

        # Scenes begin at midnight, and so does the first of the six hours.
        assert changes == {60: 0, 360: 1, 420: 0}
        await scene.until(lambda: not scene.nodes())
        assert scene.task_now(job).state is TaskState.ACTIVE

    play(tmp_path, scenario)


def test_nodes_stay_while_a_task_runs_that_takes_hours(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool_of(scene, "true")
        job = scene.job()
        for number in range(3):
            scene.task(job, f"task-{number}", "sleep 600")
        await run_at(scene, 0)
        await scene.state(job, TaskState.RUNNING, "task-0")

        assert await targets_until(scene, 5, 150) == {}

        assert scene.task_now(job, "task-0").state is TaskState.RUNNING

    play(tmp_path, scenario)


def test_other_tasks_have_nodes_when_those_that_could_not_run_are_gone(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool_of(scene, "sh -c 'exit 1'", spot=1)
        job = scene.job()
        scene.task(job)
        await run_at(scene, 0)
        assert await targets_until(scene, 5, 70) == {60: 0}

        scene.scheduler.jobs.terminate(job, "Done")
        await advance(scene, 300)
        await run_at(scene, 75 * 60)
        scene.task(scene.job("next"))

        assert await targets_until(scene, 80, 85) == {80: 1}

    play(tmp_path, scenario)
