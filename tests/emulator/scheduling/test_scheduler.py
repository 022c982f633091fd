from __future__ import annotations

from pathlib import Path

from batchff.emulator.state.model import Job
from batchff.emulator.state.states import JobState, NodeState, TaskState
from batchff.emulator.state.transitions import job_moved
from tests.emulator.running import told_of_processes, wait_until
from tests.emulator.scheduling.scene import Scene, play


def test_busy_is_what_runs_or_can_run(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = scene.job()
        assert not scene.scheduler.is_busy
        scene.task(job, command="sh -c 'until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do :; done'")
        assert not scene.scheduler.is_busy, "there are no nodes"

        scene.pool()
        await scene.state(job, TaskState.RUNNING)
        assert scene.scheduler.is_busy

        (scene.root / "nodes" / scene.nodes()[0].id / "shared" / "go").touch()
        await scene.state(job, TaskState.COMPLETED)
        await scene.until(lambda: not scene.scheduler.is_busy)

    play(tmp_path, scenario)


def test_tasks_that_wait_for_broken_nodes_are_no_business(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(startTask={"commandLine": "false"})
        job = scene.job()
        scene.task(job)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.START_TASK_FAILED)

        assert not scene.scheduler.is_busy

    play(tmp_path, scenario)


def test_what_ran_is_requeued_and_runs_again_on_the_same_node(tmp_path: Path) -> None:
    async def first_life(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job, command="sh -c 'test -e $AZ_BATCH_NODE_SHARED_DIR/go || sleep 600'")
        scene.task(job, "waits")
        await scene.state(job, TaskState.RUNNING)
        (scene.root / "nodes" / scene.nodes()[0].id / "shared" / "go").touch()

    async def next_life(scene: Scene) -> None:
        job = scene.job_now()
        done = await scene.state(job, TaskState.COMPLETED)
        assert (done.requeues, done.exit_code) == (1, 0)
        assert done.node == scene.nodes()[0].id
        assert (await scene.state(job, TaskState.COMPLETED, "waits")).requeues == 0

    play(tmp_path, first_life)
    play(tmp_path, next_life)


def test_nothing_that_ran_goes_on_after_a_stop(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job, command="sh -c 'sleep 600 & setsid sleep 600 & sleep 600'")
        await scene.until(lambda: len(_environments_below(tmp_path / "nodes")) >= 3)

    play(tmp_path, scenario)

    wait_until(lambda: not _environments_below(tmp_path / "nodes"))


def test_what_was_ending_ends_in_the_next_life(tmp_path: Path) -> None:
    async def first_life(scene: Scene) -> None:
        for job_id in ("terminated", "deleted"):
            scene.task(scene.job(job_id))
        scene.store.jobs.save(_moved(scene, "terminated", JobState.TERMINATING))
        scene.store.jobs.save(_moved(scene, "deleted", JobState.DELETING))

    async def next_life(scene: Scene) -> None:
        await scene.until(lambda: scene.job_now("terminated").state is JobState.COMPLETED)
        await scene.until(lambda: scene.store.jobs.find("deleted") is None)
        assert len(scene.store.tasks.select("1")) == 1

    play(tmp_path, first_life)
    play(tmp_path, next_life)


def test_nodes_start_again_with_their_start_task(tmp_path: Path) -> None:
    start = {"commandLine": "sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/starts'"}

    async def first_life(scene: Scene) -> None:
        scene.pool(startTask=start)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.IDLE)

    async def next_life(scene: Scene) -> None:
        await scene.until(lambda: scene.nodes()[0].state is NodeState.IDLE)
        starts = scene.root / "nodes" / scene.nodes()[0].id / "shared" / "starts"
        assert starts.read_text() == "x\nx\n"

    play(tmp_path, first_life)
    play(tmp_path, next_life)


def _moved(scene: Scene, job_id: str, state: JobState) -> Job:
    return job_moved(scene.job_now(job_id), state, scene.store.tick())


def _environments_below(nodes: Path) -> list[int]:
    below = f"={nodes}/".encode()
    return [pid for pid, environment in told_of_processes("environ") if below in environment]
