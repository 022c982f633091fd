from __future__ import annotations

from pathlib import Path
from typing import Any

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.state.model import Job, Node, Preparation
from batchff.emulator.state.states import (
    AuxiliaryState,
    Deallocation,
    DisableTasks,
    JobState,
    NodeState,
    Result,
    TaskState,
)
from tests.emulator.scheduling.scene import Scene, play

_COUNT = "sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/prepared'"
_GATED = "sh -c 'until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do sleep 0.01; done'"


def _job(scene: Scene, command: str = _COUNT, **fields: Any) -> Job:
    return scene.job(jobPreparationTask={"commandLine": command, **fields})


def _rows(scene: Scene) -> list[Preparation]:
    return scene.store.preparations.of_job(scene.job_now())


def _shared(scene: Scene, node: Node) -> Path:
    return scene.root / "nodes" / node.id / "shared"


def _times_prepared(scene: Scene) -> int:
    counts = [_shared(scene, node) / "prepared" for node in scene.nodes()]
    return sum(len(count.read_text().split()) for count in counts if count.exists())


async def _idle(scene: Scene, nodes: int = 1) -> None:
    await scene.until(lambda: [node.state for node in scene.nodes()] == [NodeState.IDLE] * nodes)


def test_a_node_is_prepared_once_before_the_first_task(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(taskSlotsPerNode=2)
        job = _job(scene)
        for number in range(4):
            scene.task(job, f"t{number}", "sh -c 'test -e $AZ_BATCH_NODE_SHARED_DIR/prepared'")

        for number in range(4):
            task = await scene.state(job, TaskState.COMPLETED, f"t{number}")
            assert (task.exit_code, task.requeues) == (0, 0)
        assert _times_prepared(scene) == 1
        (row,) = _rows(scene)
        assert (row.state, row.result, row.exit_code) == (
            AuxiliaryState.COMPLETED,
            Result.SUCCESS,
            0,
        )

    play(tmp_path, scenario)


def test_tasks_wait_in_state_preparing_and_keep_their_slots(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(taskSlotsPerNode=2)
        job = _job(scene, _GATED)
        for task in ("a", "b", "c"):
            scene.task(job, task)

        waiting = await scene.state(job, TaskState.PREPARING, "a")
        assert waiting.node == scene.nodes()[0].id
        assert waiting.started is None
        await scene.state(job, TaskState.PREPARING, "b")
        assert scene.task_now(job, "c").state is TaskState.ACTIVE
        (_shared(scene, scene.nodes()[0]) / "go").touch()

        done = await scene.state(job, TaskState.COMPLETED, "c")
        assert done.exit_code == 0

    play(tmp_path, scenario)


def test_each_node_that_gets_a_task_is_prepared_and_no_other(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=3)
        await _idle(scene, 3)
        job = _job(scene)
        for task in ("a", "b"):
            scene.task(job, task, "sleep 600")

        nodes = {(await scene.state(job, TaskState.RUNNING, task)).node for task in ("a", "b")}
        assert {row.node for row in _rows(scene)} == nodes
        assert len(nodes) == 2

    play(tmp_path, scenario)


def test_tasks_need_not_wait_for_it(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED, waitForSuccess=False)
        scene.task(job)

        await scene.state(job, TaskState.COMPLETED)

        assert _rows(scene)[0].state is AuxiliaryState.RUNNING

    play(tmp_path, scenario)


def test_where_it_fails_for_good_tasks_go_to_other_nodes(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=2, taskSlotsPerNode=2)
        await _idle(scene, 2)
        good, bad = scene.nodes()
        (_shared(scene, good) / "good").touch()
        job = _job(scene, "sh -c 'test -e $AZ_BATCH_NODE_SHARED_DIR/good'")
        for number in range(6):
            scene.task(job, f"t{number}")

        for number in range(6):
            task = await scene.state(job, TaskState.COMPLETED, f"t{number}")
            assert (task.node, task.requeues, task.exit_code) == (good.id, 0, 0)
        failed = scene.store.preparations.find(job, bad.id)
        assert failed is not None and failed.failure is not None
        assert (failed.exit_code, failed.failure["code"]) == (1, "FailureExitCode")
        other = scene.job("other")
        for number in range(4):
            scene.task(other, f"t{number}", "sleep 600")
        await scene.until(lambda: scene.task_now(other, "t3").state is TaskState.RUNNING)
        assert {scene.task_now(other, f"t{number}").node for number in range(4)} == {
            good.id,
            bad.id,
        }

    play(tmp_path, scenario)


def test_a_failure_that_nobody_waits_for_stops_no_task(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, "false", waitForSuccess=False)
        scene.task(job, "first")
        await scene.until(lambda: _rows(scene) and _rows(scene)[0].result is Result.FAILURE)

        scene.task(job, "second")

        await scene.state(job, TaskState.COMPLETED, "first")
        await scene.state(job, TaskState.COMPLETED, "second")

    play(tmp_path, scenario)


def test_it_is_retried_as_its_constraints_say(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        count = "echo x >> $AZ_BATCH_NODE_SHARED_DIR/n; test $(wc -l < $AZ_BATCH_NODE_SHARED_DIR/n)"
        job = _job(scene, f"sh -c '{count} = 3'", constraints={"maxTaskRetryCount": 2})
        scene.task(job)

        await scene.state(job, TaskState.COMPLETED)

        (row,) = _rows(scene)
        assert (row.retries, row.exit_code) == (2, 0)
        assert row.last_retry is not None

    play(tmp_path, scenario)


def test_it_may_not_run_longer_than_its_constraints_say(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, "sleep 600", constraints={"maxWallClockTime": "PT40S"})
        scene.task(job)
        await scene.until(lambda: scene.store.processes.all())

        await scene.until(lambda: scene.clock.waits_for(seconds=40))
        scene.clock.advance(seconds=41)

        await scene.state(job, TaskState.ACTIVE)
        (row,) = _rows(scene)
        assert row.failure is not None and row.failure["code"] == "TaskEnded"

    play(tmp_path, scenario)


def test_it_runs_again_after_a_reboot(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene)
        scene.task(job, "before")
        await scene.state(job, TaskState.COMPLETED, "before")

        scene.scheduler.nodes.reboot(scene.nodes()[0], Deallocation.REQUEUE)
        scene.task(job, "after")

        await scene.state(job, TaskState.COMPLETED, "after")
        assert _times_prepared(scene) == 2

    play(tmp_path, scenario)


def test_it_needs_not_run_again_after_a_reboot(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, rerunOnNodeRebootAfterSuccess=False)
        scene.task(job, "before")
        await scene.state(job, TaskState.COMPLETED, "before")

        scene.scheduler.nodes.reboot(scene.nodes()[0], Deallocation.REQUEUE)
        scene.task(job, "after")

        await scene.state(job, TaskState.COMPLETED, "after")
        assert _times_prepared(scene) == 1

    play(tmp_path, scenario)


def test_one_that_a_reboot_cuts_short_always_runs_again(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED, rerunOnNodeRebootAfterSuccess=False)
        scene.task(job)
        await scene.until(lambda: scene.store.processes.all())

        scene.scheduler.nodes.reboot(scene.nodes()[0], Deallocation.REQUEUE)

        await scene.until(lambda: scene.task_now(job).requeues == 1)
        await scene.state(job, TaskState.PREPARING)
        assert scene.task_now(job).requeues == 1
        (_shared(scene, scene.nodes()[0]) / "go").touch()
        await scene.state(job, TaskState.COMPLETED)

    play(tmp_path, scenario)


def test_a_node_that_failed_is_tried_again_once_it_was_reimaged(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, "sh -c 'test -e $AZ_BATCH_NODE_ROOT_DIR/../good'")
        scene.task(job)
        await scene.until(lambda: _rows(scene) and _rows(scene)[0].result is Result.FAILURE)
        await scene.state(job, TaskState.ACTIVE)
        (scene.root / "nodes" / "good").mkdir()

        scene.scheduler.nodes.reboot(scene.nodes()[0], Deallocation.REQUEUE)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.REBOOTING)
        await _idle(scene)
        assert scene.task_now(job).state is TaskState.ACTIVE
        scene.scheduler.nodes.reimage(scene.nodes()[0], Deallocation.REQUEUE)

        await scene.state(job, TaskState.COMPLETED)

    play(tmp_path, scenario)


def test_a_preempted_node_is_prepared_again_when_it_comes_back(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=0, low_priority=1)
        job = _job(scene, rerunOnNodeRebootAfterSuccess=False)
        scene.task(job, "before")
        await scene.state(job, TaskState.COMPLETED, "before")

        scene.scheduler.preemption.preempt(scene.nodes()[0], 0)
        scene.task(job, "after")

        await scene.state(job, TaskState.COMPLETED, "after")
        assert _times_prepared(scene) == 1, "its disk is a new one"

    play(tmp_path, scenario)


def test_a_deallocated_node_is_prepared_again_when_it_was_started(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, rerunOnNodeRebootAfterSuccess=False)
        scene.task(job, "before")
        await scene.state(job, TaskState.COMPLETED, "before")

        scene.scheduler.nodes.deallocate(scene.nodes()[0], Deallocation.REQUEUE)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.DEALLOCATED)
        scene.scheduler.nodes.start(scene.nodes()[0])
        scene.task(job, "after")

        await scene.state(job, TaskState.COMPLETED, "after")
        assert _times_prepared(scene) == 1, "its disk is a new one"

    play(tmp_path, scenario)


def test_a_restart_of_the_service_counts_as_a_reboot(tmp_path: Path) -> None:
    async def first(scene: Scene) -> None:
        scene.pool(taskSlotsPerNode=2)
        prepared = _job(scene)
        scene.task(prepared)
        await scene.state(prepared, TaskState.COMPLETED)
        kept = {"commandLine": _GATED, "rerunOnNodeRebootAfterSuccess": False}
        cut_short = scene.job("other", jobPreparationTask=kept)
        scene.task(cut_short)
        await scene.state(cut_short, TaskState.PREPARING)
        await scene.until(lambda: scene.store.processes.all())

    async def second(scene: Scene) -> None:
        scene.task(scene.job_now(), "after")
        await scene.state(scene.job_now(), TaskState.COMPLETED, "after")
        assert _times_prepared(scene) == 2
        other = scene.job_now("other")
        assert scene.task_now(other).requeues == 1
        (_shared(scene, scene.nodes()[0]) / "go").touch()
        await scene.state(other, TaskState.COMPLETED)

    play(tmp_path, first)
    play(tmp_path, second)


def test_what_waits_for_it_can_be_ended(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED)
        scene.task(job)
        await scene.until(lambda: scene.store.processes.all())

        scene.scheduler.jobs.disable(job, DisableTasks.REQUEUE)

        await scene.until(lambda: scene.job_now().state is JobState.DISABLED)
        assert scene.task_now(job).state is TaskState.ACTIVE
        assert scene.store.processes.all() == []
        scene.scheduler.jobs.enable(scene.job_now())
        await scene.state(job, TaskState.PREPARING)
        await scene.until(lambda: scene.store.processes.all())
        scene.scheduler.jobs.terminate(scene.job_now(), "UserTerminate")
        await scene.until(lambda: scene.job_now().state is JobState.COMPLETED)
        assert scene.task_now(job).state is TaskState.COMPLETED
        assert scene.store.processes.all() == []

    play(tmp_path, scenario)


def test_it_leaves_its_files_and_is_known_to_the_tasks(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job(
            commonEnvironmentSettings=[{"name": "COMMON", "value": "all"}],
            jobPreparationTask={
                "id": "ready",
                "commandLine": "sh -c 'echo $COMMON $OWN $AZ_BATCH_TASK_ID; echo data > data'",
                "environmentSettings": [{"name": "OWN", "value": "mine"}],
            },
        )
        scene.task(job, command="sh -c 'cat $AZ_BATCH_JOB_PREP_WORKING_DIR/data'")

        done = await scene.state(job, TaskState.COMPLETED)

        folder = scene.root / "nodes" / str(done.node) / "workitems" / "job" / "job-1"
        assert (folder / "ready" / "stdout.txt").read_text() == "all mine ready\n"
        assert (folder / "task" / "stdout.txt").read_text() == "data\n"

    play(tmp_path, scenario)


def test_its_directory_goes_when_its_retention_time_is_over(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, constraints={"retentionTime": "PT1H"})
        scene.task(job)
        done = await scene.state(job, TaskState.COMPLETED)
        folder = scene.root / "nodes" / str(done.node) / "workitems" / "job" / "job-1"
        assert (folder / "jobpreparation").is_dir()

        await scene.advance(minutes=61)

        await scene.until(lambda: not (folder / "jobpreparation").exists())
        assert (folder / "task").is_dir()

    play(tmp_path, scenario)


def test_one_that_asks_for_admin_rights_is_skipped_unless_that_is_allowed(tmp_path: Path) -> None:
    admin = {"autoUser": {"elevationLevel": "admin"}}

    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, userIdentity=admin)
        scene.task(job)
        await scene.state(job, TaskState.COMPLETED)
        assert _times_prepared(scene) == (1 if scene.root.name == "allowed" else 0)

    (tmp_path / "skipped").mkdir()
    play(tmp_path / "skipped", scenario)
    (tmp_path / "allowed").mkdir()
    play(tmp_path / "allowed", scenario, SchedulerOptions(run_admin_tasks=True))
