from __future__ import annotations

from collections import Counter
from pathlib import Path

from batchff.emulator.state.model import Task
from batchff.emulator.state.states import TaskState
from tests.emulator.scheduling.scene import Scene, play

FOREVER = "sleep 600"


def test_slots_are_never_overbooked_and_all_are_used(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=2, taskSlotsPerNode=3)
        job = scene.job()
        for index in range(4):
            scene.task(job, f"big{index}", FOREVER, requiredSlots=2)
        for index in range(4):
            scene.task(job, f"small{index}", FOREVER)

        def running() -> list[Task]:
            tasks = scene.store.tasks.select("state = 'running'")
            return tasks if sum(task.required_slots for task in tasks) == 6 else []

        slots: Counter[str | None] = Counter()
        for task in await scene.until(running):
            slots[task.node] += task.required_slots
        assert set(slots.values()) == {3}

    play(tmp_path, scenario)


def test_tasks_are_spread_or_packed(tmp_path: Path) -> None:
    async def nodes_used(scene: Scene, kind: str) -> int:
        policy = {"nodeFillType": kind}
        scene.pool(kind, nodes=2, taskSlotsPerNode=2, taskSchedulingPolicy=policy)
        await scene.until(lambda: [node.state for node in scene.nodes(kind)] == ["idle"] * 2)
        job = scene.job(kind, kind)
        scene.task(job, "one", FOREVER)
        scene.task(job, "two", FOREVER)
        one = await scene.state(job, TaskState.RUNNING, "one")
        two = await scene.state(job, TaskState.RUNNING, "two")
        return len({one.node, two.node})

    async def scenario(scene: Scene) -> None:
        assert await nodes_used(scene, "spread") == 2
        assert await nodes_used(scene, "pack") == 1

    play(tmp_path, scenario)


def test_no_more_tasks_of_a_job_run_than_it_allows(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(taskSlotsPerNode=4)
        job = scene.job(maxParallelTasks=2)
        for name in ("one", "two", "three"):
            scene.task(job, name, FOREVER)
        other = scene.job("other")
        scene.task(other, command=FOREVER)

        await scene.state(other, TaskState.RUNNING)

        states = [scene.task_now(job, name).state for name in ("one", "two", "three")]
        assert states == [TaskState.RUNNING, TaskState.RUNNING, TaskState.ACTIVE]

    play(tmp_path, scenario)


def test_jobs_are_served_by_priority_then_by_age(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        jobs = [
            scene.job(name, priority=priority)
            for name, priority in (("low", -5), ("old", 0), ("young", 0), ("high", 9))
        ]
        for job in jobs:
            scene.task(job, "first")
            scene.task(job, "second")
        scene.pool(nodes=1)
        for job in jobs:
            await scene.state(job, TaskState.COMPLETED, "second")

        ended = scene.store.tasks.select("1 ORDER BY started")
        names = {job.seq: job.id for job in jobs}
        assert [(names[task.job], task.id) for task in ended] == [
            (name, task) for name in ("high", "old", "young", "low") for task in ("first", "second")
        ]

    play(tmp_path, scenario)


def test_a_task_too_large_for_what_is_free_lets_smaller_ones_pass(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(taskSlotsPerNode=2)
        job = scene.job()
        scene.task(job, "holds", FOREVER)
        await scene.state(job, TaskState.RUNNING, "holds")
        scene.task(job, "large", requiredSlots=2)
        scene.task(job, "small")

        await scene.state(job, TaskState.COMPLETED, "small")
        assert scene.task_now(job, "large").state is TaskState.ACTIVE

    play(tmp_path, scenario)
