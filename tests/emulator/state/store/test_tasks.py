from __future__ import annotations

from dataclasses import replace

from batchff.emulator.state.creation import new_pool, new_task
from batchff.emulator.state.defaults import complete_task
from batchff.emulator.state.model import Job, Node, Task
from batchff.emulator.state.states import NodeState
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.job_creation import create_job
from batchff.emulator.state.transitions import EXIT_CODE, task_completed, task_started
from tests.emulator.examples import pool_document


def job_on(store: Store) -> Job:
    return create_job(store, {"id": "j", "poolInfo": {"poolId": "p"}}, store.tick())


def add(store: Store, job: Job, name: str) -> Task:
    document = complete_task({"id": name, "commandLine": "true"}, job.document)
    task = new_task(job, document, store.tick())
    return replace(task, seq=store.tasks.add(task))


def test_tasks_are_counted_by_state_and_result(store: Store) -> None:
    job = job_on(store)
    for name in ("a", "b", "c"):
        add(store, job, name)
    started = task_started(add(store, job, "d"), "p", "n", 5)
    store.tasks.save(task_completed(started, 1, EXIT_CODE, 6))

    counts = {(each.state, each.result): each.tasks for each in store.tasks.tally(job)}

    assert counts == {("active", None): 3, ("completed", "failure"): 1}
    assert not store.tasks.all_completed(job)


def test_a_task_waits_only_where_a_node_may_come_to_take_it(store: Store) -> None:
    pool = new_pool(pool_document("p"), 1)
    pool = replace(pool, seq=store.pools.add(pool))
    add(store, job_on(store), "t")
    assert not store.tasks.any_waiting()

    node = Node(pool.seq, "n", True, NodeState.CREATING, 1, 1, 1)
    node = replace(node, seq=store.nodes.add(node))
    assert store.tasks.any_waiting()

    store.nodes.save(replace(node, state=NodeState.START_TASK_FAILED))
    assert not store.tasks.any_waiting()


def test_a_directorys_time_is_known_until_it_is_over(store: Store) -> None:
    job = job_on(store)
    done = task_completed(task_started(add(store, job, "t"), "p", "n", 5), 0, None, 6)
    store.tasks.save(done)
    assert done.expires is not None

    assert store.tasks.next_expiry() == store.tasks.kept_until("n") == done.expires
    assert store.tasks.expired(done.expires - 1) == []
    assert store.tasks.expired(done.expires) == [done]
    assert store.tasks.kept_until("other") == 0


def test_a_jobs_tasks_are_removed_some_at_a_time(store: Store) -> None:
    job = job_on(store)
    for number in range(5):
        add(store, job, str(number))

    assert [store.tasks.remove_some(job, 2) for _ in range(4)] == [2, 2, 1, 0]
