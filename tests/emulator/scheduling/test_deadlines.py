from __future__ import annotations

from pathlib import Path

from batchff.emulator.state.states import JobState, TaskState
from tests.emulator.scheduling.scene import Scene, play

FOREVER = "sleep 600"


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


def test_a_job_that_ends_with_its_tasks_ends_some_time_later_where_it_has_none(
    tmp_path: Path,
) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        scene.job("empty", onAllTasksComplete="terminatejob")
        started = scene.job("started", onAllTasksComplete="terminatejob")
        scene.task(started, command=FOREVER)
        await scene.settle()
        scene.clock.advance(seconds=59)
        await scene.settle()
        assert scene.job_now("empty").state is JobState.ACTIVE

        scene.clock.advance(seconds=2)

        await scene.until(lambda: scene.job_now("empty").state is JobState.COMPLETED)
        assert scene.job_now("empty").terminate_reason == "AllTasksComplete"
        assert scene.job_now("started").state is JobState.ACTIVE

    play(tmp_path, scenario)
