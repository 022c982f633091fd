from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchff.emulator.state.creation import new_task
from batchff.emulator.state.defaults import complete_task
from batchff.emulator.state.model import Job, Task
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.job_creation import create_job
from batchff.emulator.state.store.waiting_tasks import add_task


def job_in(store: Store) -> Job:
    return create_job(store, {"id": "job", "poolInfo": {"poolId": "p"}}, store.tick())


def added(store: Store, job: Job, task_id: str, **depends_on: object) -> Task:
    body = {"id": task_id, "commandLine": "true", "dependsOn": depends_on}
    add_task(store, job, new_task(job, complete_task(body, job.document), store.tick()))
    return found(store, job, task_id)


def found(store: Store, job: Job, task_id: str) -> Task:
    task = store.tasks.find(job, task_id)
    assert task is not None
    return task


def satisfy(store: Store, task: Task) -> None:
    store.tasks.update(task, replace(task, satisfied=True))
    store.dependencies.release(task)


def test_a_task_waits_for_each_id_once_whatever_its_case(store: Store) -> None:
    job = job_in(store)
    first, second = added(store, job, "First"), added(store, job, "second")
    added(store, job, "join", taskIds=["first", "FIRST", "Second"])

    assert found(store, job, "join").waits == 2
    satisfy(store, first)
    assert store.dependencies.is_satisfied(job.seq, "first")
    assert found(store, job, "join").waits == 1
    satisfy(store, second)
    assert found(store, job, "join").waits == 0


def test_what_is_satisfied_already_isnt_waited_for(store: Store) -> None:
    job = job_in(store)
    satisfy(store, added(store, job, "first"))
    assert added(store, job, "join", taskIds=["first"]).waits == 0


def test_a_task_that_isnt_there_yet_is_waited_for(store: Store) -> None:
    job = job_in(store)
    added(store, job, "join", taskIds=["late"])
    satisfy(store, added(store, job, "late"))
    assert found(store, job, "join").waits == 0


def test_tasks_of_other_jobs_have_the_same_ids_and_dont_matter(store: Store) -> None:
    job = job_in(store)
    other = create_job(store, {"id": "other", "poolInfo": {"poolId": "p"}}, store.tick())
    added(store, job, "join", taskIds=["first"])
    satisfy(store, added(store, other, "first"))
    assert found(store, job, "join").waits == 1


def test_the_highest_number_that_isnt_satisfied_is_looked_for_from_above(store: Store) -> None:
    job = job_in(store)
    for number in (1, 3, 4):
        satisfy(store, added(store, job, str(number)))
    assert store.dependencies.highest_unsatisfied(job.seq, 1, 5) == 5
    assert store.dependencies.highest_unsatisfied(job.seq, 1, 4) == 2
    assert store.dependencies.highest_unsatisfied(job.seq, 3, 4) is None


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(1, 7)), first=st.integers(1, 6), last=st.integers(1, 6))
def test_a_range_is_done_when_all_its_numbers_are_in_whatever_order(
    store: Store, order: list[int], first: int, last: int
) -> None:
    name = f"{len(list(store.jobs.select('1')))}"
    job = create_job(store, {"id": name, "poolInfo": {"poolId": "p"}}, store.tick())
    numbered = {number: added(store, job, str(number)) for number in order}
    added(store, job, "join", taskIdRanges=[{"start": first, "end": last}])
    done: set[int] = set()
    for number in order:
        waits = not set(range(first, last + 1)) <= done
        assert found(store, job, "join").waits == int(waits)
        satisfy(store, numbered[number])
        done.add(number)
    assert found(store, job, "join").waits == 0
