from __future__ import annotations

from pathlib import Path

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.state.states import TaskState
from tests.emulator.scheduling.scene import Scene, play

ADMIN = {"autoUser": {"scope": "pool", "elevationLevel": "admin"}}


def test_an_admin_task_runs_only_where_that_was_allowed(tmp_path: Path) -> None:
    async def refused(scene: Scene) -> None:
        scene.pool()
        job = scene.job(constraints={"maxTaskRetryCount": 3})
        scene.task(job, command="touch proof", userIdentity=ADMIN)
        task = await scene.state(job, TaskState.COMPLETED)
        assert task.failure is not None and task.failure["code"] == "AdminRightsRefused"
        assert (task.result, task.exit_code, task.retries) == ("failure", None, 0)
        assert not list(tmp_path.glob("nodes/*/workitems/job/job-1/task/wd/proof"))

    async def allowed(scene: Scene) -> None:
        job = scene.job_now()
        scene.task(job, "again", command="touch proof", userIdentity=ADMIN)
        assert (await scene.state(job, TaskState.COMPLETED, "again")).exit_code == 0
        assert list(tmp_path.glob("nodes/*/workitems/job/job-1/again/wd/proof"))

    play(tmp_path, refused)
    play(tmp_path, allowed, SchedulerOptions(run_admin_tasks=True))


def test_only_a_multi_instance_task_finds_a_list_of_nodes(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        say = "sh -c 'echo ${CCP_NODES-none} $AZ_BATCH_TASK_SHARED_DIR'"
        settings = {"coordinationCommandLine": "true", "numberOfInstances": 3}
        mine = [{"name": "CCP_NODES", "value": "9"}]
        scene.task(job, "many", say, multiInstanceSettings=settings, environmentSettings=mine)
        scene.task(job, "one", say)
        for name in ("many", "one"):
            assert (await scene.state(job, TaskState.COMPLETED, name)).exit_code == 0
        (many,) = tmp_path.glob("nodes/*/workitems/job/job-1/many")
        assert (many / "stdout.txt").read_text() == f"1 127.0.0.1 2 {many}\n"
        assert (many.parent / "one" / "stdout.txt").read_text().strip() == "none"

    play(tmp_path, scenario)


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
        assert failed.failure["category"] == "ServerError"

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
