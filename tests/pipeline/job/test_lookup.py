from __future__ import annotations

from dataclasses import replace

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError, UsageError
from batchff.model.places import BlobPlace
from batchff.model.stamp import user_mark
from batchff.pipeline.job.lookup import (
    facts_of,
    named_job,
    newest_job,
    outputs_of,
    require_job,
    require_our_job,
    source_of,
)
from batchff.pipeline.job.make import create_job
from batchff.pipeline.outputs import output_place
from tests.foreign import make_job
from tests.pipeline.planned import items_of, plan_of
from tests.pipeline.recorder import Recorder


def test_a_job_is_found_whatever_the_case_its_id_is_written_in(
    batch: Batch, storage: Storage
) -> None:
    create_job(plan_of("Tour", "a.mov"), items_of("Tour", "a.mov"), batch, storage, Recorder())
    assert facts_of(require_job("tour", batch)).files == 1
    assert outputs_of(require_our_job("TOUR", batch)) == output_place("Tour", "batchff-output")


def test_a_retrys_outputs_are_among_those_of_its_first_job(batch: Batch, storage: Storage) -> None:
    plan = replace(plan_of("tour-retry", "a.mov"), first_job="tour")
    create_job(plan, items_of("tour", "a.mov"), batch, storage, Recorder())
    assert outputs_of(require_our_job("tour-retry", batch)) == output_place(
        "tour", "batchff-output"
    )


def test_a_place_that_the_user_named_has_the_outputs(batch: Batch, storage: Storage) -> None:
    plan = replace(plan_of("tour-placed", "a.mov"), to=BlobPlace("lookup-results", "x"))
    create_job(plan, items_of("tour-placed", "a.mov"), batch, storage, Recorder())
    job = require_our_job("tour-placed", batch)
    assert outputs_of(job) == output_place("tour-placed", "batchff-output", plan.to)
    assert source_of(job) == ""


def test_a_job_of_another_program_has_no_outputs_for_us(service: BatchClient, batch: Batch) -> None:
    make_job(service, "nightly", "their-pool")
    assert require_job("nightly", batch).batchff is None
    with pytest.raises(NotFoundError, match="job 'nightly' wasn't made by batchff") as raised:
        require_our_job("nightly", batch)
    assert raised.value.hint == "see: batchff job list"
    with pytest.raises(NotFoundError, match="wasn't made by batchff"):
        facts_of(require_job("nightly", batch))


def test_a_job_that_doesnt_exist_is_reported_with_where_to_look(batch: Batch) -> None:
    with pytest.raises(NotFoundError, match="there is no job 'gone'") as raised:
        require_our_job("gone", batch)
    assert raised.value.hint == "see: batchff job list --all"


def test_the_beginning_of_an_id_does_where_only_one_job_has_it(
    service: BatchClient, batch: Batch
) -> None:
    for job in ("begun-a-1", "begun-b-1", "begun-b-2"):
        make_job(service, job, "their-pool")
    assert named_job("begun-a", batch).id == "begun-a-1"
    assert named_job("begun-b-2", batch).id == "begun-b-2"
    with pytest.raises(UsageError, match="job 'begun-b' could be begun-b-1, begun-b-2"):
        named_job("begun-b", batch)
    with pytest.raises(NotFoundError, match="there is no job 'begun-c'"):
        named_job("begun-c", batch)
    with pytest.raises(NotFoundError, match="there is no job"):
        named_job("begun-a' or id ne '", batch)


def test_a_whole_id_is_never_a_beginning(service: BatchClient, batch: Batch) -> None:
    make_job(service, "whole", "their-pool", ours=True)
    make_job(service, "whole-retry", "their-pool", ours=True, first_job="whole")
    assert named_job("whole", batch).id == "whole"
    service.begin_delete_job("whole").result()
    with pytest.raises(NotFoundError, match="there is no job 'whole'"):
        named_job("whole", batch)
    assert named_job("whole-r", batch).id == "whole-retry"


def test_a_job_and_its_own_retries_are_one(service: BatchClient, batch: Batch) -> None:
    make_job(service, "hard-1", "their-pool", ours=True)
    for retry in ("hard-1-retry", "hard-1-retry2"):
        make_job(service, retry, "their-pool", ours=True, first_job="hard-1")
    assert named_job("hard", batch).id == "hard-1"
    assert named_job("hard-1", batch).id == "hard-1"
    assert named_job("hard-1-retry", batch).id == "hard-1-retry"
    with pytest.raises(UsageError, match="could be hard-1-retry, hard-1-retry2"):
        named_job("hard-1-r", batch)
    make_job(service, "hard-2", "their-pool", ours=True)
    with pytest.raises(UsageError, match="could be hard-1, hard-1-retry, hard-1-retry2, hard-2"):
        named_job("hard", batch)


def test_the_newest_job_is_one_of_batchffs(service: BatchClient, batch: Batch) -> None:
    make_job(service, "newest-1", "their-pool", ours=True)
    make_job(service, "newest-2", "their-pool", ours=True)
    make_job(service, "newest-3", "their-pool")
    assert newest_job(batch).id == "newest-2"


def test_the_newest_job_is_this_users_if_there_is_one(
    service: BatchClient, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "somebody")
    make_job(service, "newest-mine", "their-pool", ours=True, user=user_mark())
    make_job(service, "newest-theirs", "their-pool", ours=True, user="0a0a0a0a")
    assert newest_job(batch).id == "newest-mine"
