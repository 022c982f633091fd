from __future__ import annotations

from pathlib import Path
from typing import Any

from batchff.emulator.state.model import Job, Preparation
from batchff.emulator.state.states import (
    AuxiliaryState,
    Deallocation,
    DisableTasks,
    JobState,
    NodeState,
    Result,
    TaskState,
)
from batchff.emulator.state.transitions import pool_resized
from tests.emulator.scheduling.scene import Scene, play

_COUNT = "sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/released'"
_GATED = (
    "sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/released;"
    " until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do sleep 0.01; done'"
)


def _job(scene: Scene, command: str = _COUNT, prepare: str = "true", **fields: Any) -> Job:
    return scene.job(
        jobPreparationTask={"commandLine": prepare, **fields.pop("preparation", {})},
        jobReleaseTask={"commandLine": command, **fields},
    )


async def _used(scene: Scene, job: Job, nodes: int = 1) -> None:
    """Let a task run on each of some nodes."""
    for number in range(nodes):
        scene.task(job, f"t{number}", "sleep 600")
    for number in range(nodes):
        await scene.state(job, TaskState.RUNNING, f"t{number}")


def _rows(scene: Scene) -> list[Preparation]:
    return scene.store.preparations.of_job(scene.job_now())


def _releases(scene: Scene) -> int:
    """Count how often the release task was begun on disks that are there."""
    return sum(len(file.read_text().split()) for file in scene.root.glob("nodes/*/shared/released"))


async def _ended(scene: Scene) -> None:
    await scene.until(lambda: scene.job_now().state is JobState.COMPLETED)


def _open_gate(scene: Scene) -> None:
    for node in scene.nodes():
        (scene.root / "nodes" / node.id / "shared" / "go").touch()


def test_it_runs_where_the_job_has_run_and_nowhere_else(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=3)
        await scene.until(lambda: [n.state for n in scene.nodes()] == [NodeState.IDLE] * 3)
        job = _job(scene)
        await _used(scene, job, 2)

        scene.scheduler.jobs.terminate(job, "UserTerminate")

        await _ended(scene)
        assert _releases(scene) == 2
        for row in _rows(scene):
            assert (row.release_state, row.release_result) == (
                AuxiliaryState.COMPLETED,
                Result.SUCCESS,
            )

    play(tmp_path, scenario)


def test_the_job_is_terminating_until_it_has_run_but_its_tasks_have_ended(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED)
        await _used(scene, job)

        scene.scheduler.jobs.terminate(job, "UserTerminate")

        await scene.until(lambda: _releases(scene))
        assert scene.task_now(job, "t0").state is TaskState.COMPLETED
        assert scene.job_now().state is JobState.TERMINATING
        assert _rows(scene)[0].release_state is AuxiliaryState.RUNNING
        _open_gate(scene)
        await _ended(scene)

    play(tmp_path, scenario)


def test_it_takes_no_slot(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED)
        await _used(scene, job)
        scene.scheduler.jobs.terminate(job, "UserTerminate")
        await scene.until(lambda: _releases(scene))

        other = scene.job("other")
        scene.task(other)

        await scene.state(other, TaskState.COMPLETED)
        assert scene.job_now().state is JobState.TERMINATING

    play(tmp_path, scenario)


def test_a_job_that_is_deleted_is_released_first(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED)
        await _used(scene, job)

        scene.scheduler.jobs.delete(job)

        await scene.until(lambda: _releases(scene))
        assert scene.job_now().state is JobState.DELETING
        _open_gate(scene)
        await scene.until(lambda: scene.store.jobs.find("job") is None)
        assert scene.store.preparations.of_job(job) == []

    play(tmp_path, scenario)


def test_a_job_is_released_once(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene)
        await _used(scene, job)
        scene.scheduler.jobs.terminate(job, "UserTerminate")
        await _ended(scene)

        scene.scheduler.jobs.delete(scene.job_now())

        await scene.until(lambda: scene.store.jobs.find("job") is None)
        assert _releases(scene) == 1

    play(tmp_path, scenario)


def test_deleting_a_job_that_is_being_released_lets_that_end(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED)
        await _used(scene, job)
        scene.scheduler.jobs.terminate(job, "UserTerminate")
        await scene.until(lambda: _releases(scene))

        scene.scheduler.jobs.delete(scene.job_now())

        assert scene.job_now().state is JobState.DELETING
        _open_gate(scene)
        await scene.until(lambda: scene.store.jobs.find("job") is None)
        assert _releases(scene) == 1

    play(tmp_path, scenario)


def test_a_disabled_job_is_not_released(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene)
        await _used(scene, job)

        scene.scheduler.jobs.disable(job, DisableTasks.REQUEUE)

        await scene.until(lambda: scene.job_now().state is JobState.DISABLED)
        assert _rows(scene)[0].release_state is None

    play(tmp_path, scenario)


def test_a_failed_release_ends_the_job_too(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, "sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/released; exit 3'")
        await _used(scene, job)

        scene.scheduler.jobs.terminate(job, "UserTerminate")

        await _ended(scene)
        (row,) = _rows(scene)
        assert (row.release_exit_code, row.release_result) == (3, Result.FAILURE)
        assert _releases(scene) == 1, "it isn't retried"

    play(tmp_path, scenario)


def test_it_may_run_for_a_quarter_of_an_hour(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED)
        await _used(scene, job)
        scene.scheduler.jobs.terminate(job, "UserTerminate")
        await scene.until(lambda: scene.clock.waits_for(minutes=15))

        scene.clock.advance(minutes=15, seconds=1)

        await _ended(scene)
        (row,) = _rows(scene)
        assert row.release_failure is not None
        assert row.release_failure["code"] == "TaskEnded"

    play(tmp_path, scenario)


def test_a_node_that_could_not_be_prepared_is_not_released(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, prepare="false")
        scene.task(job)
        await scene.until(lambda: _rows(scene) and _rows(scene)[0].result is Result.FAILURE)

        scene.scheduler.jobs.terminate(job, "UserTerminate")

        await _ended(scene)
        assert _rows(scene)[0].release_state is None

    play(tmp_path, scenario)


def test_a_node_whose_disk_is_gone_is_not_released(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene)
        await _used(scene, job)
        scene.scheduler.jobs.disable(job, DisableTasks.REQUEUE)
        await scene.until(lambda: scene.job_now().state is JobState.DISABLED)

        scene.scheduler.nodes.reimage(scene.nodes()[0], Deallocation.REQUEUE)
        scene.scheduler.jobs.terminate(scene.job_now(), "UserTerminate")

        await _ended(scene)
        assert _rows(scene)[0].release_state is None

    play(tmp_path, scenario)


def test_it_runs_again_when_its_node_is_rebooted_meanwhile(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED)
        await _used(scene, job)
        scene.scheduler.jobs.terminate(job, "UserTerminate")
        await scene.until(lambda: _releases(scene) == 1)

        scene.scheduler.nodes.reboot(scene.nodes()[0], Deallocation.REQUEUE)

        await scene.until(lambda: _releases(scene) == 2)
        assert scene.job_now().state is JobState.TERMINATING
        _open_gate(scene)
        await _ended(scene)
        assert _rows(scene)[0].release_result is Result.SUCCESS

    play(tmp_path, scenario)


def test_a_job_does_not_wait_for_a_node_that_leaves(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(scene, _GATED)
        await _used(scene, job)
        scene.scheduler.jobs.terminate(job, "UserTerminate")
        await scene.until(lambda: _releases(scene))

        pool = scene.store.pools.find("pool")
        assert pool is not None
        resized = pool_resized(pool, 0, 0, Deallocation.REQUEUE, scene.store.tick())
        scene.store.pools.save(resized)
        scene.scheduler.pool_changed("pool")

        await _ended(scene)
        (row,) = _rows(scene)
        assert (row.release_state, row.release_result) == (AuxiliaryState.COMPLETED, Result.FAILURE)
        assert scene.store.processes.all() == []

    play(tmp_path, scenario)


def test_a_job_that_was_being_released_is_released_in_the_next_life(tmp_path: Path) -> None:
    async def first(scene: Scene) -> None:
        scene.pool(nodes=2)
        await scene.until(lambda: [n.state for n in scene.nodes()] == [NodeState.IDLE] * 2)
        job = _job(scene, _GATED)
        await _used(scene, job, 2)
        scene.scheduler.jobs.terminate(job, "UserTerminate")
        await scene.until(lambda: _releases(scene) == 2)

    async def second(scene: Scene) -> None:
        assert scene.job_now().state is JobState.TERMINATING
        _open_gate(scene)
        await _ended(scene)
        assert _releases(scene) == 4
        assert {row.release_result for row in _rows(scene)} == {Result.SUCCESS}

    play(tmp_path, first)
    play(tmp_path, second)


def test_it_finds_what_was_prepared_and_leaves_its_files(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _job(
            scene,
            "sh -c 'cat $AZ_BATCH_JOB_PREP_WORKING_DIR/data; echo $AZ_BATCH_TASK_ID'",
            prepare="sh -c 'echo data > data'",
            retentionTime="PT1H",
        )
        await _used(scene, job)
        scene.scheduler.jobs.terminate(job, "UserTerminate")
        await _ended(scene)

        (node,) = scene.nodes()
        folder = scene.root / "nodes" / node.id / "workitems" / "job" / "job-1" / "jobrelease"
        assert (folder / "stdout.txt").read_text() == "data\njobrelease\n"
        await scene.advance(minutes=61)
        await scene.until(lambda: not folder.exists())

    play(tmp_path, scenario)
