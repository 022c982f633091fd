from __future__ import annotations

from pathlib import Path

from batchff.emulator.state.model import DisableTasks, JobState, TaskState
from tests.emulator.scheduling.scene import Scene, play

STUBBORN = "sh -c 'trap : TERM; touch ready; while true; do sleep 0.05; done'"


async def _stubborn_task_runs(scene: Scene) -> None:
    scene.pool()
    job = scene.job()
    scene.task(job, command=STUBBORN, constraints={"maxWallClockTime": "PT1H"})
    await scene.until(lambda: list(scene.root.glob("nodes/*/workitems/job/*/task/wd/ready")))
    await scene.until(lambda: scene.clock.waits_for(hours=1))


def test_a_disabled_job_runs_out_of_its_time(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = scene.job(constraints={"maxWallClockTime": "PT1H"})
        scene.scheduler.jobs.disable(job, DisableTasks.WAIT)

        await scene.advance(minutes=61)

        await scene.until(lambda: scene.job_now().state is JobState.COMPLETED)
        assert scene.job_now().terminate_reason == "MaxWallClockTimeExpiry"

    play(tmp_path, scenario)


def test_a_job_is_disabled_once_its_last_process_has_ended(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        await _stubborn_task_runs(scene)
        scene.scheduler.jobs.disable(scene.job_now(), DisableTasks.REQUEUE)
        await scene.until(lambda: scene.clock.waits_for(seconds=5))
        assert scene.job_now().state is JobState.DISABLING
        assert scene.task_now(scene.job_now()).state is TaskState.RUNNING

        scene.clock.advance(seconds=5)

        await scene.until(lambda: scene.job_now().state is JobState.DISABLED)
        assert scene.task_now(scene.job_now()).state is TaskState.ACTIVE

    play(tmp_path, scenario)


def test_a_job_that_was_being_disabled_is_disabled_after_a_restart(tmp_path: Path) -> None:
    async def before(scene: Scene) -> None:
        await _stubborn_task_runs(scene)
        scene.scheduler.jobs.disable(scene.job_now(), DisableTasks.WAIT)
        assert scene.job_now().state is JobState.DISABLING

    async def afterwards(scene: Scene) -> None:
        job = scene.job_now()
        assert job.state is JobState.DISABLED
        assert scene.task_now(job).state is TaskState.ACTIVE

    play(tmp_path, before)
    play(tmp_path, afterwards)


def test_disabling_terminates_tasks_without_their_job_actions(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job(onTaskFailure="performexitoptionsjobaction")
        scene.task(job, command="sleep 600")
        await scene.state(job, TaskState.RUNNING)

        scene.scheduler.jobs.disable(job, DisableTasks.TERMINATE)

        await scene.state(job, TaskState.COMPLETED)
        await scene.until(lambda: scene.job_now().state is JobState.DISABLED)

    play(tmp_path, scenario)


def test_a_failure_while_the_job_waits_for_it_terminates_the_job(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job(onTaskFailure="performexitoptionsjobaction")
        mark = tmp_path / "mark"
        scene.task(job, command=f"sh -c 'until test -e {mark}; do sleep 0.02; done; exit 1'")
        await scene.state(job, TaskState.RUNNING)

        scene.scheduler.jobs.disable(job, DisableTasks.WAIT)
        mark.touch()

        await scene.until(lambda: scene.job_now().state is JobState.COMPLETED)
        assert scene.job_now().terminate_reason == "TaskFailed"

    play(tmp_path, scenario)
