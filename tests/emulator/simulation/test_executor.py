"""The scheduler with simulated nodes, on a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.simulation.settings import read_simulation
from batchff.emulator.state.model import Job, Node, Task
from batchff.emulator.state.states import Deallocation, JobState, NodeState, Result, TaskState
from batchff.emulator.state.times import SECOND
from tests.emulator.scheduling.scene import Scene, play

ADMIN = {"autoUser": {"scope": "pool", "elevationLevel": "admin"}}


def simulate(
    folder: Path, scenario: Callable[[Scene], Awaitable[None]], **settings: object
) -> None:
    """Run a scenario with a simulation's settings."""
    play(folder, scenario, SchedulerOptions(simulation=read_simulation(settings)))


def all_completed(scene: Scene, job: Job) -> Callable[[], bool]:
    return lambda: scene.store.tasks.all_completed(job)


def seconds_of(task: Task) -> float:
    """Tell how long a task ran, its last try if it had several."""
    assert task.ended is not None and task.started is not None
    return (task.ended - (task.last_retry or task.started)) / SECOND


def all_idle(scene: Scene) -> list[Node]:
    nodes = scene.nodes()
    return nodes if all(node.state is NodeState.IDLE for node in nodes) else []


def test_a_task_takes_its_time_and_runs_nothing(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job, command=f"touch {tmp_path / 'touched'}", userIdentity=ADMIN)

        await scene.forward(all_completed(scene, job))

        task = scene.task_now(job)
        assert (task.exit_code, task.result, task.failure) == (0, Result.SUCCESS, None)
        assert seconds_of(task) == pytest.approx(90, abs=0.01)

    simulate(tmp_path, scenario, task_time="90s")
    assert list((tmp_path / "nodes").iterdir()) == []
    assert not (tmp_path / "touched").exists()


def outcomes(folder: Path, names: Sequence[str], nodes: int, seed: int) -> dict[str, object]:
    """Tell how tasks went that were added in an order to a pool of some nodes."""
    found: dict[str, object] = {}

    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=nodes)
        job = scene.job()
        for name in names:
            scene.task(job, name, constraints={"maxTaskRetryCount": 3})
        await scene.forward(all_completed(scene, job))
        for name in names:
            task = scene.task_now(job, name)
            found[name] = (task.result, task.retries, round(seconds_of(task), 2))

    simulate(folder, scenario, task_time="30s..5m", task_failures=0.3, seed=seed)
    return found


def test_the_same_seed_draws_the_same_again_whatever_the_order(tmp_path: Path) -> None:
    names = [f"task-{number}" for number in range(20)]

    once = outcomes(tmp_path / "once", names, nodes=1, seed=0)
    again = outcomes(tmp_path / "again", names[::-1], nodes=7, seed=0)
    otherwise = outcomes(tmp_path / "otherwise", names, nodes=1, seed=1)

    assert once == again
    assert once != otherwise
    assert len(set(once.values())) == len(names)


def test_a_share_of_the_tries_fails_and_is_tried_again_as_often_as_it_may(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=10)
        job = scene.job()
        for number in range(200):
            scene.task(job, f"task-{number}", constraints={"maxTaskRetryCount": 1})

        await scene.forward(all_completed(scene, job))

        tasks = [scene.task_now(job, f"task-{number}") for number in range(200)]
        failed = [task for task in tasks if task.result is Result.FAILURE]
        assert 60 <= sum(task.retries for task in tasks) <= 140
        assert 25 <= len(failed) <= 80
        for task in failed:
            assert (task.retries, task.exit_code) == (1, 1)
            assert task.failure is not None and task.failure["code"] == "FailureExitCode"

    simulate(tmp_path, scenario, task_failures=0.5)


def test_a_tasks_wall_clock_runs_out_in_the_time_of_the_simulation(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        limits = {"maxWallClockTime": "PT1M", "maxTaskRetryCount": 3}
        scene.task(job, constraints=limits)

        await scene.forward(all_completed(scene, job))

        task = scene.task_now(job)
        assert task.failure is not None and task.failure["code"] == "TaskEnded"
        assert (task.exit_code, task.retries) == (143, 0)
        assert seconds_of(task) == pytest.approx(60, abs=0.01)

    simulate(tmp_path, scenario, task_time="90s")


def test_preparation_and_release_take_a_second_each(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        await scene.forward(lambda: all_idle(scene))
        began = scene.store.tick()
        aside = {"commandLine": "false", "userIdentity": ADMIN}
        job = scene.job(
            jobPreparationTask=aside, jobReleaseTask=aside, onAllTasksComplete="noaction"
        )
        scene.task(job)
        await scene.forward(all_completed(scene, job))
        assert (scene.store.tick() - began) / SECOND == pytest.approx(91, abs=1)

        scene.scheduler.jobs.terminate(scene.job_now(), "UserTerminate")
        await scene.forward(lambda: scene.job_now().state is JobState.COMPLETED)
        assert (scene.store.tick() - began) / SECOND == pytest.approx(92, abs=1)

    simulate(tmp_path, scenario, task_time="90s")
    assert list((tmp_path / "nodes").iterdir()) == []


def test_a_terminated_job_ends_its_simulated_tasks(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job)
        await scene.forward(lambda: scene.task_now(job).state is TaskState.RUNNING)

        scene.scheduler.jobs.terminate(scene.job_now(), "UserTerminate")

        ended = await scene.state(job, TaskState.COMPLETED)
        assert ended.failure is not None and ended.failure["code"] == "TaskEnded"

    simulate(tmp_path, scenario, task_time="1d")


def test_a_node_takes_its_time_to_boot_at_first_and_again(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        began = scene.store.tick()
        scene.pool(startTask={"commandLine": "false", "userIdentity": ADMIN})

        (node,) = await scene.forward(lambda: all_idle(scene))
        assert (node.state_time - began) / SECOND == pytest.approx(121, abs=0.01)
        assert node.start_task_info is not None
        assert node.start_task_info["result"] == "success"

        again = scene.store.tick()
        scene.scheduler.nodes.reboot(node, how=Deallocation.REQUEUE)
        (node,) = await scene.forward(lambda: all_idle(scene))
        assert (node.state_time - again) / SECOND == pytest.approx(121, abs=0.01)

    simulate(tmp_path, scenario, node_boot_time="2m")
    assert list((tmp_path / "nodes").iterdir()) == []


def test_nodes_boot_in_times_of_their_own(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=20)
        nodes = await scene.forward(lambda: all_idle(scene))
        assert len({node.state_time for node in nodes}) == 20

    simulate(tmp_path, scenario, node_boot_time="1m..5m")


def test_the_next_life_takes_up_the_simulation(tmp_path: Path) -> None:
    async def first(scene: Scene) -> None:
        scene.pool()
        job = scene.job()
        scene.task(job)
        await scene.forward(lambda: scene.task_now(job).state is TaskState.RUNNING)

    async def second(scene: Scene) -> None:
        job = scene.job_now()
        assert scene.task_now(job).requeues == 1
        await scene.forward(all_completed(scene, job))
        assert seconds_of(scene.task_now(job)) == pytest.approx(90, abs=0.01)

    simulate(tmp_path, first, task_time="90s")
    simulate(tmp_path, second, task_time="90s")
