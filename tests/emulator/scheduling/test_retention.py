from __future__ import annotations

from pathlib import Path

from batchff.emulator.state.states import TaskState
from batchff.emulator.state.times import DAY
from tests.emulator.scheduling.scene import Scene, play


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
