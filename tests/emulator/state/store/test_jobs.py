from __future__ import annotations

from dataclasses import replace

from batchff.emulator.state.creation import new_task
from batchff.emulator.state.defaults import complete_task
from batchff.emulator.state.model import Job
from batchff.emulator.state.states import JobState
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.job_creation import create_job
from batchff.emulator.state.times import SECOND


def job(store: Store, name: str, tasks: int = 1, **fields: object) -> Job:
    made = create_job(store, {"id": name, "poolInfo": {"poolId": "P"}, **fields}, store.tick())
    for number in range(tasks):
        body = {"id": str(number), "commandLine": "true"}
        store.tasks.add(new_task(made, complete_task(body, made.document), store.tick()))
    return made


def test_jobs_are_served_by_priority_then_by_age(store: Store) -> None:
    for number in range(20):
        job(store, f"usual-{number}")
    job(store, "urgent", priority=5)
    job(store, "patient", priority=-5)
    job(store, "empty", tasks=0, priority=9)

    served = [each.id for each in store.jobs.with_queue("p")]

    assert served == ["urgent", *(f"usual-{number}" for number in range(20)), "patient"]


def test_an_id_is_found_whatever_its_case(store: Store) -> None:
    made = job(store, "Encode")

    assert store.jobs.find("eNCODE") == made
    assert store.jobs.find("encod") is None


def test_a_deadline_counts_until_the_job_has_ended(store: Store) -> None:
    limited = job(store, "limited", constraints={"maxWallClockTime": "PT1S"})
    job(store, "unlimited")
    due = limited.created + SECOND

    assert store.jobs.next_deadline() == due
    assert store.jobs.overdue(due - 1) == []
    assert store.jobs.overdue(due) == [limited]

    store.jobs.save(replace(limited, state=JobState.COMPLETED))
    assert store.jobs.next_deadline() is None
    assert store.jobs.overdue(due) == []
