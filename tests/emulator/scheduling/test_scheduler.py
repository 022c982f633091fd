from __future__ import annotations

from collections import Counter
from pathlib import Path

from batchff.emulator.state.model import JobState, Task, TaskState
from batchff.emulator.state.times import DAY
from tests.emulator.scheduling.scene import Scene, play

FOREVER = "sleep 600"


def test_a_tasks_wall_clock_runs_out(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        limits = {"maxWallClockTime": "PT1H", "maxTaskRetryCount": 3}
        scene.task(job, command=FOREVER, constraints=limits)
        await scene.until(lambda: scene.clock.waits_for(hours=1))

        scene.clock.advance(minutes=59)
        assert scene.task_now(job).state is TaskState.RUNNING
        scene.clock.advance(minutes=2)

        ended = await scene.state(job, TaskState.COMPLETED)
        assert ended.failure is not None and ended.failure["code"] == "TaskEnded"
        assert ended.retries == 0

    play(tmp_path, scenario)


def test_a_task_that_ignores_sigterm_is_killed_after_a_grace(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        command = "sh -c 'trap : TERM; touch ready; while true; do sleep 0.05; done'"
        limits = {"maxWallClockTime": "PT1H"}
        scene.task(job, command=command, constraints=limits)
        await scene.until(lambda: list(tmp_path.glob("nodes/*/workitems/job/*/task/wd/ready")))
        await scene.until(lambda: scene.clock.waits_for(hours=1))

        scene.clock.advance(hours=1)
        await scene.until(lambda: scene.clock.waits_for(seconds=5))
        assert scene.task_now(job).state is TaskState.RUNNING
        scene.clock.advance(seconds=5)

        ended = await scene.state(job, TaskState.COMPLETED)
        assert ended.exit_code == 137

    play(tmp_path, scenario)


def test_a_jobs_wall_clock_runs_out(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job(constraints={"maxWallClockTime": "PT1H"})
        scene.task(job, "runs", FOREVER)
        scene.task(job, "waits", FOREVER)
        await scene.state(job, TaskState.RUNNING, "runs")

        await scene.advance(minutes=61)

        await scene.until(lambda: scene.job_now().state is JobState.COMPLETED)
        assert scene.job_now().terminate_reason == "MaxWallClockTimeExpiry"
        assert scene.task_now(job, "runs").state is TaskState.COMPLETED
        assert scene.task_now(job, "waits").state is TaskState.ACTIVE

    play(tmp_path, scenario)


def test_a_tasks_directory_is_kept_for_its_retention_time(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job, "day", constraints={"retentionTime": "P1D"})
        scene.task(job, "week")
        await scene.state(job, TaskState.COMPLETED, "day")
        await scene.state(job, TaskState.COMPLETED, "week")
        directories = next(tmp_path.glob("nodes/*/workitems/job/job-1"))
        assert {path.name for path in directories.iterdir()} == {"day", "week"}

        await scene.advance(hours=25)
        await scene.until(lambda: not (directories / "day").exists())
        assert (directories / "week").exists()
        await scene.advance(days=6)
        await scene.until(lambda: not (directories / "week").exists())

    play(tmp_path, scenario)


def test_the_default_retention_is_a_week(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job)
        done = await scene.state(job, TaskState.COMPLETED)
        assert done.expires is not None and done.ended is not None
        assert done.expires - done.ended == 7 * DAY

    play(tmp_path, scenario)


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


def test_a_directory_that_cannot_be_made_fails_the_task(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        await scene.until(lambda: list(tmp_path.glob("nodes/*/workitems")))
        workitems = next(tmp_path.glob("nodes/*/workitems"))
        workitems.rmdir()
        workitems.write_text("in the way")
        scene.task(job)

        failed = await scene.state(job, TaskState.COMPLETED)
        assert failed.failure is not None
        assert failed.failure["code"] == "ResourceFileCreateFailed"
        assert failed.failure["category"] == "servererror"

    play(tmp_path, scenario)


def test_a_task_made_again_waits_until_the_one_of_its_name_has_ended(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(taskSlotsPerNode=2)
        job = scene.job()
        command = "sh -c 'trap : TERM; touch ready; while true; do sleep 0.05; done'"
        old = scene.task(job, command=command)
        await scene.until(lambda: list(tmp_path.glob("nodes/*/workitems/job/*/task/wd/ready")))

        scene.store.tasks.remove(old.seq)
        scene.scheduler.task_removed(job, old)
        scene.task(job, command="sh -c 'ls; echo new'")
        scene.task(job, "other")
        await scene.state(job, TaskState.COMPLETED, "other")
        assert scene.task_now(job).state is TaskState.ACTIVE
        await scene.until(lambda: scene.clock.waits_for(seconds=5))
        scene.clock.advance(seconds=5)

        await scene.state(job, TaskState.COMPLETED)
        directory = next(tmp_path.glob("nodes/*/workitems/job/job-1/task"))
        assert (directory / "stdout.txt").read_text() == "new\n"
        await scene.until(lambda: not list(tmp_path.glob("nodes/.removed-*")))

    play(tmp_path, scenario)
