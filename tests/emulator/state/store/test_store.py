from __future__ import annotations

from batchff.emulator.state.creation import new_pool, new_task
from batchff.emulator.state.defaults import complete_task
from batchff.emulator.state.states import TaskState
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.job_creation import create_job
from batchff.emulator.state.transitions import task_started
from tests.emulator.examples import pool_document


def test_no_two_ticks_are_the_same_though_the_clock_stands_still(store: Store) -> None:
    ticks = [store.tick() for _ in range(5)]

    assert ticks == sorted(set(ticks))


def test_the_latest_state_of_anything_is_known(store: Store) -> None:
    assert store.latest() == 0
    store.pools.add(new_pool(pool_document("p"), 7))
    job = create_job(store, {"id": "j", "poolInfo": {"poolId": "p"}}, 9)

    assert (store.latest(), job.created) == (9, 9)


def test_what_ran_when_the_service_ended_is_queued_again(store: Store) -> None:
    job = create_job(store, {"id": "j", "poolInfo": {"poolId": "p"}}, 1)
    waiting, running = (
        new_task(job, complete_task({"id": name, "commandLine": "true"}, job.document), 2)
        for name in ("waiting", "running")
    )
    store.tasks.add(waiting)
    store.tasks.add(task_started(running, "p", "n", 3))

    assert store.requeue_interrupted() == 1

    found = {name: store.tasks.find(job, name) for name in ("waiting", "running")}
    assert {task.state for task in found.values() if task} == {TaskState.ACTIVE}
    assert {name: task.requeues for name, task in found.items() if task} == {
        "waiting": 0,
        "running": 1,
    }
