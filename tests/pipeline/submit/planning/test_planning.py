from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InputError, PoolError, UsageError
from batchff.model.places import BlobPlace
from batchff.pipeline.job.make import list_input_set
from batchff.pipeline.names import input_blob
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.pool.spec import pool_name
from batchff.pipeline.submit.planning.files import Wanted, plan_files
from batchff.pipeline.submit.planning.planning import plan_job, plan_submission
from batchff.pipeline.submit.planning.submission import SubmitOptions
from tests.pipeline.planned import SPEC
from tests.pipeline.recorder import Recorder
from tests.pipeline.submit.planning.test_files import REQUEST, blobs_planned, put
from tests.pipeline.test_sources import fill


@pytest.mark.parametrize("option", ["job", "pool"])
def test_an_id_that_the_service_cant_take_is_refused_at_once(option: str) -> None:
    with pytest.raises(UsageError, match=f"--{option}: 'a b' can't be an id"):
        replace(REQUEST, **{option: "a b"})  # type: ignore[arg-type]


def test_without_a_service_a_submission_is_planned_as_if_nothing_existed(tmp_path: Path) -> None:
    files = plan_files(Wanted((fill(tmp_path / "videos", "a.mov"),)), REQUEST, None)
    own = plan_submission(files, REQUEST, SubmitOptions(), None, None, Recorder())
    assert (own.plan.job, own.plan.pool, own.pool_spec) == (files.job, files.job, SPEC)
    kept = plan_submission(files, REQUEST, SubmitOptions(keep_pool=True), None, None, Recorder())
    assert kept.plan.pool == pool_name(SPEC)
    named = replace(REQUEST, pool="large")
    assert (
        plan_submission(files, named, SubmitOptions(), None, None, Recorder()).plan.pool == "large"
    )


def test_a_submission_uses_a_pool_as_it_is_but_not_against_what_was_asked(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    ensure_pool("plan-large", replace(SPEC, slots=2), batch, Recorder())
    files = plan_files(Wanted((fill(tmp_path / "videos", "a.mov"),)), REQUEST, None)
    named = replace(REQUEST, pool="plan-large")
    planned = plan_submission(files, named, SubmitOptions(), batch, storage, Recorder())
    assert (planned.plan.pool, planned.pool_spec.slots) == ("plan-large", 2)
    asked = replace(named, asked=frozenset({"slots"}))
    with pytest.raises(PoolError, match="exists with --slots 2 instead of 4") as raised:
        plan_submission(files, asked, SubmitOptions(), batch, storage, Recorder())
    assert raised.value.hint.endswith("or choose another with --pool")


def test_media_in_storage_has_the_same_job_until_a_blob_changes(storage: Storage) -> None:
    put(storage, "planning-media", "in/a.mov", "in/sub/b.mov", "c.mov")
    place = BlobPlace("planning-media", "in")
    files = blobs_planned(place, storage)
    assert files == blobs_planned(place, storage)
    assert [(item.relative, item.input_blob) for item in files.items] == [
        ("a.mov", "in/a.mov"),
        ("sub/b.mov", "in/sub/b.mov"),
    ]
    plan = plan_submission(files, REQUEST, SubmitOptions(), None, None, Recorder()).plan
    assert (plan.source, plan.input_set, plan.input_container) == (place, "", "")

    put(storage, "planning-media", "in/a.mov")
    assert blobs_planned(place, storage).job != files.job


def test_where_outputs_go_is_part_of_what_a_job_is(storage: Storage, tmp_path: Path) -> None:
    folder = fill(tmp_path / "videos", "a.mov")
    placed = replace(REQUEST, to=BlobPlace("results", "x"))
    plain = plan_files(Wanted((folder,)), REQUEST, None)
    files = plan_files(Wanted((folder,)), placed, None, downloads=False)
    other = plan_files(Wanted((folder,)), replace(placed, to=BlobPlace("results")), None)
    assert len({plain.job, files.job, other.job}) == 3
    assert files.items[0].outputs[0].blob == "x/a.mp3"
    assert other.items[0].outputs[0].blob == "a.mp3"
    plan = plan_submission(files, placed, SubmitOptions(), None, None, Recorder()).plan
    assert plan.outputs.address == "az://results/x"


def test_outputs_that_would_replace_blobs_they_are_made_of_are_refused(
    batch: Batch, storage: Storage
) -> None:
    put(storage, "planning-same", "in/a.mp3", "in/in/a.mp3")
    above = replace(REQUEST, to=BlobPlace("planning-same"))
    with pytest.raises(InputError, match="'in/a.mp3' would take the place of 'a.mp3'"):
        blobs_planned(BlobPlace("planning-same", "in"), storage, above)

    put(storage, "inputs", input_blob("placed", "a.mp3"))
    blobs = list_input_set("placed", "inputs", storage)
    same = replace(REQUEST, to=BlobPlace("inputs", "placed"), pool="large")
    with pytest.raises(InputError, match="'a.mp3' would take the place of 'a.mp3'"):
        plan_job("placed", blobs, same, batch, Recorder(), storage=storage)


def test_a_job_of_uploaded_files_is_planned_from_their_blobs(
    batch: Batch, storage: Storage
) -> None:
    storage.ensure_container("inputs", {})
    storage.upload_bytes("inputs", input_blob("planned", "a.mov"), b"media", {})
    blobs = list_input_set("planned", "inputs", storage)
    request = replace(REQUEST, pool="large")
    settled, spec = plan_job("planned", blobs, request, batch, Recorder(), storage=storage)
    plan, items = settled.plan, settled.items
    assert spec == SPEC
    assert (plan.pool, plan.counts.files, plan.input_set) == ("large", 1, "planned")
    assert [(item.relative, item.size, item.input_blob) for item in items] == [
        ("a.mov", 5, "planned/a.mov")
    ]
