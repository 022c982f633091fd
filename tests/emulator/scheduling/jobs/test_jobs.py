from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batchff.emulator.state.model import Job
from batchff.emulator.state.states import Deallocation, DisableTasks, JobState, TaskState
from batchff.emulator.state.transitions import pool_resized
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


FOREVER = "sleep 600"


def _manager(command: str = "true", **fields: Any) -> dict[str, Any]:
    return {"jobManagerTask": {"id": "manager", "commandLine": command, **fields}}


async def _ended(scene: Scene) -> Job:
    await scene.until(lambda: scene.job_now().state is JobState.COMPLETED)
    return scene.job_now()


@pytest.mark.parametrize("command", ["true", "false"])
def test_a_job_ends_with_its_job_manager_task(tmp_path: Path, command: str) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=2)
        job = scene.job(**_manager(f"sh -c 'until test -e ../go; do sleep 0.02; done; {command}'"))
        other = scene.task(job, "other", FOREVER)
        await scene.state(job, TaskState.RUNNING, "other")

        manager = scene.task_now(job, "manager")
        directory = tmp_path / f"nodes/{manager.node}/workitems/job/job-1/manager"
        await scene.until(lambda: directory.exists())
        (directory / "go").touch()

        assert (await _ended(scene)).terminate_reason == "JMComplete"
        assert scene.task_now(job, other.id).state is TaskState.COMPLETED

    play(tmp_path, scenario)


def test_a_job_can_outlive_its_job_manager_task(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job(**_manager(killJobOnCompletion=False))

        await scene.state(job, TaskState.COMPLETED, "manager")

        assert scene.job_now().state is JobState.ACTIVE

    play(tmp_path, scenario)


def test_a_job_waits_for_the_tasks_that_its_manager_added(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        fields = _manager(killJobOnCompletion=False, runExclusive=False)
        job = scene.job(onAllTasksComplete="terminatejob", **fields)
        assert job.state is JobState.ACTIVE
        scene.task(job, "added")
        scene.pool(taskSlotsPerNode=2)

        assert (await _ended(scene)).terminate_reason == "AllTasksComplete"
        assert scene.task_now(job, "added").state is TaskState.COMPLETED

    play(tmp_path, scenario)


def test_a_job_ends_when_its_manager_is_ended_for_it(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job(**_manager(FOREVER))
        await scene.state(job, TaskState.RUNNING, "manager")

        scene.scheduler.jobs.disable(job, DisableTasks.TERMINATE)

        assert (await _ended(scene)).terminate_reason == "JMComplete"

    play(tmp_path, scenario)


def test_a_job_whose_manager_is_done_ends_at_the_next_start(tmp_path: Path) -> None:
    async def before(scene: Scene) -> None:
        scene.pool()
        job = scene.job(**_manager(killJobOnCompletion=False))
        await scene.state(job, TaskState.COMPLETED, "manager")
        # As if the emulator was killed after it had written down the one and before the other.
        assert job.manager is not None
        job.manager["killJobOnCompletion"] = True
        scene.store.jobs.save(job)

    async def after(scene: Scene) -> None:
        assert (await _ended(scene)).terminate_reason == "JMComplete"

    play(tmp_path, before)
    play(tmp_path, after)


def test_a_job_manager_has_its_node_for_itself(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(taskSlotsPerNode=3)
        other = scene.job("other")
        scene.task(other, command=FOREVER)
        await scene.state(other, TaskState.RUNNING)
        job = scene.job(**_manager("sh -c 'until test -e ../go; do sleep 0.02; done'"))
        scene.task(other, "small")
        await scene.state(other, TaskState.COMPLETED, "small")
        assert scene.task_now(job, "manager").state is TaskState.ACTIVE

        scene.scheduler.jobs.terminate(other, "Enough")
        manager = await scene.state(job, TaskState.RUNNING, "manager")
        scene.task(job, "added")
        last = scene.job("last")
        scene.task(last)
        assert [node.state for node in scene.nodes()] == ["running"]
        assert scene.task_now(last).state is TaskState.ACTIVE

        directory = tmp_path / f"nodes/{manager.node}/workitems/job/job-1/manager"
        await scene.until(lambda: directory.exists())
        (directory / "go").touch()
        await scene.state(last, TaskState.COMPLETED)

    play(tmp_path, scenario)


def test_a_job_manager_that_shares_its_node_leaves_the_other_slots_free(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(taskSlotsPerNode=3)
        job = scene.job(**_manager(FOREVER, runExclusive=False, requiredSlots=2))
        scene.task(job, "one", FOREVER)
        scene.task(job, "two")

        await scene.state(job, TaskState.RUNNING, "one")
        assert scene.task_now(job, "manager").state is TaskState.RUNNING
        assert scene.task_now(job, "two").state is TaskState.ACTIVE

    play(tmp_path, scenario)


def test_a_job_manager_may_ask_for_a_dedicated_node(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool = scene.pool(nodes=0, low_priority=2)
        dedicated = scene.job("dedicated", **_manager(FOREVER, allowLowPriorityNode=False))
        any_node = scene.job("any", **_manager(FOREVER))
        await scene.state(any_node, TaskState.RUNNING, "manager")
        assert scene.task_now(dedicated, "manager").state is TaskState.ACTIVE

        found = scene.store.pools.find(pool.id)
        assert found is not None
        now = scene.store.tick()
        scene.store.pools.save(pool_resized(found, 1, 2, Deallocation.REQUEUE, now))
        scene.scheduler.pool_changed(pool.key)

        manager = await scene.state(dedicated, TaskState.RUNNING, "manager")
        nodes = {node.id: node.dedicated for node in scene.nodes()}
        assert manager.node is not None and nodes[manager.node]

    play(tmp_path, scenario)
