from __future__ import annotations

from dataclasses import replace

from batchff.emulator.state.model import Job, Preparation
from batchff.emulator.state.states import AuxiliaryState, PreparationStatus, Result
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.job_creation import create_job


def job_in(store: Store, name: str = "job") -> Job:
    return create_job(store, {"id": name, "poolInfo": {"poolId": "p"}}, store.tick())


def added(store: Store, job: Job, node: str, **fields: object) -> Preparation:
    state = AuxiliaryState.COMPLETED if "result" in fields else AuxiliaryState.RUNNING
    row = replace(Preparation(job.seq, "p", node, state, store.tick()), **fields)  # type: ignore[arg-type]
    return replace(row, seq=store.preparations.add(row))


def test_a_jobs_rows_are_its_own_one_for_each_node(store: Store) -> None:
    job, other = job_in(store), job_in(store, "other")
    first, second = added(store, job, "a"), added(store, job, "b")
    strange = added(store, other, "a")

    assert store.preparations.find(job, "b") == second
    assert store.preparations.find(job, "c") is None
    assert store.preparations.of_job(job) == [first, second]
    assert store.preparations.of_node("a") == [first, strange]

    store.preparations.remove_of(job)
    assert store.preparations.of_job(job) == []
    assert store.preparations.of_job(other) == [strange]


def test_what_runs_at_a_start_was_interrupted_and_what_is_done_counts(store: Store) -> None:
    job = job_in(store)
    running = added(store, job, "a")
    done = added(store, job, "b", result=Result.SUCCESS)
    added(store, job, "c", result=Result.SUCCESS, standing=PreparationStatus.RESTARTED)

    assert store.preparations.interrupted() == [running]
    assert store.preparations.current() == [done]


def test_a_node_is_barred_by_a_failure_that_still_counts(store: Store) -> None:
    job = job_in(store)
    added(store, job, "bad", result=Result.FAILURE)
    added(store, job, "again", result=Result.FAILURE, standing=PreparationStatus.VOID)
    added(store, job, "good", result=Result.SUCCESS)
    added(store, job_in(store, "other"), "good", result=Result.FAILURE)

    assert store.preparations.failed_nodes(job) == {"bad"}


def test_the_next_directory_to_delete_is_of_either_task(store: Store) -> None:
    job = job_in(store)
    assert store.preparations.next_expiry() is None

    later = added(store, job, "a", result=Result.SUCCESS, expires=30)
    sooner = added(store, job, "b", result=Result.SUCCESS, expires=40, release_expires=20)

    assert store.preparations.next_expiry() == 20
    assert store.preparations.expired(19) == []
    assert store.preparations.expired(20) == [sooner]
    assert store.preparations.expired(30) == [later, sooner]
