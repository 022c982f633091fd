from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from batchff.emulator.state.creation import new_job_schedule
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.job_creation import create_job
from tests.emulator.examples import pool_document


def with_own_pool(job_id: str, **fields: object) -> dict[str, object]:
    pool = pool_document("unused")
    del pool["id"]
    specification = {"poolLifetimeOption": "job", "pool": pool, **fields}
    return {"id": job_id, "poolInfo": {"autoPoolSpecification": specification}}


def test_a_job_comes_with_its_manager_task(store: Store) -> None:
    manager = {"id": "Manager", "commandLine": "plan", "environmentSettings": []}
    body = {"id": "j", "poolInfo": {"poolId": "p"}, "jobManagerTask": manager}

    job = create_job(store, body, 1)

    task = store.tasks.find(job, "manager")
    assert task is not None
    assert job.is_managed_by(task)
    assert task.document["commandLine"] == "plan"
    assert "killJobOnCompletion" not in task.document


def test_a_job_comes_with_a_pool_of_its_own(store: Store) -> None:
    job = create_job(store, with_own_pool("j", autoPoolIdPrefix="films"), 1)

    (pool,) = store.pools.all()
    assert pool.id == job.auto_pool
    assert pool.id.startswith("films_")
    assert job.pool == pool.key


def test_where_the_id_is_taken_nothing_is_stored(store: Store) -> None:
    create_job(store, {"id": "j", "poolInfo": {"poolId": "p"}}, 1)

    with pytest.raises(sqlite3.IntegrityError):
        create_job(store, with_own_pool("J"), 2)

    assert store.pools.all() == []


def test_the_jobs_of_a_schedule_can_share_a_pool(store: Store) -> None:
    specification = with_own_pool("", poolLifetimeOption="jobschedule")
    body = {"id": "s", "schedule": {}, "jobSpecification": specification}
    schedule = new_job_schedule(body, 1)
    first = create_job(store, {**specification, "id": "s:job-1"}, 2, schedule)
    assert first.auto_pool is not None

    schedule = replace(schedule, auto_pool=first.auto_pool)
    second = create_job(store, {**specification, "id": "s:job-2"}, 3, schedule)

    assert second.auto_pool == first.auto_pool
    assert len(store.pools.all()) == 1
