from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.state.model import Job, Task
from batchff.emulator.state.states import TaskState
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.waiting_tasks import save_completed
from batchff.emulator.state.transitions import TASK_ENDED, task_completed
from tests.emulator.scheduling.scene import Scene, play


def _tied_job(scene: Scene) -> Job:
    return scene.job(usesTaskDependencies=True)


def _after(*task_ids: str) -> dict[str, Any]:
    return {"taskIds": list(task_ids)}


def _after_range(first: int, last: int) -> dict[str, Any]:
    return {"taskIdRanges": [{"start": first, "end": last}]}


def _end(store: Store, task: Task, success: bool = True) -> None:
    now = store.tick()
    save_completed(store, task, task_completed(task, 0, None if success else TASK_ENDED, now))


def _queue(scene: Scene, job: Job) -> list[str]:
    return [task.id for task in scene.store.tasks.queue(job, 0, 1000)]


def test_a_circle_and_a_task_that_waits_for_itself_never_run(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool()
        job = _tied_job(scene)
        scene.task(job, "a", dependsOn=_after("b"))
        scene.task(job, "b", dependsOn=_after("a"))
        scene.task(job, "7", dependsOn=_after_range(7, 7))
        scene.task(job, "free")
        await scene.state(job, TaskState.COMPLETED, "free")

        assert not scene.scheduler.is_busy
        assert {scene.task_now(job, name).state for name in ("a", "b", "7")} == {TaskState.ACTIVE}

    play(tmp_path, scenario)


def test_dependencies_are_of_one_job(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job, other = scene.job("job", usesTaskDependencies=True), scene.job("other")
        scene.task(job, "b", dependsOn={**_after("a"), **_after_range(1, 1)})
        _end(scene.store, scene.task(other, "a"))
        _end(scene.store, scene.task(other, "1"))
        assert _queue(scene, job) == []

        _end(scene.store, scene.task(job, "a"))
        assert _queue(scene, job) == []
        _end(scene.store, scene.task(job, "1"))
        assert _queue(scene, job) == ["b"]

    play(tmp_path, scenario)


def test_what_is_done_already_is_not_waited_for(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = _tied_job(scene)
        for name in ("a", "1", "2"):
            _end(scene.store, scene.task(job, name))
        scene.task(job, "b", dependsOn={**_after("A"), **_after_range(1, 2)})

        assert _queue(scene, job) == ["b"]

    play(tmp_path, scenario)


def test_leading_zeros_do_not_count_in_a_range(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = _tied_job(scene)
        scene.task(job, "sum", dependsOn=_after_range(3, 4))
        for name in ("3", "004"):
            _end(scene.store, scene.task(job, name))

        assert _queue(scene, job) == ["sum"]

    play(tmp_path, scenario)


def test_a_range_needs_each_of_its_numbers(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = _tied_job(scene)
        scene.task(job, "sum", dependsOn=_after_range(-1, 3))
        for name in ("-1", "0", "1", "3", "2x"):
            _end(scene.store, scene.task(job, name))
        assert _queue(scene, job) == []

        _end(scene.store, scene.task(job, "2"), success=False)
        assert _queue(scene, job) == []

        _end(scene.store, scene.task(job, "02"))
        assert _queue(scene, job) == ["sum"]

    play(tmp_path, scenario)


def test_what_is_removed_leaves_nothing_that_waits(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = _tied_job(scene)
        scene.task(job, "a", dependsOn=_after("x"))
        scene.task(job, "b", dependsOn=_after_range(1, 9))
        scene.store.tasks.remove(scene.task_now(job, "a").seq)
        assert len(scene.store.dependencies.select("1")) == 1

        scene.scheduler.jobs.delete(job)
        await scene.until(lambda: scene.store.jobs.find("job") is None)
        assert scene.store.dependencies.select("1") == []

    play(tmp_path, scenario)


def test_dependencies_outlive_the_service(tmp_path: Path) -> None:
    async def before(scene: Scene) -> None:
        job = _tied_job(scene)
        scene.task(job, "a")
        scene.task(job, "b", dependsOn=_after("a"))

    async def afterwards(scene: Scene) -> None:
        job = scene.job_now()
        scene.pool()
        done = await scene.state(job, TaskState.COMPLETED, "b")
        first = scene.task_now(job, "a").ended
        assert first is not None and done.started is not None and first < done.started

    play(tmp_path, before)
    play(tmp_path, afterwards)


NUMBERS = st.integers(0, 6)


RANGES = st.lists(st.tuples(NUMBERS, NUMBERS).map(sorted), max_size=3)


def test_a_task_can_run_exactly_when_all_it_depends_on_is_done(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        names = (f"job{index}" for index in itertools.count())

        @given(st.permutations(range(7)), RANGES, st.lists(NUMBERS, max_size=3), st.integers(0, 7))
        def follow(order: list[int], ranges: list[list[int]], ids: list[int], late: int) -> None:
            job = scene.job(next(names), usesTaskDependencies=True)
            limits = [{"start": first, "end": last} for first, last in ranges]
            depends_on = {"taskIds": [str(number) for number in ids], "taskIdRanges": limits}
            needed = set(ids).union(*(range(first, last + 1) for first, last in ranges))
            for done in range(8):
                if done == late:
                    scene.task(job, "sum", dependsOn=depends_on)
                if done >= late:
                    assert ("sum" in _queue(scene, job)) is (needed <= set(order[:done]))
                if done < 7:
                    _end(scene.store, scene.task(job, str(order[done])))

        follow()

    play(tmp_path, scenario)


def test_many_tasks_that_wait_do_not_make_an_end_slower(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = _tied_job(scene)
        scene.task(job, "1")
        _chain(scene, job, range(2, 9))
        small = min(_time_of_end(scene, job, number) for number in range(1, 5))
        with scene.store.transaction():
            _chain(scene, job, range(9, 6000))
            scene.task(job, "sum", dependsOn=_after_range(1, 6000))

        large = min(_time_of_end(scene, job, number) for number in range(5, 13))

        assert large < 4 * small

    play(tmp_path, scenario)


def _chain(scene: Scene, job: Job, numbers: range) -> None:
    for number in numbers:
        scene.task(job, str(number), dependsOn=_after(str(number - 1)))


def _time_of_end(scene: Scene, job: Job, number: int) -> float:
    """End a task and find what can run then, in seconds."""
    task = scene.task_now(job, str(number))
    before = time.perf_counter()
    _end(scene.store, task)
    queue = _queue(scene, job)
    taken = time.perf_counter() - before
    assert queue == [str(number + 1)]
    return taken
