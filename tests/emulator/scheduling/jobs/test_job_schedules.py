from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from batchff.emulator.state.model import Job
from batchff.emulator.state.states import JobScheduleState, JobState, PoolState, TaskState
from batchff.emulator.state.times import SECOND, format_time, to_ticks
from tests.emulator.examples import pool_document
from tests.emulator.scheduling.scene import Scene, play

HOURLY = {"recurrenceInterval": "PT1H"}
MANAGED = {"jobManagerTask": {"id": "manager", "commandLine": "true"}}
HOUR = 3600 * SECOND


def _in(scene: Scene, **duration: float) -> str:
    return format_time(to_ticks(scene.clock.now() + timedelta(**duration)))


def _jobs(scene: Scene) -> list[str]:
    return [job.id for job in scene.store.jobs.of_schedule(scene.schedule_now())]


async def _job(scene: Scene, number: int) -> Job:
    """Wait for a schedule's job."""
    name = f"schedule:job-{number}"
    await scene.until(lambda: scene.store.jobs.find(name))
    return scene.job_now(name)


async def _state(scene: Scene, state: JobScheduleState) -> None:
    await scene.until(lambda: scene.schedule_now().state is state)


async def _looked(scene: Scene) -> None:
    """Let the schedules be looked at."""
    scene.scheduler.job_schedules.look_again()
    await scene.settle()


def test_a_schedule_makes_one_job_and_is_complete_when_that_is(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        scene.schedule(specification={"priority": 7, "displayName": "Nightly"})
        job = await _job(scene, 1)
        assert (job.priority, job.document["displayName"]) == (7, "Nightly")
        assert scene.schedule_now().state is JobScheduleState.ACTIVE

        scene.scheduler.jobs.terminate(job, "Enough")

        await _state(scene, JobScheduleState.COMPLETED)
        schedule = scene.schedule_now()
        assert schedule.ended == schedule.state_time
        assert schedule.previous_state is JobScheduleState.ACTIVE
        assert (schedule.next_run, schedule.recent_job) == (None, "schedule:job-1")

    play(tmp_path, scenario)


def test_a_tasks_files_lie_in_the_work_item_of_the_schedule(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        scene.schedule(specification=MANAGED)
        job = await _job(scene, 1)
        manager = await scene.state(job, TaskState.COMPLETED, "manager")

        work_item = tmp_path / f"nodes/{manager.node}/workitems/schedule"
        assert (work_item / "job-1/manager/stdout.txt").exists()
        await _state(scene, JobScheduleState.COMPLETED)
        scene.scheduler.job_schedules.delete(scene.schedule_now())

        await scene.until(lambda: scene.store.job_schedules.find("schedule") is None)
        assert scene.store.jobs.find("schedule:job-1") is None
        await scene.until(lambda: not work_item.exists())

    play(tmp_path, scenario)


def test_a_schedules_job_has_all_its_tasks(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        log = tmp_path / "log"
        specification = {
            "jobManagerTask": {"id": "manager", "commandLine": f"sh -c 'echo managed >> {log}'"},
            "jobPreparationTask": {"commandLine": f"sh -c 'echo prepared >> {log}'"},
            "jobReleaseTask": {"commandLine": f"sh -c 'echo released >> {log}'"},
        }
        scene.schedule(specification=specification)

        await _state(scene, JobScheduleState.COMPLETED)

        assert log.read_text().split() == ["prepared", "managed", "released"]
        assert scene.job_now("schedule:job-1").terminate_reason == "JMComplete"

    play(tmp_path, scenario)


def test_jobs_recur_one_at_a_time(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=0)
        created = scene.schedule(**HOURLY).created
        first = await _job(scene, 1)
        assert scene.schedule_now().next_run == created + HOUR

        await scene.advance(minutes=61)
        await _looked(scene)
        assert _jobs(scene) == ["schedule:job-1"], "the first isn't completed"

        scene.scheduler.jobs.terminate(first, "Enough")
        second = await _job(scene, 2)
        scene.scheduler.jobs.terminate(second, "Enough")
        await _looked(scene)
        assert scene.schedule_now().next_run == created + 2 * HOUR
        assert _jobs(scene) == ["schedule:job-1", "schedule:job-2"]

        await scene.advance(minutes=60)
        await _job(scene, 3)

    play(tmp_path, scenario)


def test_what_was_due_in_one_interval_is_not_carried_into_the_next(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        created = scene.schedule(**HOURLY).created
        first = await _job(scene, 1)
        await scene.advance(hours=5, minutes=1)
        scene.scheduler.jobs.terminate(first, "Enough")

        await _job(scene, 2)
        assert scene.schedule_now().next_run == created + 6 * HOUR

    play(tmp_path, scenario)


def test_a_job_that_could_not_be_made_within_its_window_is_left_out(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        created = scene.schedule(**HOURLY, startWindow="PT5M").created
        first = await _job(scene, 1)
        await scene.advance(minutes=66)
        await scene.until(lambda: scene.schedule_now().next_run == created + 2 * HOUR)
        scene.scheduler.jobs.terminate(first, "Enough")
        await _looked(scene)
        assert _jobs(scene) == ["schedule:job-1"]

        await scene.advance(minutes=55)
        await _job(scene, 2)

    play(tmp_path, scenario)


def test_jobs_begin_and_end_with_the_times_that_a_schedule_names(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        times = {"doNotRunUntil": _in(scene, minutes=10), "doNotRunAfter": _in(scene, minutes=30)}
        scene.schedule(**times, recurrenceInterval="PT1H")
        await scene.advance(minutes=9)
        await _looked(scene)
        assert _jobs(scene) == []

        await scene.advance(minutes=2)
        job = await _job(scene, 1)
        assert scene.schedule_now().next_run is None
        scene.scheduler.jobs.terminate(job, "Enough")
        await _looked(scene)
        assert scene.schedule_now().state is JobScheduleState.ACTIVE

        await scene.advance(minutes=20)
        await _state(scene, JobScheduleState.COMPLETED)

    play(tmp_path, scenario)


def test_a_job_that_runs_holds_up_the_end_of_its_schedule(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.schedule(**HOURLY, doNotRunAfter=_in(scene, minutes=30))
        job = await _job(scene, 1)
        await scene.advance(minutes=31)
        await _looked(scene)
        assert scene.schedule_now().state is JobScheduleState.ACTIVE

        scene.scheduler.jobs.terminate(job, "Enough")

        await _state(scene, JobScheduleState.COMPLETED)

    play(tmp_path, scenario)


def test_a_disabled_schedule_makes_no_jobs(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.schedule(**HOURLY)
        first = await _job(scene, 1)
        scene.scheduler.job_schedules.disable(scene.schedule_now())
        scene.scheduler.jobs.terminate(first, "Enough")
        await scene.advance(minutes=61)
        await _looked(scene)
        assert _jobs(scene) == ["schedule:job-1"]

        scene.scheduler.job_schedules.enable(scene.schedule_now())

        await _job(scene, 2)

    play(tmp_path, scenario)


def test_a_schedule_that_is_terminated_ends_its_job(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        manager = {"jobManagerTask": {"id": "manager", "commandLine": "sleep 600"}}
        scene.schedule(specification=manager, **HOURLY)
        job = await _job(scene, 1)
        await scene.state(job, TaskState.RUNNING, "manager")

        scene.scheduler.job_schedules.terminate(scene.schedule_now())

        assert scene.schedule_now().state is JobScheduleState.TERMINATING
        await _state(scene, JobScheduleState.COMPLETED)
        assert scene.job_now(job.id).state is JobState.COMPLETED
        assert scene.job_now(job.id).terminate_reason == "TerminateWorkitem"

    play(tmp_path, scenario)


def test_the_times_of_a_schedule_survive_a_restart(tmp_path: Path) -> None:
    due = []

    async def before(scene: Scene) -> None:
        scene.schedule(**HOURLY)
        job = await _job(scene, 1)
        scene.scheduler.jobs.terminate(job, "Enough")
        due.append(scene.schedule_now().next_run)

    async def after(scene: Scene) -> None:
        await _looked(scene)
        assert [scene.schedule_now().next_run] == due
        await scene.advance(minutes=61)
        await _job(scene, 2)

    play(tmp_path, before)
    play(tmp_path, after)


@pytest.mark.parametrize("keep", [False, True])
def test_a_pool_can_live_as_long_as_a_schedule(tmp_path: Path, keep: bool) -> None:
    pool: dict[str, Any] = pool_document("")
    del pool["id"]
    specification = {"poolLifetimeOption": "jobschedule", "pool": pool, "keepAlive": keep}
    pool_info = {"poolInfo": {"autoPoolSpecification": specification}}

    async def scenario(scene: Scene) -> None:
        scene.schedule(specification=pool_info, **HOURLY)
        first = await _job(scene, 1)
        assert first.auto_pool is not None
        scene.scheduler.jobs.terminate(first, "Enough")
        await scene.advance(minutes=61)
        assert (await _job(scene, 2)).auto_pool == first.auto_pool
        assert [each.id for each in scene.store.pools.all()] == [first.auto_pool]

        scene.scheduler.job_schedules.terminate(scene.schedule_now())
        await _state(scene, JobScheduleState.COMPLETED)

        left = scene.store.pools.find(first.auto_pool)
        assert (left is not None and left.state is PoolState.ACTIVE) is keep

    play(tmp_path, scenario)


def test_a_schedule_keeps_the_emulator_up_while_its_next_job_waits_for_its_time(
    tmp_path: Path,
) -> None:
    async def scenario(scene: Scene) -> None:
        scene.schedule(**HOURLY, doNotRunUntil=_in(scene, hours=1))
        assert scene.scheduler.is_busy
        await scene.advance(minutes=61)
        job = await _job(scene, 1)
        assert not scene.scheduler.is_busy, "a job without tasks waits for a client"

        scene.scheduler.jobs.terminate(job, "Enough")
        assert scene.scheduler.is_busy
        scene.scheduler.job_schedules.disable(scene.schedule_now())
        assert not scene.scheduler.is_busy

    play(tmp_path, scenario)
