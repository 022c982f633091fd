from __future__ import annotations

from functools import partial

import pytest

from batchff.errors import BatchffError, NotFoundError
from batchff.model.stamp import stamp
from batchff.model.states import JobState
from batchff.pipeline.cleanup.scope import Found, Scope
from batchff.pipeline.job.lookup import require_job
from tests.emulator.running import wait_until
from tests.pipeline.cleanup.accounts import Account


def end(account: Account, *jobs: str) -> None:
    for job in jobs:
        account.batch.jobs.terminate(job, "enough")
        wait_until(partial(has_ended, account, job))


def has_ended(account: Account, job: str) -> bool:
    return require_job(job, account.batch).state == JobState.COMPLETED


def blobs(found: Found) -> list[tuple[str, int]]:
    return [(blobs.prefix, blobs.count) for blobs in found.blobs]


def test_without_a_job_those_that_have_ended_are_in_scope_and_with_all_the_others_too(
    account: Account,
) -> None:
    for name, ours in (("done", True), ("runs", True), ("theirs", False)):
        account.make_job(name, ours=ours)
    end(account, "done", "theirs")
    assert [job.id for job in account.find(Scope()).jobs] == ["done"]
    assert {job.id for job in account.find(Scope(all=True)).jobs} == {"done", "runs"}


def test_a_jobs_retries_are_in_its_scope_and_a_retrys_outputs_are_its_first_jobs(
    account: Account,
) -> None:
    account.make_job("tour")
    account.make_job("tour-retry", retry_of="tour")
    account.make_job("other")
    assert {job.id for job in account.find(Scope("TOUR")).jobs} == {"tour", "tour-retry"}
    assert [job.id for job in account.find(Scope("tour-retry")).jobs] == ["tour-retry"]
    with pytest.raises(BatchffError, match="are among those of 'tour'") as raised:
        account.find(Scope("tour-retry", outputs=True))
    assert raised.value.hint.endswith("batchff cleanup tour --outputs")


def test_a_job_of_another_program_stays_and_one_of_which_nothing_is_left_is_reported(
    account: Account,
) -> None:
    account.make_job("theirs", ours=False)
    with pytest.raises(BatchffError, match="'theirs' wasn't made by batchff, so it stays"):
        account.find(Scope("theirs"))
    with pytest.raises(NotFoundError, match="there is no job 'gone'"):
        account.find(Scope("gone", outputs=True))


def test_pools_are_in_scope_that_no_other_job_uses(account: Account) -> None:
    account.make_job("done", pool="shared")
    end(account, "done")
    account.make_job("runs", pool="busy")
    for name, ours in (("shared", True), ("busy", True), ("theirs", False)):
        account.make_pool(name, ours=ours)
    account.make_pool("own", job="done")

    assert account.find(Scope("done")).pools == ()
    assert {pool.id for pool in account.find(Scope("done", pool=True)).pools} == {"shared", "own"}
    assert {pool.id for pool in account.find(Scope(pool=True)).pools} == {"shared", "own"}
    everything = account.find(Scope(all=True))
    assert {pool.id for pool in everything.pools} == {"shared", "busy", "own"}


def test_outputs_are_in_scope_but_for_those_that_jobs_still_make(account: Account) -> None:
    account.make_container(account.outputs)
    for job in ("done", "runs"):
        account.make_job(job)
        account.put(account.outputs, f"{job}/node/encode.sh")
        account.put(account.outputs, f"{job}/media/a.mp3", ours=False)
    end(account, "done")
    assert blobs(account.find(Scope())) == []
    assert blobs(account.find(Scope("done", outputs=True))) == [("done/", 2)]
    assert blobs(account.find(Scope("runs", outputs=True))) == [("runs/", 2)]
    assert blobs(account.find(Scope(outputs=True))) == [("", 2)]


def test_inputs_are_in_scope_set_by_set(account: Account) -> None:
    account.make_container(account.inputs)
    for name, ours in (("one/a.mov", True), ("one/b.mov", True), ("two/a.mov", False)):
        account.put(account.inputs, name, ours=ours)
    assert blobs(account.find(Scope(inputs=True))) == [("one/", 2)]


def test_a_container_is_in_scope_where_batchff_made_it_and_all_that_is_in_it(
    account: Account,
) -> None:
    account.make_container(account.inputs)
    account.make_container(account.outputs, ours=False)
    everything = account.find(Scope(all=True))
    assert [info.name for info in everything.containers] == [account.inputs]
    account.put(account.inputs, "theirs.mov", ours=False)
    assert account.find(Scope(all=True)).containers == ()


def test_the_nodes_ffmpeg_goes_only_with_all_the_rest(account: Account) -> None:
    programs = f"programs-{account.inputs}"
    account.storage.ensure_container(programs, stamp())
    account.storage.upload_bytes(programs, "ffmpeg.gz", b"packed", stamp())
    some = account.find(Scope(pool=True, inputs=True, outputs=True))
    assert not [found for found in some.blobs if found.container == programs]
    found = account.find(Scope(all=True))
    assert [each.container for each in found.blobs] == [programs]
    assert [each.name for each in found.containers] == [programs]
