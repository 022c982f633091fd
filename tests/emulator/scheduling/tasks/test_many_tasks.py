"""Hundreds of tasks that begin and end at the same moments, on simulated nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.simulation.settings import Simulation, Span
from batchff.emulator.state.model import Job
from batchff.emulator.state.states import JobState, NodeState, TaskState
from tests.emulator.scheduling.scene import Scene, play

NODES, SLOTS = 50, 4
TASKS = NODES * SLOTS
MOST_AT_ONCE = 50
"""How many tasks may change before requests have a turn."""
_TURNS = 200
"""More than enough for all that happens at one moment."""


def simulate(folder: Path, scenario: Callable[[Scene], Awaitable[None]]) -> None:
    second = Span(1, 1)
    options = SchedulerOptions(simulation=Simulation(task_time=second, node_boot_time=second))
    play(folder, scenario, options)


async def many_tasks(scene: Scene) -> Job:
    """Wait for the nodes, and give them as many tasks as they have slots."""
    scene.pool(nodes=NODES, taskSlotsPerNode=SLOTS)
    idle = {NodeState.IDLE}
    await scene.forward(lambda: {node.state for node in scene.nodes()} == idle)
    job = scene.job()
    with scene.store.transaction():
        for number in range(TASKS):
            scene.task(job, f"task-{number}")
    return job


def count(scene: Scene, job: Job, state: TaskState) -> int:
    return sum(tally.tasks for tally in scene.store.tasks.tally(job) if tally.state is state)


async def counts(scene: Scene, job: Job, state: TaskState) -> list[int]:
    """Look each time that a request could, and give how many tasks were in a state."""
    seen = [count(scene, job, state)]
    for _ in range(_TURNS):
        await asyncio.sleep(0)
        seen.append(count(scene, job, state))
    return seen


def longest_step(seen: list[int]) -> int:
    return max(after - before for before, after in pairwise(seen))


def test_many_tasks_leave_requests_their_turns(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = await many_tasks(scene)
        begun = await counts(scene, job, TaskState.RUNNING)
        scene.clock.advance(seconds=1)
        ended = await counts(scene, job, TaskState.COMPLETED)

        assert begun[-1] == ended[-1] == TASKS
        assert longest_step(begun) <= MOST_AT_ONCE
        assert longest_step(ended) <= MOST_AT_ONCE

    simulate(tmp_path, scenario)


def test_every_end_of_many_tasks_is_written_down(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = await many_tasks(scene)
        removed = scene.task_now(job, "task-7")
        await counts(scene, job, TaskState.RUNNING)

        scene.clock.advance(seconds=1)
        scene.store.tasks.remove(removed.seq)
        scene.scheduler.task_removed(job, removed)
        ended = await counts(scene, job, TaskState.COMPLETED)

        assert ended[-1] == TASKS - 1
        assert {node.state for node in scene.nodes()} == {NodeState.IDLE}
        assert sum(node.tasks_run for node in scene.nodes()) == TASKS - 1

    simulate(tmp_path, scenario)


def test_a_job_ends_with_the_last_of_many_tasks(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = await many_tasks(scene)
        terminating = {**job.document, "onAllTasksComplete": "terminatejob"}
        scene.store.jobs.update(job, replace(job, document=terminating))

        await scene.forward(lambda: scene.job_now().state is JobState.COMPLETED)

        assert scene.job_now().terminate_reason == "AllTasksComplete"
        assert count(scene, job, TaskState.COMPLETED) == TASKS

    simulate(tmp_path, scenario)
