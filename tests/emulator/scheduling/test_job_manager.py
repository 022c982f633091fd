from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batchff.emulator.state.model import Deallocation, DisableTasks, Job, JobState, TaskState
from batchff.emulator.state.transitions import pool_resized
from tests.emulator.scheduling.scene import Scene, play

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
