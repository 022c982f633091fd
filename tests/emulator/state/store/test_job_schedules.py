from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.emulator.state.creation import new_job_schedule
from batchff.emulator.state.model import JobSchedule
from batchff.emulator.state.states import JobScheduleState, JobState
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.job_creation import create_job


def schedule_in(store: Store, name: str = "Nightly", **times: object) -> JobSchedule:
    job = {"poolInfo": {"poolId": "p"}}
    body = {"id": name, "schedule": times, "jobSpecification": job}
    schedule = new_job_schedule(body, store.tick())
    return replace(schedule, seq=store.job_schedules.add(schedule))


def test_an_id_is_found_whatever_its_case(store: Store) -> None:
    schedule = schedule_in(store)
    assert store.job_schedules.find("NIGHTLY") == schedule
    assert store.job_schedules.find("night") is None


@pytest.mark.parametrize(
    ("state", "moves"), [("active", True), ("deleting", True), ("disabled", False)]
)
def test_a_disabled_schedule_does_nothing_by_itself(store: Store, state: str, moves: bool) -> None:
    schedule = replace(schedule_in(store), state=JobScheduleState(state))
    store.job_schedules.save(schedule)
    assert store.job_schedules.moving() == ([schedule] if moves else [])


def test_one_waits_for_time_alone_while_none_of_its_jobs_is_left(store: Store) -> None:
    schedule = replace(schedule_in(store), next_run=5)
    store.job_schedules.save(schedule)
    assert store.job_schedules.any_waiting()

    job = create_job(store, {"id": "j", "poolInfo": {"poolId": "p"}}, store.tick())
    store.jobs.save(replace(job, schedule=schedule.seq))
    assert not store.job_schedules.any_waiting()

    store.jobs.save(replace(job, schedule=schedule.seq, state=JobState.COMPLETED))
    assert store.job_schedules.any_waiting()

    store.job_schedules.save(replace(schedule, next_run=None))
    assert not store.job_schedules.any_waiting()
